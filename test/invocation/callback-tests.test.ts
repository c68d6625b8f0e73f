/** Whoever writes a receiver tries it with a signed sample, and is told what came back. */
import { verifyCallback } from '@invoq/client/verify-callback';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { startReceiver } from '../harness/receiver';
import { startStack, type Stack } from '../harness/stack';

const MASTER = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: { 'add.js': 'exports.main = ({ x, y }) => x + y;' },
    workers: 2,
    env: { INVOQ_CALLBACK_ALLOW: '127.0.0.1', INVOQ_CALLBACK_SECRET: MASTER, INVOQ_CALLBACK_TIMEOUT: '1000' },
  });
}, 60_000);
afterAll(() => stack.stop());

const test = (url: unknown) => stack.http.post('/v1/callbacks/test', { url });

it('sends a sample that can be verified, once', async () => {
  const receiver = await startReceiver();
  const { status, body } = await test(receiver.url);
  expect([status, body.data]).toEqual([
    200,
    { outcome: 'delivered', webhookID: `msg_${body.requestID}`, ms: expect.any(Number), status: expect.any(Number) },
  ]);
  const [received] = receiver.received;
  expect(receiver.received).toHaveLength(1);
  const said = await verifyCallback(received.text, received.headers, secretOfEnv(MASTER, 'default'));
  expect(said).toMatchObject({ type: 'invocation.test', data: { env: 'default', code: 0, requestID: body.requestID } });
});

it.each([
  ['a receiver that refuses', (status: number) => ({ outcome: 'failed', status }), 401],
  ['a receiver that redirects', (status: number) => ({ outcome: 'failed', status }), 302],
])('%s', async (_, expected, status) => {
  const receiver = await startReceiver({
    answer: (response) => void response.writeHead(status, { location: '/x' }).end(),
  });
  expect((await test(receiver.url)).body.data).toMatchObject(expected(status));
});

it('says what kept it: nobody there, no answer in time, an internal address', async () => {
  expect((await test('http://127.0.0.1:9/')).body.data).toMatchObject({
    outcome: 'failed',
    error: expect.stringContaining('ECONNREFUSED'),
  });
  const silent = await startReceiver({ answer: () => undefined });
  expect((await test(silent.url)).body.data).toMatchObject({
    outcome: 'failed',
    error: expect.stringContaining('1000 ms'),
  });
  expect((await test('http://10.0.0.1/')).body.data).toMatchObject({ outcome: 'refused' });
});

it.each([undefined, 7, 'ftp://x', 'http://user:pass@x', 'nonsense'])('refuses %p', async (url) => {
  const { status, body } = await test(url);
  expect([status, body.error.fields[0].field]).toEqual([400, 'url']);
});

it('without a worker says so', async () => {
  const alone = await startStack({ functions: {}, workers: 0 });
  const { status, body } = await alone.http.post('/v1/callbacks/test', { url: 'https://app.example/' });
  expect([status, body.error.type]).toEqual([503, 'NO_WORKER']);
  await alone.stop();
}, 30_000);
