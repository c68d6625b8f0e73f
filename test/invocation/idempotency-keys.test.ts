/** Idempotency-Key: when a key is free again, and what counts as the same request. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, apis: 2, env: { INVOQ_SLOTS: 'sync=1,async=1,nested=1' } });
}, 60_000);
afterAll(() => stack.stop());

const call = (name: string, body: unknown, key: string, api = 0) =>
  stack.apis[api].http.post(`/v1/functions/${name}/invocations`, body, { 'idempotency-key': key });
const read = async (id: string) => (await stack.http.get(`/v1/invocations/${id}`)).body.data;

it('a call that expired in the queue frees its key: `retryable: true` is true', async () => {
  const file = join(scratchDir('starts'), 'starts');
  writeFileSync(file, '');
  const body = { data: { file }, timeoutMs: 300 };
  // The only slot is taken for longer than the call may wait.
  const holder = stack.http.post('/v1/functions/waits/invocations', { data: { ms: 3_000 } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const first = await call('counts', body, 'freed');
  expect([first.status, first.body.error]).toEqual([
    504,
    expect.objectContaining({ type: 'EXPIRED', retryable: true, started: false }),
  ]);
  await holder;
  // With more time, which would have been another request.
  const again = { ...body, timeoutMs: 5_000 };
  const second = await call('counts', again, 'freed', 1);
  expect([second.status, second.body.code]).toEqual([200, 0]);
  expect(second.body.requestID).not.toBe(first.body.requestID);
  expect((await call('counts', again, 'freed')).text).toBe(second.text);
  expect(await readFile(file, 'utf8')).toBe(`${second.body.requestID}\n`);
  expect((await read(first.body.requestID)).status).toBe('expired');
});

it('a call that was cancelled before it began keeps its key, and says that it is not to be sent again', async () => {
  const body = { data: { x: 1, y: 2 }, sync: false, delayMs: 600_000 };
  const first = await call('add', body, 'cancelled');
  expect((await stack.http.post(`/v1/invocations/${first.body.requestID}/cancel`)).status).toBe(200);
  expect((await call('add', body, 'cancelled', 1)).body.requestID).toBe(first.body.requestID);
  expect((await stack.http.get(`/v1/invocations/${first.body.requestID}/result`)).body.error).toMatchObject({
    type: 'CANCELLED',
    retryable: false,
    started: false,
  });
});

describe('the same request', () => {
  const SAME: [string, string, string][] = [
    ['blanks', '{"data":{"x":1,"y":2}}', ' {\n"data": {"x": 1,  "y": 2} }'],
    ['the order of the fields of the body', '{"data":{"x":1},"timeoutMs":900}', '{"timeoutMs":900,"data":{"x":1}}'],
    ['escapes', '{"data":{"x":"é"}}', '{"data":{"\\u0078":"\\u00e9"}}'],
    ['other digits of the same number', '{"data":{"x":1}}', '{"data":{"x":1.0e0}}'],
    ['`sync: true` said or not', '{"data":{}}', '{"data":{},"sync":true}'],
    ['`onTimeout: "fail"` said or not', '{"data":{}}', '{"data":{},"onTimeout":"fail"}'],
    ['`data: {}` said or not', '{}', '{"data":{}}'],
    ['null for a field that may be missing', '{"data":{}}', '{"data":{},"timeoutMs":null,"priority":null}'],
  ];
  const OTHER: [string, string, string][] = [
    ['the order of members in data', '{"data":{"x":1,"y":2}}', '{"data":{"y":2,"x":1}}'],
    ['a timeoutMs that is the default', '{"data":{}}', '{"data":{},"timeoutMs":5000}'],
    ['a priority that is the default', '{"data":{}}', '{"data":{},"priority":0}'],
    ['a delay of 0', '{"data":{},"sync":false}', '{"data":{},"sync":false,"delayMs":0}'],
    ['a callback that is refused', '{"data":{}}', '{"data":{},"callback":null}'],
    ['another wait', '{"data":{}}', '{"data":{},"onTimeout":"detach"}'],
  ];

  it.each(SAME)('is told apart by anything but %s', async (what, first, second) => {
    const one = await call('echo', first, `same ${encodeURIComponent(what)}`);
    const two = await call('echo', second, `same ${encodeURIComponent(what)}`, 1);
    expect(one.body.code).toBe(0);
    expect(two.text).toBe(one.text);
  });

  it.each(OTHER)('is another one with %s', async (what, first, second) => {
    const one = await call('echo', first, `other ${encodeURIComponent(what)}`);
    const two = await call('echo', second, `other ${encodeURIComponent(what)}`);
    expect([two.status, two.body.error.type]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(two.body.requestID).toBe(one.body.requestID);
  });

  it('holds for large data, too', async () => {
    const text = 'x'.repeat(100_000);
    const one = await call('echo', `{"data":{"a":1.0,"text":"${text}"}}`, 'large');
    expect((await call('echo', `{ "data": { "a": 1, "text": "${text}" } }`, 'large')).text).toBe(one.text);
    expect((await call('echo', `{"data":{"text":"${text}","a":1}}`, 'large')).status).toBe(422);
  });
});
