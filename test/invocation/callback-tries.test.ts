/** A callback that is not taken is tried again until it is, ends when it never will be, and is sent again by request. */
import { Webhook } from 'standardwebhooks';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { WAITS_MS } from '@invoq/policy/callbacks';
import { deliveryKey, receiverKey, receiversKey } from '@invoq/store/keys/keys';
import { receiverOf } from '@invoq/store/callbacks/outbox';
import { startReceiver } from '../harness/receiver';
import { until } from '../harness/until';
import { CallbackSetup, LIMIT_MS, MASTER } from './callback-setup';

let setup: CallbackSetup;
beforeAll(async () => {
  setup = await CallbackSetup.start();
}, 60_000);
afterAll(() => setup.stack.stop());

it('what was not taken is tried again, with the same webhook-id and the same bytes', async () => {
  const fussy = await startReceiver({ answer: (response, _, n) => void response.writeHead(n === 1 ? 500 : 200).end() });
  const requestID = (await setup.call('add', { data: { x: 1, y: 1 }, callback: { url: fussy.url } })).body.requestID;
  await fussy.hears(requestID);
  const between = await until(
    'the first try is told',
    async () => (await setup.deliveries(requestID)).deliveries[0].nextAt,
    5_000,
  );
  expect(Date.parse(between)).toBeGreaterThan(Date.now());
  const [first, second] = [fussy.of(requestID)[0], await fussy.hears(requestID, 2)];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(second.text).toBe(first.text);
  const verifier = new Webhook(secretOfEnv(MASTER, 'default'));
  for (const { text, headers } of [first, second]) verifier.verify(text, headers as Record<string, string>);
  const [delivery] = (await setup.stands(requestID, 'delivered')).deliveries;
  expect(delivery.tries).toMatchObject([
    { outcome: 'failed', status: 500 },
    { outcome: 'delivered', status: 200 },
  ]);
  expect(delivery.nextAt).toBeUndefined();
}, 60_000);

it('Retry-After is kept to, until somebody asks for it now', async () => {
  const busy = await startReceiver({
    answer: (response) => void response.writeHead(503, { 'retry-after': '3600' }).end(),
  });
  const { requestID } = (await setup.call('add', { data: { x: 1, y: 1 }, callback: { url: busy.url } })).body;
  const later = async (): Promise<string | undefined> => {
    const { nextAt } = (await setup.deliveries(requestID)).deliveries[0];
    // Before the first try it is due at once.
    return nextAt !== undefined && Date.parse(nextAt) > Date.now() + 60_000 ? nextAt : undefined;
  };
  const next = await until('the first try is told', later, LIMIT_MS);
  const [{ at }] = (await setup.deliveries(requestID)).deliveries[0].tries;
  expect(Date.parse(next) - Date.parse(at)).toBeGreaterThanOrEqual(3_600_000);
  busy.answer = (response) => void response.writeHead(200).end();
  expect((await setup.resend(requestID)).status).toBe(202);
  await setup.stands(requestID, 'delivered');
});

it('after the last try it has failed, and can be sent again all the same', async () => {
  const broken = await startReceiver({ answer: (response) => void response.writeHead(500).end() });
  const { requestID } = (await setup.call('add', { data: { x: 1, y: 1 }, callback: { url: broken.url } })).body;
  await until('the first try is told', async () => (await setup.deliveries(requestID)).deliveries[0]?.nextAt, LIMIT_MS);
  // The hours between are not waited for.
  const redis = setup.stack.redis.client();
  await redis.hset(deliveryKey(requestID), 'tries', WAITS_MS.length);
  const receiverName = receiverOf('default', broken.url);
  await redis.zadd(receiverKey(0, receiverName), 1, requestID);
  await redis.zadd(receiversKey(0), 1, receiverName);
  const [{ tries, nextAt }] = (await setup.stands(requestID, 'failed')).deliveries;
  expect(tries).toMatchObject([
    { outcome: 'failed', status: 500 },
    { outcome: 'failed', status: 500 },
  ]);
  expect(nextAt).toBeUndefined();
  const failing = async (): Promise<object[]> =>
    (await setup.stack.http.get('/v1/callbacks/failing')).body.data.callbacks as object[];
  const about = { requestID, function: 'add', url: broken.url, state: 'failed', failedAt: expect.any(String) };
  expect(await failing()).toContainEqual(expect.objectContaining(about));
  broken.answer = (response) => void response.writeHead(200).end();
  await setup.resend(requestID);
  await setup.stands(requestID, 'delivered');
  expect(await failing()).not.toContainEqual(expect.objectContaining({ requestID }));
}, 60_000);

it('410 ends it, and stops what follows from being sent there, until it is sent again by request and taken', async () => {
  const leaving = await startReceiver({ answer: (response) => void response.writeHead(410).end() });
  const callback = { url: leaving.url };
  const send = async (): Promise<string> =>
    (await setup.call('add', { data: { x: 1, y: 1 }, callback })).body.requestID;
  const first = await send();
  await setup.stands(first, 'gone');
  const second = await send();
  expect((await setup.stands(second, 'disabled')).deliveries[0].tries).toMatchObject([{ outcome: 'disabled' }]);
  expect(leaving.received).toHaveLength(1);
  leaving.answer = (response) => void response.writeHead(200).end();
  const again = await setup.resend(second);
  expect(again.status).toBe(202);
  expect(again.body.data.deliveries).toMatchObject([{ state: 'pending', tries: [{ outcome: 'disabled' }] }]);
  await setup.stands(second, 'delivered');
  const third = await send();
  await setup.stands(third, 'delivered');
  expect(leaving.received.map(({ body }) => body.data.requestID)).toEqual([first, second, third]);
});

it('a delivered one is sent again by request, with the same webhook-id', async () => {
  const { requestID } = (await setup.call('add', { data: { x: 2, y: 2 }, callback: { url: setup.receiver.url } })).body;
  await setup.stands(requestID, 'delivered');
  expect((await setup.resend(requestID)).status).toBe(202);
  const [first, second] = [setup.receiver.of(requestID)[0], await setup.receiver.hears(requestID, 2)];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect((await setup.stands(requestID, 'delivered')).deliveries[0].tries).toHaveLength(2);
});

it('metrics count the tries and what waits, and nothing secret is in Redis', async () => {
  await until(
    'all is delivered',
    async () => /invoq_callbacks_waiting\{.*\} 0$/m.test((await setup.stack.http.get('/metrics')).text),
    LIMIT_MS,
  );
  const { text } = await setup.stack.workers[0].http.get('/metrics');
  for (const outcome of ['delivered', 'retried', 'gone', 'disabled']) {
    expect(text).toMatch(new RegExp(`invoq_callback_tries_total\\{outcome="${outcome}".*\\} [1-9]`));
  }
  const redis = setup.stack.redis.client();
  const dump: string[] = [];
  for (const key of await redis.keys('*')) dump.push(key, ((await redis.dumpBuffer(key)) ?? '').toString('latin1'));
  const secrets = [MASTER, secretOfEnv(MASTER, 'default')].map((secret) => secret.slice('whsec_'.length, 30));
  for (const secret of secrets) expect(dump.filter((text) => text.includes(secret))).toEqual([]);
});
