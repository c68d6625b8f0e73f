/** Redis as an operator hardens it: a user with the least rights, TLS by files, a database behind Sentinels, named connections. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnApp } from '../harness/app';
import { CERT, KEY } from '../harness/certificate';
import { freePort } from '../harness/free-port';
import { startReceiver } from '../harness/receiver';
import { startWatchedRedis } from '../harness/redis-sentinel';
import { startRedis } from '../harness/redis-server';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until, within } from '../harness/until';

const LIMIT_MS = 60_000;
const FUNCTIONS = {
  'add.js': 'exports.main = ({ x, y }) => x + y',
  'hangs.js': 'exports.main = () => new Promise((done) => setTimeout(done, 200_000))',
  'functions.json': { functions: { add: { concurrency: 4 } } },
};

const add = async (stack: Stack, more: object = {}) =>
  (await stack.http.post('/v1/functions/add/invocations', { data: { x: 1, y: 2 }, ...more })).body;

/** The rights that the page for operators lists, as `ACL SETUSER` takes them. */
function leastRights(): string[] {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  const [, rights] = /^ACL SETUSER invoq on >PASSWORD (.*)$/m.exec(page) ?? [];
  if (rights === undefined) throw new Error('docs/operations.md lists no rights');
  return rights.split(' ');
}

test('a user with the rights that docs/operations.md lists, and no other, is enough', async () => {
  const redis = await startRedis();
  const client = redis.client();
  await client.call('ACL', 'SETUSER', 'invoq', 'on', '>right', ...leastRights());
  await client.call('ACL', 'SETUSER', 'default', 'off');
  await client.call('ACL', 'LOG', 'RESET');
  const receiver = await startReceiver();
  const url = `redis://invoq:right@127.0.0.1:${redis.port}`;
  const env = { REDIS_URL: url, INVOQ_CALLBACK_ALLOW: '127.0.0.1', INVOQ_RATE: '1000/1s' };
  const stack = await startStack({ redis, functions: FUNCTIONS, env });

  expect((await add(stack)).data).toBe(3);
  const callback = { url: receiver.url };
  const { requestID } = await add(stack, { sync: false, callback });
  expect((await stack.http.get(`/v1/invocations/${requestID}/result?wait=20`)).body.data).toBe(3);
  await receiver.hears(requestID);
  const schedule = { function: 'add', cron: '* * * * *', data: { x: 1, y: 2 } };
  expect((await stack.http.request('/v1/schedules/often', { method: 'PUT', body: schedule })).status).toBeLessThan(300);
  await client.zadd('{invoq:schedules}:due', Date.now() - 1_000, 'default/often');
  await until(
    'the schedule has run',
    async () => (await stack.http.get('/v1/schedules/often')).body.data.last,
    LIMIT_MS,
  );
  const hanging = (await stack.http.post('/v1/functions/hangs/invocations', { sync: false })).body.requestID;
  await until(
    'it runs',
    async () => (await stack.http.get(`/v1/invocations/${hanging}`)).body.data.status === 'running',
    LIMIT_MS,
  );
  await stack.http.post(`/v1/invocations/${hanging}/cancel`);
  const ended = await stack.http.get(`/v1/invocations/${hanging}?wait=20`);
  expect(ended.body.data.status).toBe('cancelled');
  expect((await stack.http.get('/readyz')).status).toBe(200);
  expect((await stack.http.get('/metrics')).status).toBe(200);
  for (const path of ['functions', 'invocations', 'functions/add/dead-letters', 'schedules']) {
    expect((await stack.http.get(`/v1/${path}`)).status).toBe(200);
  }
  await stack.stop().catch(() => undefined);
  // Nothing was refused, also where nobody would have noticed.
  expect(((await client.call('ACL', 'LOG')) as unknown[]).map((entry) => String(entry))).toEqual([]);
});

test('each connection says whose it is', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  await add(stack);
  await add(stack, { sync: false });
  const client = stack.redis.client();
  await client.client('SETNAME', 'the-test');
  const names = ((await client.client('LIST')) as string).match(/(?<= name=)\S*/g) ?? [];
  const strange = names.filter(
    (name) => !/^(the-test|invoq-(api|worker)-[\w-]+-(records|outcomes|cancels).*)$/.test(name),
  );
  expect(strange).toEqual([]);
  expect(new Set(names.map((name) => name.split('-').slice(0, 2).join('-')))).toEqual(
    new Set(['the-test', 'invoq-api', 'invoq-worker']),
  );
  await stack.stop();
});

test('TLS by files: an authority of our own, and a certificate that Redis asks for', async () => {
  const dir = scratchDir('tls');
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  writeFileSync(cert, CERT);
  writeFileSync(key, KEY);
  const port = await freePort();
  const redis = await startRedis({
    config: {
      'tls-port': port,
      'tls-cert-file': cert,
      'tls-key-file': key,
      'tls-ca-cert-file': cert,
      'tls-auth-clients': 'yes',
    },
  });
  const REDIS_URL = `rediss://127.0.0.1:${port}`;
  const files = { INVOQ_REDIS_CA: cert, INVOQ_REDIS_CERT: cert, INVOQ_REDIS_KEY: key };
  const stack = await startStack({ redis, functions: FUNCTIONS, env: { REDIS_URL, ...files } });
  expect((await add(stack)).data).toBe(3);
  await stack.stop();

  for (const [env, words] of [
    [{ REDIS_URL }, /TLS connection to Redis fails: self-signed certificate/],
    [{ REDIS_URL, INVOQ_REDIS_CA: cert }, /TLS connection to Redis fails: .*certificate required/],
    [{ REDIS_URL, ...files, INVOQ_REDIS_CA: join(dir, 'none') }, /INVOQ_REDIS_CA=.*none: cannot be read: ENOENT/],
    [{ REDIS_URL, INVOQ_REDIS_CERT: cert }, /INVOQ_REDIS_CERT and INVOQ_REDIS_KEY: one is of no use/],
    [{ REDIS_URL: redis.url, ...files }, /INVOQ_REDIS_CA=.*: is for TLS, and REDIS_URL does not start with rediss/],
  ] as const) {
    const api = spawnApp('api', { PORT: '0', ...env });
    expect((await within('its end', api.exited, LIMIT_MS)).code).toBe(1);
    expect(api.lines).toEqual([expect.stringMatching(words)]);
  }
});

test('a database behind Sentinels is the one that REDIS_URL names', async () => {
  const redis = await startWatchedRedis();
  const stack = await startStack({ redis: redis.primary, functions: FUNCTIONS, env: { REDIS_URL: `${redis.url}/3` } });
  expect((await add(stack)).data).toBe(3);
  const client = redis.primary.client();
  expect(await client.dbsize()).toBe(0);
  await client.select(3);
  expect(await client.dbsize()).toBeGreaterThan(0);
  await stack.stop();
});
