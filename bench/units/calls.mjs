/** What a call costs: alone and under load, sync and async, and by the size of what it carries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CALL, SUM } from '../rivals/add.mjs';
import { request } from '../rivals/front-requests.mjs';
import { openHouse } from '../growth/house.mjs';
import { cheapest, ledger, perCall } from './ledger.mjs';
import { paced } from './paced.mjs';

const FUNCTIONS = {
  'add.js': 'exports.main = async (event) => event.a + event.b;\n',
  'echo.js': 'exports.main = async (event) => event.text;\n',
};
/** As in the first example of docs/sizing.md. */
const PACE = 50;
const CALLERS = 64;
/** Of the load; the last answers of a slice come after it. */
const SLACK_MS = 20_000;
const WARM_UP_S = 8;
export const BIG_KB = 16;
const BIG = { text: 'x'.repeat(BIG_KB * 1_024) };

/** @param {{ dir: string, httpLoad: object, rounds: number, seconds: number, pacedSeconds: number }} how */
export async function measureCalls(how) {
  const house = await openHouse(how.dir, { functions: FUNCTIONS });
  try {
    // An AOF that is rewritten meanwhile would shrink.
    await house.redis.client.config('SET', 'auto-aof-rewrite-percentage', '0');
    // Until the code is compiled as it stays.
    for (const sync of [true, false]) await hammer(house, how, { sync, seconds: WARM_UP_S });
    await sleep(2_000);
    const idle = await ledger(house, () => sleep(how.pacedSeconds * 1_000).then(() => 0));
    const found = {};
    for (const sync of [true, false]) {
      const kind = sync ? 'sync' : 'async';
      found[`${kind}Load`] = await rounds(how, () => hammer(house, how, { sync, seconds: how.seconds }));
      found[`${kind}Alone`] = await rounds(how, () => pace(house, how, { sync }), idle);
      found[`${kind}Big`] = await rounds(how, () =>
        hammer(house, how, { sync, seconds: how.seconds, name: 'echo', data: BIG }),
      );
    }
    found.read = await rounds(how, () => readRecords(house, how));
    return found;
  } finally {
    await house.close();
  }
}

async function rounds({ rounds: count, onRound }, measure, idle) {
  const measured = [];
  for (let round = 0; round < count; round++) {
    const { httpBytes, ...costs } = await measure();
    measured.push({ ...perCall(costs, idle), httpBytes: httpBytes && httpBytes / costs.calls });
    onRound?.(measured.at(-1));
  }
  return cheapest(measured);
}

async function hammer(house, { httpLoad }, { sync, seconds, name = 'add', data = CALL }) {
  const requests = [request(`/v1/functions/${name}/invocations`, { data, sync })];
  const expect = sync ? (name === 'add' ? `"data":${SUM}` : '"code":0') : '"status":"queued"';
  const question = { url: house.url, requests, callers: CALLERS, seconds, expect, status: sync ? 200 : 202 };
  return ledger(house, async () => (await httpLoad.ask(question, seconds * 1_000 + SLACK_MS)).calls);
}

async function pace(house, { pacedSeconds }, { sync }) {
  let httpBytes;
  const costs = await ledger(house, async () => {
    const load = { name: 'add', body: { data: CALL, sync }, perSecond: PACE, seconds: pacedSeconds };
    const { calls, bytes } = await paced(house.url, load);
    httpBytes = bytes;
    return calls;
  });
  return { ...costs, httpBytes };
}

async function readRecords(house, { httpLoad, seconds }) {
  const path = '/v1/functions/add/invocations';
  const answer = await fetch(house.url + path, { ...request(path, { data: CALL }) });
  const { requestID } = await answer.json();
  const requests = [{ method: 'GET', path: `/v1/invocations/${requestID}` }];
  const question = { url: house.url, requests, callers: CALLERS, seconds, expect: '"succeeded"', status: 200 };
  return ledger(house, async () => (await httpLoad.ask(question, seconds * 1_000 + SLACK_MS)).calls);
}
