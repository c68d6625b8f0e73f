/** A callback: the end of a call is told to a receiver, signed, until it has it; and whoever made the call can see that. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import type { Deliveries } from '@invoq/contract/callback';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { WAITS_MS } from '@invoq/policy/callbacks';
import { deliveryKey, receiverKey, receiversKey } from '@invoq/store/keys';
import { receiverOf } from '@invoq/store/outbox';
import { CERT } from '../harness/certificate';
import { type Receiver, startReceiver } from '../harness/receiver';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const MASTER = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const LIMIT_MS = 30_000;
const FUNCTIONS = {
  'add.js': 'exports.main = (event) => event.x + event.y',
  'throws.js': "exports.main = () => { throw new TypeError('boom') }",
  'waits.js': 'exports.main = (event) => new Promise((done) => setTimeout(done, event.ms))',
  'long.js': "exports.main = (event) => 'x'.repeat(event.length)",
  'told.js': "exports.main = (event) => { if (event.fails) throw new Error('as asked'); return 1 }",
};

let stack: Stack;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const told = { callback: { url: `${receiver.url}/of-the-function`, events: ['failed'] } };
  const trusted = join(scratchDir('certificate'), 'trusted.pem');
  writeFileSync(trusted, CERT);
  stack = await startStack({
    functions: { ...FUNCTIONS, 'functions.json': { functions: { told } } },
    env: { INVOQ_CALLBACK_ALLOW: '127.0.0.1', INVOQ_CALLBACK_SECRET: MASTER, NODE_EXTRA_CA_CERTS: trusted },
  });
}, 60_000);
afterAll(() => stack.stop());

const call = (name: string, body: object, headers?: Record<string, string>) =>
  stack.http.post(`/v1/functions/${name}/invocations`, body, headers);
const deliveries = async (requestID: string): Promise<Deliveries> =>
  (await stack.http.get(`/v1/invocations/${requestID}/deliveries`)).body.data;
const resend = (requestID: string) => stack.http.post(`/v1/invocations/${requestID}/deliveries/resend`);
const stands = (requestID: string, state: string): Promise<Deliveries> =>
  until(
    `the delivery of ${requestID} is ${state}`,
    async () => {
      const log = await deliveries(requestID);
      if (log.deliveries[0]?.state !== state) throw new Error(JSON.stringify(log));
      return log;
    },
    LIMIT_MS,
  );

it('tells the end of an async call once: the envelope, signed by Standard Webhooks', async () => {
  const callback = { url: `${receiver.url}/hook?for=me` };
  const { status, body: accepted } = await call('add', { data: { x: 1, y: 2 }, sync: false, callback });
  expect(status).toBe(202);
  const { requestID } = accepted;
  const heard = await receiver.hears(requestID);
  expect(heard.path).toBe('/hook?for=me');
  const record = (await stack.http.get(`/v1/invocations/${requestID}`)).body.data;
  expect(
    new Webhook(secretOfEnv(MASTER, 'default')).verify(heard.text, heard.headers as Record<string, string>),
  ).toEqual({
    type: 'invocation.succeeded',
    timestamp: record.finishedAt,
    data: { function: 'add', env: 'default', status: 'succeeded', code: 0, data: 3, error: {}, requestID },
  });
  // The very bytes that a reader gets.
  const envelope = (await stack.http.get(`/v1/invocations/${requestID}/result`)).text;
  expect(heard.text).toContain(envelope.slice(1));
  const log = await stands(requestID, 'delivered');
  expect(log).toEqual({
    callback: { url: callback.url, events: expect.arrayContaining(['succeeded', 'lost']) },
    deliveries: [
      {
        webhookID: heard.headers['webhook-id'],
        type: 'invocation.succeeded',
        state: 'delivered',
        tries: [{ at: expect.stringMatching(/Z$/), outcome: 'delivered', status: 204, ms: expect.any(Number) }],
      },
    ],
  });
  expect(receiver.of(requestID)).toHaveLength(1);
});

it('tells of failures, of cancelled calls, and of sync calls too', async () => {
  const callback = { url: receiver.url };
  const failed = (await call('throws', { callback })).body;
  expect(failed.code).toBe(1);
  const { body } = await receiver.hears(failed.requestID);
  expect(body).toMatchObject({ type: 'invocation.failed', data: { ...failed, status: 'failed' } });
  const waiting = (await call('waits', { data: { ms: 60_000 }, sync: false, callback })).body.requestID;
  await stack.http.post(`/v1/invocations/${waiting}/cancel`);
  expect((await receiver.hears(waiting)).body).toMatchObject({ type: 'invocation.cancelled', data: { code: 409 } });
});

it('tells only of the events that are asked for', async () => {
  const callback = { url: receiver.url, events: ['failed', 'timedOut'] };
  const quiet = (await call('add', { data: { x: 1, y: 2 }, callback })).body.requestID;
  const loud = (await call('throws', { callback })).body.requestID;
  await receiver.hears(loud);
  expect(await deliveries(quiet)).toEqual({ callback, deliveries: [] });
  expect(receiver.of(quiet)).toEqual([]);
});

it("the function's own callback is told unless the call has one, or wants none", async () => {
  const data = { fails: true };
  const plain = (await call('told', { data })).body.requestID;
  const own = (await call('told', { data, callback: { url: `${receiver.url}/of-the-call` } })).body.requestID;
  const none = (await call('told', { data, callback: null })).body.requestID;
  const returned = (await call('told', {})).body.requestID;
  expect((await receiver.hears(plain)).path).toBe('/of-the-function');
  expect((await receiver.hears(own)).path).toBe('/of-the-call');
  expect(await deliveries(none)).toEqual({ deliveries: [] });
  expect((await deliveries(returned)).deliveries).toEqual([]);
});

it('calls of other doors and of batches have callbacks like all', async () => {
  const vendor = await stack.http.post('/v1/functions/told', { fails: true });
  const { requestId } = vendor.body;
  expect((await receiver.hears(requestId)).path).toBe('/of-the-function');
  const callback = { url: `${receiver.url}/of-the-item` };
  const items = [
    { data: { x: 1, y: 1 }, callback },
    { data: {}, callback: { url: 'nowhere' } },
  ];
  const batch = (await stack.http.post('/v1/functions/add/invocations/batch', { items })).body.data;
  expect(batch.items[1].error).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field: 'callback.url' }] });
  expect((await receiver.hears(batch.items[0].requestID)).path).toBe('/of-the-item');
});

it('a result that lies beside its record is told by its size and its address', async () => {
  const length = 300_000;
  const requestID = (await call('long', { data: { length }, sync: false, callback: { url: receiver.url } })).body
    .requestID;
  const { body } = await receiver.hears(requestID);
  expect(body.data).toMatchObject({ code: 0, data: null, large: { bytes: length + 2 }, requestID });
  const { pathname, origin } = new URL(body.data.large.url);
  expect(origin).toBe(stack.url);
  expect((await stack.http.get(pathname)).body.data).toHaveLength(length);
});

it('what was not taken is tried again, with the same webhook-id and the same bytes', async () => {
  const fussy = await startReceiver({ answer: (response, _, n) => void response.writeHead(n === 1 ? 500 : 200).end() });
  const requestID = (await call('add', { data: { x: 1, y: 1 }, callback: { url: fussy.url } })).body.requestID;
  await fussy.hears(requestID);
  const between = await until(
    'the first try is told',
    async () => (await deliveries(requestID)).deliveries[0].nextAt,
    5_000,
  );
  expect(Date.parse(between)).toBeGreaterThan(Date.now());
  const [first, second] = [fussy.of(requestID)[0], await fussy.hears(requestID, 2)];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(second.text).toBe(first.text);
  const verifier = new Webhook(secretOfEnv(MASTER, 'default'));
  for (const { text, headers } of [first, second]) verifier.verify(text, headers as Record<string, string>);
  const [delivery] = (await stands(requestID, 'delivered')).deliveries;
  expect(delivery.tries).toMatchObject([
    { outcome: 'failed', status: 500 },
    { outcome: 'delivered', status: 200 },
  ]);
  expect(delivery.nextAt).toBeUndefined();
}, 60_000);

it('over TLS, to whom the machine trusts', async () => {
  const safe = await startReceiver({ tls: true });
  const { requestID } = (await call('add', { data: { x: 1, y: 1 }, callback: { url: safe.url } })).body;
  expect((await safe.hears(requestID)).body.data.data).toBe(2);
});

it('Retry-After is kept to, until somebody asks for it now', async () => {
  const busy = await startReceiver({
    answer: (response) => void response.writeHead(503, { 'retry-after': '3600' }).end(),
  });
  const { requestID } = (await call('add', { data: { x: 1, y: 1 }, callback: { url: busy.url } })).body;
  const later = async (): Promise<string | undefined> => {
    const { nextAt } = (await deliveries(requestID)).deliveries[0];
    // Before the first try it is due at once.
    return nextAt !== undefined && Date.parse(nextAt) > Date.now() + 60_000 ? nextAt : undefined;
  };
  const next = await until('the first try is told', later, LIMIT_MS);
  const [{ at }] = (await deliveries(requestID)).deliveries[0].tries;
  expect(Date.parse(next) - Date.parse(at)).toBeGreaterThanOrEqual(3_600_000);
  busy.answer = (response) => void response.writeHead(200).end();
  expect((await resend(requestID)).status).toBe(202);
  await stands(requestID, 'delivered');
});

it('after the last try it has failed, and can be sent again all the same', async () => {
  const broken = await startReceiver({ answer: (response) => void response.writeHead(500).end() });
  const { requestID } = (await call('add', { data: { x: 1, y: 1 }, callback: { url: broken.url } })).body;
  await until('the first try is told', async () => (await deliveries(requestID)).deliveries[0]?.nextAt, LIMIT_MS);
  // The hours between are not waited for.
  const redis = stack.redis.client();
  await redis.hset(deliveryKey(requestID), 'tries', WAITS_MS.length);
  const receiverName = receiverOf(broken.url);
  await redis.zadd(receiverKey(0, receiverName), 1, requestID);
  await redis.zadd(receiversKey(0), 1, receiverName);
  const [{ tries, nextAt }] = (await stands(requestID, 'failed')).deliveries;
  expect(tries).toMatchObject([
    { outcome: 'failed', status: 500 },
    { outcome: 'failed', status: 500 },
  ]);
  expect(nextAt).toBeUndefined();
  broken.answer = (response) => void response.writeHead(200).end();
  await resend(requestID);
  await stands(requestID, 'delivered');
}, 60_000);

it('410 ends it, and stops what follows from being sent there, until it is sent again by request and taken', async () => {
  const leaving = await startReceiver({ answer: (response) => void response.writeHead(410).end() });
  const callback = { url: leaving.url };
  const send = async (): Promise<string> => (await call('add', { data: { x: 1, y: 1 }, callback })).body.requestID;
  const first = await send();
  await stands(first, 'gone');
  const second = await send();
  expect((await stands(second, 'disabled')).deliveries[0].tries).toMatchObject([{ outcome: 'disabled' }]);
  expect(leaving.heard).toHaveLength(1);
  leaving.answer = (response) => void response.writeHead(200).end();
  const again = await resend(second);
  expect(again.status).toBe(202);
  expect(again.body.data.deliveries).toMatchObject([{ state: 'pending', tries: [{ outcome: 'disabled' }] }]);
  await stands(second, 'delivered');
  const third = await send();
  await stands(third, 'delivered');
  expect(leaving.heard.map(({ body }) => body.data.requestID)).toEqual([first, second, third]);
});

it('a delivered one is sent again by request, with the same webhook-id', async () => {
  const { requestID } = (await call('add', { data: { x: 2, y: 2 }, callback: { url: receiver.url } })).body;
  await stands(requestID, 'delivered');
  expect((await resend(requestID)).status).toBe(202);
  const [first, second] = [receiver.of(requestID)[0], await receiver.hears(requestID, 2)];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect((await stands(requestID, 'delivered')).deliveries[0].tries).toHaveLength(2);
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
    const { status, body } = await call('add', { callback });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field }] });
  });

  it('to be sent again when there is nothing to deliver', async () => {
    const silent = (await call('add', { data: { x: 1, y: 1 } })).body.requestID;
    const running = (await call('waits', { data: { ms: 60_000 }, sync: false, callback: { url: receiver.url } })).body
      .requestID;
    for (const requestID of [silent, running]) {
      const { status, body } = await resend(requestID);
      expect(status).toBe(409);
      expect(body).toMatchObject({ requestID, error: { type: 'NOTHING_TO_DELIVER', retryable: false } });
    }
    await stack.http.post(`/v1/invocations/${running}/cancel`);
  });

  it('of another env, or unknown: as every route refuses it', async () => {
    const { requestID } = (await call('add', { data: { x: 1, y: 1 }, callback: { url: receiver.url } })).body;
    const path = `/v1/invocations/${requestID}/deliveries`;
    const elsewhere = { 'x-invoq-env': 'elsewhere' };
    const answers = [
      await stack.http.get(path, elsewhere),
      await stack.http.post(`${path}/resend`, undefined, elsewhere),
      await stack.http.get('/v1/invocations/no-id/deliveries'),
    ];
    for (const { status, body } of answers) expect([status, body.error.type]).toEqual([404, 'INVOCATION_NOT_FOUND']);
  });
});

it('a repeated Idempotency-Key with another callback is another request', async () => {
  const headers = { 'idempotency-key': 'callbacks' };
  const body = { data: { x: 1, y: 1 }, callback: { url: receiver.url } };
  const { requestID } = (await call('add', body, headers)).body;
  expect((await call('add', body, headers)).body.requestID).toBe(requestID);
  expect((await call('add', { ...body, callback: { url: `${receiver.url}/other` } }, headers)).status).toBe(422);
});

it('metrics count the tries and what waits, and nothing secret is in Redis', async () => {
  await until(
    'all is delivered',
    async () => /invoq_callbacks_waiting\{.*\} 0$/m.test((await stack.http.get('/metrics')).text),
    LIMIT_MS,
  );
  const { text } = await stack.workers[0].http.get('/metrics');
  for (const outcome of ['delivered', 'retried', 'gone', 'disabled']) {
    expect(text).toMatch(new RegExp(`invoq_callback_tries_total\\{outcome="${outcome}".*\\} [1-9]`));
  }
  const redis = stack.redis.client();
  const dump: string[] = [];
  for (const key of await redis.keys('*')) dump.push(key, ((await redis.dumpBuffer(key)) ?? '').toString('latin1'));
  const secrets = [MASTER, secretOfEnv(MASTER, 'default')].map((secret) => secret.slice('whsec_'.length, 30));
  for (const secret of secrets) expect(dump.filter((text) => text.includes(secret))).toEqual([]);
});

it('without a setting the secret is made once, and `callback-secret` tells it to the receiver', async () => {
  const plain = await startStack({ functions: FUNCTIONS, env: { INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' }, workers: 2 });
  const callback = { url: receiver.url };
  const body = { data: { x: 1, y: 1 }, callback };
  const answer = await plain.http.post('/v1/functions/add/invocations', body, { 'x-invoq-env': 'default' });
  const { text, headers } = await receiver.hears(answer.body.requestID);
  const cli = join(__dirname, '../../dist/apps/worker/callback-secret-cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, '--env', 'default', '--data', plain.data]);
  new Webhook(stdout.trim()).verify(text, headers as Record<string, string>);
  await plain.stop();
}, 60_000);
