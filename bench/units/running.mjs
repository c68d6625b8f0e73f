/** What a call costs while it runs and does nothing: renewals of its lease, looks at its memory, its place in Redis. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openHouse } from '../growth/house.mjs';
import { request } from '../rivals/front-requests.mjs';
import { ledger, perSecond } from './ledger.mjs';
import { processMemory } from './processes-memory.mjs';

const FUNCTIONS = { 'wait.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, 1));\n' };
const START_LIMIT_MS = 240_000;
/** Longer than any measurement here: what is measured is the middle of a run. */
const RUN_MS = 290_000;
/** Until what a start brings along is over. */
const SETTLE_MS = 3_000;

/**
 * @param {string} dir of the measurement
 * @param {{ running: number, slots: number, seconds: number, rounds: number }} how `running`: so many calls at a time, of as many
 *   `slots` or more
 * @returns costs of a second, of all of them and of the idle house together, and the memory of a sandbox
 */
export async function measureRunning(dir, { running, slots, seconds, rounds }) {
  const env = {
    INVOQ_SLOTS: `sync=1,async=${slots}`,
    INVOQ_SPARES: '0',
  };
  const house = await openHouse(dir, { functions: FUNCTIONS, env });
  try {
    for (let i = 0; i < running; i++) await submit(house.url);
    await untilRunning(house, running);
    await sleep(SETTLE_MS);
    const pass = () => sleep(seconds * 1_000).then(() => 0);
    const measured = [];
    for (let round = 0; round < rounds; round++) measured.push(perSecond(await ledger(house, pass, () => undefined)));
    return { running, rounds: measured, memory: processMemory(house.workers[0].pid) };
  } finally {
    await house.close();
  }
}

async function submit(url) {
  const path = '/v1/functions/wait/invocations';
  const body = { data: { ms: RUN_MS }, sync: false, timeoutMs: 300_000 };
  const answer = await fetch(url + path, request(path, body));
  if (answer.status !== 202) throw new Error(`wait: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function untilRunning({ url }, count) {
  const end = Date.now() + START_LIMIT_MS;
  for (;;) {
    const { data } = await (await fetch(`${url}/v1/queues/default/load?lane=async`)).json();
    if (data.running >= count) return;
    if (Date.now() > end) throw new Error(`${data.running} of ${count} calls run`);
    await sleep(500);
  }
}
