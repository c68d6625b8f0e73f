/** Metrics and the API's description: closed once there are keys, and open to whom the settings say. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkInterfaces } from 'node:os';
import { http } from '../harness/http';
import { spawnApp } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

const secretOf = (id: string): string => `${id}-secret-0123456789-0123456789`;
const key = (id: string, scopes: string[], envs = ['default']): object => ({ id, secret: secretOf(id), envs, scopes });
const bearer = (id: string) => ({ authorization: `Bearer ${id}.${secretOf(id)}` });
const basic = (id: string, secret = secretOf(id)) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const DOCS = ['/docs', '/docs/', '/docs-json', '/docs-yaml', '/docs/swagger-ui.css', '/docs/swagger-ui-init.js'];
/** An address of this machine that is not loopback, when it has one. */
const outer = Object.values(networkInterfaces())
  .flat()
  .find((address) => address && !address.internal && address.family === 'IPv4')?.address;

let stack: Stack;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const keys = [key('inv', ['invoke']), key('rd', ['read']), key('adm', ['admin'], ['metrics'])];
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  stack = await startStack({ functions: { 'f.js': 'exports.main = () => 1' }, env: { INVOQ_KEYS_FILE: file } });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const statusOf = async (path: string, headers = {}, url = stack.url): Promise<number> =>
  (await http(url).get(path, headers)).status;

test('the metrics are shown to a key with the scope admin alone', async () => {
  const refused = await stack.http.get('/metrics');
  expect(refused).toMatchObject({ status: 401, body: { code: 401, error: { type: 'UNAUTHENTICATED' } } });
  expect(refused.headers['www-authenticate']).toContain('Basic');
  for (const id of ['inv', 'rd']) expect([id, await statusOf('/metrics', bearer(id))]).toEqual([id, 403]);
  expect(await statusOf('/metrics', basic('adm', 'wrong'))).toBe(401);
  expect(await statusOf('/metrics', { authorization: 'Basic !!!' })).toBe(401);
  for (const headers of [bearer('adm'), basic('adm')]) {
    const { status, text } = await stack.http.get('/metrics', headers);
    expect([status, text.includes('invoq_queue_depth')]).toEqual([200, true]);
  }
  expect(await statusOf('/metrics/')).toBe(401);
  expect(await statusOf('/%6detrics')).toBe(401);
  expect((await stack.http.request('/metrics', { method: 'HEAD' })).status).toBe(401);
});

test.each(DOCS)('%s is shown to any key', async (path) => {
  const { status, text } = await stack.http.get(path);
  expect([status, text.includes('openapi'), text.includes('/v1/functions')]).toEqual([401, false, false]);
  for (const headers of [bearer('inv'), basic('rd'), basic('adm')]) expect(await statusOf(path, headers)).toBe(200);
});

test('open shows them to anybody, off to nobody', async () => {
  const open = await stack.addApi({ INVOQ_METRICS: 'open', INVOQ_DOCS: 'open' });
  const off = await stack.addApi({ INVOQ_METRICS: 'off', INVOQ_DOCS: 'off' });
  for (const path of ['/metrics', ...DOCS]) {
    expect([path, await statusOf(path, {}, open.url)]).toEqual([path, 200]);
    expect([path, await statusOf(path, basic('adm'), off.url)]).toEqual([path, 404]);
  }
}, 60_000);

test.each([
  [{ INVOQ_METRICS: 'key' }, /INVOQ_METRICS=key asks for keys, and there are none/],
  [{ INVOQ_DOCS: 'key' }, /INVOQ_DOCS=key asks for keys, and there are none/],
  [{ INVOQ_METRICS: 'yes' }, /INVOQ_METRICS=yes: must be one of open, key, off/],
  [{ INVOQ_TRUST_PROXY: 'true' }, /INVOQ_TRUST_PROXY=true: must be a number of proxies from 1 to 16, or a list of/],
])(
  '%j does not start without keys',
  async (env, why) => {
    const api = spawnApp('api', { PORT: '0', REDIS_URL: stack.redis.url, ...env });
    expect((await api.exited).code).toBe(1);
    expect(api.tail()).toMatch(why);
  },
  60_000,
);

const withOuter = outer === undefined ? test.skip : test;
withOuter(
  'a worker shows its metrics to its own machine alone, and its probes to all',
  async () => {
    const [usual, open, off] = await Promise.all([
      stack.addWorker({ WORKER_HOST: '0.0.0.0' }),
      stack.addWorker({ WORKER_HOST: '0.0.0.0', INVOQ_METRICS: 'open' }),
      stack.addWorker({ WORKER_HOST: '0.0.0.0', INVOQ_METRICS: 'off' }),
    ]);
    const from = (port: number): string => `http://${outer}:${port}`;
    for (const path of ['/livez', '/readyz']) expect(await statusOf(path, {}, from(usual.port))).toBe(200);
    expect(await statusOf('/metrics', {}, usual.url)).toBe(200);
    const refused = await http(from(usual.port)).get('/metrics');
    expect(refused).toMatchObject({ status: 403, body: { error: { type: 'FORBIDDEN' } } });
    expect(refused.body.error.message).toContain('INVOQ_METRICS=open');
    // Its own name for this machine does not make it this machine.
    expect(await statusOf('/metrics', { host: `127.0.0.1:${usual.port}` }, from(usual.port))).toBe(403);
    expect(await statusOf('/metrics', {}, from(open.port))).toBe(200);
    expect(await statusOf('/metrics', {}, off.url)).toBe(404);
    expect(await statusOf('/readyz', {}, from(off.port))).toBe(200);
  },
  60_000,
);
