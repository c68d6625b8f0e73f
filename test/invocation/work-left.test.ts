/** Work that a function leaves behind its answer: it goes on, may call other functions, and its lines are kept. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const CALLS = `
const http = require('http');
const nested = (name, data) => new Promise((resolve, reject) => {
  const { INVOQ_URL, INVOQ_TOKEN } = process.env;
  const request = http.request(INVOQ_URL + '/v1/functions/' + name + '/invocations', {
    method: 'POST', agent: false, headers: { 'content-type': 'application/json', authorization: 'Bearer ' + INVOQ_TOKEN },
  }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
  });
  request.on('error', reject).end(JSON.stringify({ data }));
});`;

const FUNCTIONS = {
  'functions.json': { timeoutMs: { sync: 3_000 }, functions: { mini: { contract: 'minapp' } } },
  'adds.js': 'exports.main = async ({ x, y }) => { console.log("adds"); return x + y };',
  'notAwaited.js': `${CALLS} exports.main = async () => { nested('adds', { x: 1, y: 2 }).then(({ code, data }) => console.log('nested', code, data)); console.log('answered'); return 'ok' };`,
  'later.js': `${CALLS} exports.main = (event, context, callback) => {
    setTimeout(() => nested('adds', { x: 1, y: 2 }).then(({ code, data }) => console.log('nested', code, data)), 400);
    callback(null, 'ok');
    console.log('behind the callback');
  };`,
  'mini.js': `exports.main = (event, callback) => { callback(null, 'ok'); setTimeout(() => console.log('much later'), 1200) };`,
  'tellsItsToken.js': 'exports.main = async () => process.env.INVOQ_TOKEN;',
  'forgets.js': 'exports.main = (event) => { setInterval(() => 0, 10); setTimeout(() => 0, 1e6); return process.pid };',
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_SLOTS: 'sync=1,async=1,nested=1' } });
}, 60_000);
afterAll(() => stack.stop());

async function calls(name: string): Promise<{ requestID: string; data: unknown; ms: number }> {
  const began = performance.now();
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data: {} });
  expect(body).toMatchObject({ code: 0 });
  return { ...body, ms: performance.now() - began };
}

async function logsOf(requestID: string, count: number): Promise<string[]> {
  let lines: string[] = [];
  await until(
    `${count} lines`,
    async () => {
      const { text } = await stack.http.get(`/v1/invocations/${requestID}/logs`);
      lines = text
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { text: string }).text);
      return lines.length >= count;
    },
    20_000,
  );
  return lines;
}

test('a nested call that nobody waits for runs, and what comes of it is in the log', async () => {
  for (let round = 0; round < 5; round++) {
    const { requestID, data } = await calls('notAwaited');
    expect(data).toBe('ok');
    expect(await logsOf(requestID, 2)).toEqual(['answered', 'nested 0 3']);
  }
}, 60_000);

test('a timer after the callback may call another function, although the call has ended', async () => {
  const { requestID } = await calls('later');
  expect(await logsOf(requestID, 2)).toEqual(['behind the callback', 'nested 0 3']);
}, 60_000);

test('MinApp’s contract waits until nothing is left, and the answer does not', async () => {
  const { requestID } = await calls('mini');
  expect(await logsOf(requestID, 1)).toEqual(['much later']);
}, 60_000);

test('what is left holds no slot, and is named in the log when it is ended', async () => {
  const first = await calls('forgets');
  // There is one slot.
  const second = await calls('adds');
  expect(second.data).toBeNull();
  const lines = await logsOf(first.requestID, 1);
  expect(lines).toEqual([expect.stringMatching(/^left: Timeout ×2; ended \d{4} ms after the answer$/) as string]);
}, 60_000);

test('the token of a call is worth nothing once all of it is over', async () => {
  const { data: token } = await calls('tellsItsToken');
  const late = await stack.http.post(
    '/v1/functions/adds/invocations',
    { data: {} },
    { authorization: `Bearer ${String(token)}` },
  );
  expect(late.status).toBe(401);
}, 60_000);
