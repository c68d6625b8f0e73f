/** Operators pause, resume, purge, cancel and replay while calls come in: nothing is lost, and nothing runs twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type InvoqClient } from '@invoq/client/client';
import { Stand } from '../failures/stand';

const CALLERS = 6;
/** Each of two operators does so many things, one after the other. */
const ROUNDS = process.env.INVOQ_NIGHTLY ? 60 : 12;
const LIMIT_MS = 30_000;

let stand: Stand;
let operators: InvoqClient[];

beforeAll(async () => {
  stand = await Stand.start({
    apis: 2,
    workers: 2,
    slots: 'sync=2,async=2,nested=1',
    functions: (starts) => ({
      'fails.js': `exports.main = async (event, context) => { ${starts.statement()} throw new Error('it fails'); };`,
      // Makes an async call, and does not end before that has ended.
      'waitsForChild.js': `exports.main = async ({ ms, name }, context) => {
        ${starts.statement()}
        await new Promise((done) => setTimeout(done, ms));
        const ask = async (path, init) => (await (await fetch(process.env.INVOQ_URL + path, { ...init,
          headers: { authorization: 'Bearer ' + process.env.INVOQ_TOKEN, 'content-type': 'application/json' } })).json());
        const { requestID } = await ask('/v1/functions/' + name + '/invocations', { method: 'POST',
          body: JSON.stringify({ data: { x: 20, y: 22 }, sync: false }) });
        for (;;) {
          const { data } = await ask('/v1/invocations/' + requestID + '?wait=5');
          if (data.status === 'succeeded') return data.result.data;
        }
      };`,
    }),
  });
  operators = stand.apis.map(({ url }) => createClient({ url, retry: false }));
}, 90_000);

afterAll(() => stand.redis.stop(), 60_000);
afterAll(() => stand.stack.stopApps(), 60_000);

/** Until its cursor is null; each step as often as it takes. */
async function all(step: (cursor: string | null) => Promise<{ cursor: string | null }>): Promise<void> {
  for (let cursor: string | null = null; ;) {
    ({ cursor } = await step(cursor));
    if (cursor === null) return;
  }
}

async function operate(client: InvoqClient, who: number): Promise<void> {
  const acts = [
    () => client.queues.pause('default', { reason: 'a test' }),
    () => all((cursor) => client.queues.purge('default', { cursor })),
    () => client.queues.resume('default'),
    () => client.functions.pause('takes'),
    () => all((cursor) => client.invocations.bulk({ action: 'cancel', filter: { function: 'takes' }, cursor })),
    () => client.functions.resume('takes'),
    () => all((cursor) => client.invocations.bulk({ action: 'replay', filter: { function: 'fails' }, cursor })),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    await acts[(round + 3 * who) % acts.length]();
    await sleep(60);
  }
}

it(`two operators pause, resume, purge, cancel and replay ${2 * ROUNDS} times under load`, async () => {
  const traffic = { over: false };
  const callers = Array.from({ length: CALLERS }, async (_, who) => {
    for (let n = 0; !traffic.over; n++) {
      const name = ['takes', 'adds', 'fails'][n % 3];
      const url = stand.apis[(who + n) % 2].url;
      await stand.caller.call(url, name, { ms: 60, n, x: n, y: 1 }, { sync: n % 2 === 0, key: `${who}-${n}` });
      await sleep(10);
    }
  });
  try {
    await Promise.all(operators.map(operate));
  } finally {
    traffic.over = true;
    await operators[0].queues.resume('default');
    await operators[0].functions.resume('takes');
    await Promise.all(callers);
  }
  const answer = stand.ledger.read().flatMap((entry) => ('status' in entry ? [entry] : []));
  expect(answer.filter(({ status }) => ![200, 202, 409, 503].includes(status))).toEqual([]);
  await stand.verdict('two operators at work under load', { settleMs: LIMIT_MS, starts: { async: 1, sync: 1 } });
}, 90_000);
