/** A request that is refused costs the API next to nothing, whatever it holds. */
import { processorSeconds } from '../harness/process-facts';
import type { Stack } from '../harness/stack';
import { bearer, signed, startKeyedStack } from './keyed-stack';

/**
 * CPU of the API in the cheapest round, ms: what else runs on the same core can only add to it. `data`: what the function
 * would receive is checked to its end before such a call can be refused. With a key the body is read.
 */
const MAX_MS = { usual: 8, read: 12, data: 25 };
const MAX_ANSWER_BYTES = 16_384;
const ROUNDS = 5;
/** On a busy machine caches are shared with others, and it takes more rounds until one is undisturbed. */
const MAX_ROUNDS = 25;
const REQUESTS = 20;
const MB = 1_048_576;

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack({ INVOQ_RATE: '100000/1s' })), 60_000);
afterAll(() => stack.stop());

/** An object of so many bytes, most of them names. */
function wide(bytes: number): string {
  let text = '{';
  for (let i = 0; text.length < bytes - 20; i++) text += `"f${i.toString(36)}":1,`;
  return `${text}"end":1}`;
}
/** Every name is new, so that to parse it takes 60 ms. */
const names = wide(MB - 300);
const INVOKE = '/v1/functions/echo/invocations';
const fields = wide(MB);
const LARGE: [what: string, method: string, path: string, body: string, maxMs?: number][] = [
  ['1 MiB of unknown fields', 'POST', INVOKE, fields],
  ['a runAt of 150 KB', 'POST', INVOKE, JSON.stringify({ sync: false, runAt: 'T'.repeat(150_000) })],
  ['a runAt of 40 KB', 'POST', INVOKE, JSON.stringify({ sync: false, runAt: 'T'.repeat(40_000) })],
  ['a retry of 1 MiB', 'POST', INVOKE, `{"sync":false,"retry":${fields.slice(0, -30)}}}`],
  ['a retry.on of 40 KB', 'POST', INVOKE, JSON.stringify({ sync: false, retry: { on: new Array(10_000).fill('') } })],
  ['a callback of 40 KB', 'POST', INVOKE, `{"sync":false,"callback":${wide(40_000)}}`],
  ['a body that is deep', 'POST', INVOKE, `{"data":${'['.repeat(500_000)}`],
  ['a schedule of unknown fields', 'PUT', '/v1/schedules/x', fields],
  ['letters of unknown fields', 'POST', '/v1/functions/echo/dead-letters/replay', fields],
  ['a MinApp call of unknown fields', 'POST', '/hserve/v1/cloud-function/job/', fields],
  ['a CloudBase call of unknown fields', 'POST', '/admin', fields],
  ['a CloudBase call of a page', 'POST', '/web', fields],
  ['1 MiB of data for no function', 'POST', '/v1/functions/nobody/invocations', `{"data":${names}}`],
  ['1 MiB of data and a bad field', 'POST', INVOKE, `{"data":${names},"timeoutMs":0}`, MAX_MS.data],
  ['1 MiB of data in a bad plan', 'POST', INVOKE, `{"data":${names},"delayMs":1}`, MAX_MS.data],
  [
    '1 MiB of numbers in a bad plan',
    'POST',
    INVOKE,
    `{"data":[${'0,'.repeat(MB / 2 - 100)}0],"delayMs":1}`,
    MAX_MS.data,
  ],
  [
    '1 MiB of empty lists in a bad plan',
    'POST',
    INVOKE,
    `{"data":[${'[],'.repeat(MB / 3 - 100)}0],"delayMs":1}`,
    MAX_MS.data,
  ],
  ['1 MiB of data that is broken', 'POST', INVOKE, `{"data":${names.slice(0, -1)},]}}`, MAX_MS.data],
  ['1 MiB of data that comes twice', 'POST', INVOKE, `{"data":1,"data":${names}}`],
  [
    '1 MiB of data for a schedule',
    'PUT',
    '/v1/schedules/x',
    `{"function":"echo","cron":"* * * * *","data":${names}}`,
    MAX_MS.data,
  ],
  ['1 MiB of an event that is broken', 'POST', '/v1/functions/echo', names.slice(0, -1), MAX_MS.data],
  ['1 MiB of items and a bad field', 'POST', `${INVOKE}/batch`, `{"items":[{"data":${names}}],"x":1}`, MAX_MS.data],
  ['1 MiB of items that are broken', 'POST', `${INVOKE}/batch`, `{"items":[{"data":${names}},]}`, MAX_MS.data],
  ['1 MiB of an event for no function', 'POST', '/v1/functions/nobody', names],
  ['1 MiB of items for no function', 'POST', '/v1/functions/nobody/invocations/batch', `{"items":[{"data":${names}}]}`],
  ['an address that is not there', 'POST', '/nowhere', fields],
];

async function cost(
  path: string,
  method: string,
  body: string,
  headers: () => Record<string, string>,
  maxMs: number,
): Promise<number> {
  const { pid } = stack.apis[0].process;
  const send = async (): Promise<void> => {
    const { status, text } = await stack.http.request(path, { method, body, headers: headers() });
    // The wires of CloudBase answer 200 and say it in a code.
    if (status < 400) expect(text).toMatch(/^{"code":"[A-Z_]+"/);
    expect(status).toBeLessThan(500);
    expect(text.length).toBeLessThan(MAX_ANSWER_BYTES);
  };
  for (let i = 0; i < 10; i++) await send();
  let cheapest = Infinity;
  for (let round = 0; round < ROUNDS || (cheapest >= maxMs && round < MAX_ROUNDS); round++) {
    const before = processorSeconds(pid);
    for (let i = 0; i < REQUESTS; i++) await send();
    cheapest = Math.min(cheapest, ((processorSeconds(pid) - before) * 1_000) / REQUESTS);
  }
  return cheapest;
}

describe.each(LARGE)('%s', (what, method, path, body, maxMs = MAX_MS.read) => {
  test('without a key', async () => {
    const ms = await cost(path, method, body, () => ({}), MAX_MS.usual);
    report(what, 'no key', ms);
    expect(ms).toBeLessThan(MAX_MS.usual);
  }, 60_000);

  test('with a key of the least scope', async () => {
    const ms = await cost(path, method, body, () => bearer(method === 'PUT' ? 'adm' : 'inv'), maxMs);
    report(what, 'a key', ms);
    expect(ms).toBeLessThan(maxMs);
  }, 60_000);
});

test('100,000 fields under the signature of nobody', async () => {
  const url = new URL('/v1/functions/echo', stack.url);
  const ms = await cost(url.pathname, 'POST', fields, () => signed('nobody', url, ''), MAX_MS.usual);
  report('100,000 signed fields', 'no key', ms);
  expect(ms).toBeLessThan(MAX_MS.usual);
}, 60_000);

const seen: string[] = [];
function report(what: string, who: string, ms: number): void {
  seen.push(`${ms.toFixed(2).padStart(6)} ms  ${what}, ${who}`);
}
afterAll(() =>
  process.stdout.write(`\n  CPU of the API for each refusal\n${seen.map((line) => `  ${line}\n`).join('')}`),
);
