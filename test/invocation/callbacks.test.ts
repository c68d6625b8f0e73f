/** A callback: the end of a call is told to a receiver, signed; and whoever made the call can see that. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { startReceiver } from '../harness/receiver';
import { startStack } from '../harness/stack';
import { CallbackSetup, FUNCTIONS, MASTER } from './callback-setup';

let setup: CallbackSetup;
beforeAll(async () => {
  setup = await CallbackSetup.start();
}, 60_000);
afterAll(() => setup.stack.stop());

it('tells the end of an async call once: the envelope, signed by Standard Webhooks', async () => {
  const callback = { url: `${setup.receiver.url}/hook?for=me` };
  const { status, body: accepted } = await setup.call('add', { data: { x: 1, y: 2 }, sync: false, callback });
  expect(status).toBe(202);
  const { requestID } = accepted;
  const received = await setup.receiver.hears(requestID);
  expect(received.path).toBe('/hook?for=me');
  const record = (await setup.stack.http.get(`/v1/invocations/${requestID}`)).body.data;
  expect(
    new Webhook(secretOfEnv(MASTER, 'default')).verify(received.text, received.headers as Record<string, string>),
  ).toEqual({
    type: 'invocation.succeeded',
    timestamp: record.finishedAt,
    data: { function: 'add', env: 'default', status: 'succeeded', code: 0, data: 3, error: {}, requestID },
  });
  // The very bytes that a reader gets.
  const envelope = (await setup.stack.http.get(`/v1/invocations/${requestID}/result`)).text;
  expect(received.text).toContain(envelope.slice(1));
  const log = await setup.stands(requestID, 'delivered');
  expect(log).toEqual({
    callback: { url: callback.url, events: expect.arrayContaining(['succeeded', 'lost']) },
    deliveries: [
      {
        webhookID: received.headers['webhook-id'],
        type: 'invocation.succeeded',
        state: 'delivered',
        tries: [{ at: expect.stringMatching(/Z$/), outcome: 'delivered', status: 204, ms: expect.any(Number) }],
      },
    ],
  });
  expect(setup.receiver.of(requestID)).toHaveLength(1);
});

it('tells of failures, of cancelled calls, and of sync calls too', async () => {
  const callback = { url: setup.receiver.url };
  const failed = (await setup.call('throws', { callback })).body;
  expect(failed.code).toBe(1);
  const { body } = await setup.receiver.hears(failed.requestID);
  expect(body).toMatchObject({ type: 'invocation.failed', data: { ...failed, status: 'failed' } });
  const waiting = (await setup.call('waits', { data: { ms: 60_000 }, sync: false, callback })).body.requestID;
  await setup.stack.http.post(`/v1/invocations/${waiting}/cancel`);
  expect((await setup.receiver.hears(waiting)).body).toMatchObject({
    type: 'invocation.cancelled',
    data: { code: 409 },
  });
});

it('tells only of the events that are asked for', async () => {
  const callback = { url: setup.receiver.url, events: ['failed', 'timedOut'] };
  const quiet = (await setup.call('add', { data: { x: 1, y: 2 }, callback })).body.requestID;
  const loud = (await setup.call('throws', { callback })).body.requestID;
  await setup.receiver.hears(loud);
  expect(await setup.deliveries(quiet)).toEqual({ callback, deliveries: [] });
  expect(setup.receiver.of(quiet)).toEqual([]);
});

it("the function's own callback is told unless the call has one, or wants none", async () => {
  const data = { fails: true };
  const plain = (await setup.call('told', { data })).body.requestID;
  const own = (await setup.call('told', { data, callback: { url: `${setup.receiver.url}/of-the-call` } })).body
    .requestID;
  const none = (await setup.call('told', { data, callback: null })).body.requestID;
  const returned = (await setup.call('told', {})).body.requestID;
  expect((await setup.receiver.hears(plain)).path).toBe('/of-the-function');
  expect((await setup.receiver.hears(own)).path).toBe('/of-the-call');
  expect(await setup.deliveries(none)).toEqual({ deliveries: [] });
  expect((await setup.deliveries(returned)).deliveries).toEqual([]);
});

it('calls of other doors and of batches have callbacks like all', async () => {
  const vendor = await setup.stack.http.post('/v1/functions/told', { fails: true });
  const { requestId } = vendor.body;
  expect((await setup.receiver.hears(requestId)).path).toBe('/of-the-function');
  const callback = { url: `${setup.receiver.url}/of-the-item` };
  const items = [
    { data: { x: 1, y: 1 }, callback },
    { data: {}, callback: { url: 'nowhere' } },
  ];
  const batch = (await setup.stack.http.post('/v1/functions/add/invocations/batch', { items })).body.data;
  expect(batch.items[1].error).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field: 'callback.url' }] });
  expect((await setup.receiver.hears(batch.items[0].requestID)).path).toBe('/of-the-item');
});

it('a result that lies beside its record is told by its size and its address', async () => {
  const length = 300_000;
  const requestID = (await setup.call('long', { data: { length }, sync: false, callback: { url: setup.receiver.url } }))
    .body.requestID;
  const { body } = await setup.receiver.hears(requestID);
  expect(body.data).toMatchObject({ code: 0, data: null, large: { bytes: length + 2 }, requestID });
  const { pathname, origin } = new URL(body.data.large.url);
  expect(origin).toBe(setup.stack.url);
  expect((await setup.stack.http.get(pathname)).body.data).toHaveLength(length);
});

it('over TLS, to whom the machine trusts', async () => {
  const safe = await startReceiver({ tls: true });
  const { requestID } = (await setup.call('add', { data: { x: 1, y: 1 }, callback: { url: safe.url } })).body;
  expect((await safe.hears(requestID)).body.data.data).toBe(2);
});

describe('is refused', () => {
  it.each([
    ['callback', 'https://receiver.example'],
    ['callback.url', {}],
    ['callback.url', { url: 'ftp://receiver.example' }],
    ['callback.url', { url: 'https://a:b@receiver.example' }],
    ['callback.events', { url: 'https://receiver.example', events: ['done'] }],
    ['callback.secret', { url: 'https://receiver.example', secret: 'x' }],
  ])('with %s named: %j', async (field, callback) => {
    const { status, body } = await setup.call('add', { callback });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field }] });
  });

  it('to be sent again when there is nothing to deliver', async () => {
    const silent = (await setup.call('add', { data: { x: 1, y: 1 } })).body.requestID;
    const running = (
      await setup.call('waits', { data: { ms: 60_000 }, sync: false, callback: { url: setup.receiver.url } })
    ).body.requestID;
    for (const requestID of [silent, running]) {
      const { status, body } = await setup.resend(requestID);
      expect(status).toBe(409);
      expect(body).toMatchObject({ requestID, error: { type: 'NOTHING_TO_DELIVER', retryable: false } });
    }
    await setup.stack.http.post(`/v1/invocations/${running}/cancel`);
  });

  it('of another env, or unknown: as every route refuses it', async () => {
    const { requestID } = (await setup.call('add', { data: { x: 1, y: 1 }, callback: { url: setup.receiver.url } }))
      .body;
    const path = `/v1/invocations/${requestID}/deliveries`;
    const elsewhere = { 'x-invoq-env': 'elsewhere' };
    const answers = [
      await setup.stack.http.get(path, elsewhere),
      await setup.stack.http.post(`${path}/resend`, undefined, elsewhere),
      await setup.stack.http.get('/v1/invocations/no-id/deliveries'),
    ];
    for (const { status, body } of answers) expect([status, body.error.type]).toEqual([404, 'INVOCATION_NOT_FOUND']);
  });
});

it('a repeated Idempotency-Key with another callback is another request', async () => {
  const headers = { 'idempotency-key': 'callbacks' };
  const body = { data: { x: 1, y: 1 }, callback: { url: setup.receiver.url } };
  const { requestID } = (await setup.call('add', body, headers)).body;
  expect((await setup.call('add', body, headers)).body.requestID).toBe(requestID);
  expect((await setup.call('add', { ...body, callback: { url: `${setup.receiver.url}/other` } }, headers)).status).toBe(
    422,
  );
});

it('without a setting the secret is made once, and `callback-secret` tells it to the receiver', async () => {
  const plain = await startStack({ functions: FUNCTIONS, env: { INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' }, workers: 2 });
  const callback = { url: setup.receiver.url };
  const body = { data: { x: 1, y: 1 }, callback };
  const answer = await plain.http.post('/v1/functions/add/invocations', body, { 'x-invoq-env': 'default' });
  const { text, headers } = await setup.receiver.hears(answer.body.requestID);
  const cli = join(__dirname, '../../dist/apps/worker/callback-secret-cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, '--env', 'default', '--data', plain.data]);
  new Webhook(stdout.trim()).verify(text, headers as Record<string, string>);
  await plain.stop();
}, 60_000);
