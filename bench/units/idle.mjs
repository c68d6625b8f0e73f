/** What an API and a worker cost in a second in which nobody calls, by the number of partitions; and their memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openHouse } from '../growth/house.mjs';
import { cheapest, ledger, perSecond } from './ledger.mjs';
import { processMemory } from './processes-memory.mjs';

/** Until what a start notes as activity is forgotten; see decision 70. */
const SETTLE_MS = 40_000;

/** @returns {Promise<{ partitions: number, costs: object, memory: { api: object, worker: object } }>} */
export async function measureIdle(dir, { partitions, seconds, rounds }) {
  const house = await openHouse(dir, { env: { INVOQ_PARTITIONS: String(partitions) } });
  try {
    await sleep(SETTLE_MS);
    const measured = [];
    for (let round = 0; round < rounds; round++)
      measured.push(perSecond(await ledger(house, () => sleep(seconds * 1_000).then(() => 0))));
    const memory = { api: processMemory(house.apis[0].pid), worker: processMemory(house.workers[0].pid) };
    return { partitions, costs: cheapest(measured), memory };
  } finally {
    await house.close();
  }
}
