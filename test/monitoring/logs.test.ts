/** What the logs tell: each request when asked for, refusals in samples, why a call failed and where, and Redis' return. */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { metric } from '../failures/scrape';
import type { App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 20_000;
const SECRET = 'a-secret-that-is-long-enough-to-be-one';
const AS_ME = { authorization: `Bearer me.${SECRET}` };
const FUNCTIONS = {
  'fails.js': 'exports.main = () => { throw new TypeError(`no ${"x".repeat(5000)}`); };',
  'one.js': 'exports.main = () => 1;',
  'sleeps.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, "done"));',
  'calls.js': `exports.main = (event, context) =>
    fetch(\`\${process.env.INVOQ_URL}/v1/functions/fails/invocations\`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: \`Bearer \${process.env.INVOQ_TOKEN}\` },
      body: '{"sync":true}',
    }).then((response) => response.json()).then(({ requestID }) => requestID);`,
  'functions.json': { functions: { sleeps: { concurrency: 1 } } },
};
// Each call has a process of its own, which is a line at the level debug.
const SETTINGS = { INVOQ_ACCESS_LOG: 'true', INVOQ_SANDBOX_CALLS: '1', INVOQ_MAX_QUEUE_AGE: '2s' };

let stack: Stack;
beforeAll(async () => {
  const keys = join(scratchDir('keys'), 'keys.json');
  const me = { id: 'me', secret: SECRET, envs: ['default'], scopes: ['invoke', 'read', 'admin'] };
  writeFileSync(keys, JSON.stringify({ keys: [me] }), { mode: 0o600 });
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_KEYS_FILE: keys, ...SETTINGS } });
}, 60_000);
afterAll(() => stack.stop());

const api = (): App => stack.apis[0];
const call = (name: string, body: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, body, AS_ME);
const lines = (app: App, msg: string) => app.process.entries().filter((entry) => entry.msg === msg);
const line = (app: App, msg: string, of: object = {}) =>
  until(
    msg,
    () => lines(app, msg).find((entry) => Object.entries(of).every(([name, value]) => entry[name] === value)),
    LIMIT_MS,
  );

it('a request has one line, without what may be secret', async () => {
  await stack.http.get('/v1/functions?limit=secret-in-a-query', AS_ME);
  const { body } = await call('one', { sync: true });
  const { requestID } = body as { requestID: string };
  expect(await line(api(), 'request', { requestID })).toMatchObject({
    level: 'info', method: 'POST', route: '/v1/functions/:name/invocations', path: '/v1/functions/one/invocations',
    status: 200, caller: 'me', env: 'default', ip: '127.0.0.1', ms: expect.any(Number),
  }); // prettier-ignore
  expect(lines(api(), 'request').filter((entry) => entry.requestID === requestID)).toHaveLength(1);
  expect(api().process.tail(1_000)).not.toMatch(new RegExp(`secret-in-a-query|${SECRET}`));
});

it('a request that the router refuses and one whose caller hangs up have their lines, too', async () => {
  await stack.http.get('/v1/functions/%ZZ', AS_ME);
  const refused = await line(api(), 'request', { path: '/v1/functions/%ZZ' });
  expect(refused).toMatchObject({ method: 'GET', status: 400, ip: '127.0.0.1', requestID: expect.any(String) });
  expect(await line(api(), 'refused', { requestID: refused.requestID })).toMatchObject({ type: 'INVALID_REQUEST' });

  const call = { method: 'POST', headers: AS_ME, body: { sync: true, data: { ms: 1_000 } } };
  await expect(
    stack.http.request('/v1/functions/sleeps/invocations', { ...call, signal: AbortSignal.timeout(300) }),
  ).rejects.toThrow();
  const { status, ...hungUp } = await line(api(), 'request', { hungUp: true });
  expect(hungUp).toMatchObject({ route: '/v1/functions/:name/invocations', caller: 'me', ms: expect.any(Number) });
  expect(status).toBeUndefined();
  expect(await line(stack.workers[0], 'ended', { requestID: hungUp.requestID })).toMatchObject({ function: 'sleeps' });
});

it('refusals are counted, and one of many has a line', async () => {
  const before = await refusals();
  for (let i = 0; i < 30; i++) expect((await call(`nobody-${i}`)).status).toBe(404);
  expect((await refusals()) - before).toBe(30);
  const refused = lines(api(), 'refused').filter(({ type }) => type === 'FUNCTION_NOT_FOUND');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(5);
  expect(refused[0]).toMatchObject({ level: 'info', code: 404, requestID: expect.any(String) });
});

it('the line of a failed call says why, whose it was and where it ran; so do its record and lists', async () => {
  const { requestID } = (await call('fails', { sync: true })).body as { requestID: string };
  const { worker, ...ended } = await line(stack.workers[0], 'ended', { requestID });
  expect(ended).toMatchObject({
    outcome: 'failed', errorType: 'FUNCTION_ERROR', keyID: 'me', host: hostname(),
    queueMs: expect.any(Number), runMs: expect.any(Number), error: expect.stringMatching(/^no xxx/),
  }); // prettier-ignore
  expect(String(ended.error).length).toBeLessThan(600);
  const answer = {
    keyID: 'me',
    workerID: worker,
    error: { type: 'FUNCTION_ERROR', message: expect.stringMatching(/^no x/) },
  };
  const record = (await stack.http.get(`/v1/invocations/${requestID}`, AS_ME)).body.data;
  expect(record).toMatchObject(answer);
  const list = (await stack.http.get('/v1/invocations', AS_ME)).body.data as { invocations: { requestID: string }[] };
  expect(list.invocations.find((one) => one.requestID === requestID)).toMatchObject(answer);
  const { workers } = (await stack.http.get('/v1/workers', AS_ME)).body.data as { workers: { id: string }[] };
  expect(workers.map(({ id }) => id)).toContain(worker);
});

it('a call that a function makes goes back to the key of its own call', async () => {
  const { requestID, data: made } = (await call('calls', { sync: true })).body as { requestID: string; data: string };
  expect(made).not.toBe(requestID);
  expect(await line(stack.workers[0], 'ended', { requestID: made })).toMatchObject({ outcome: 'failed', keyID: 'me' });
  const children = (await stack.http.get(`/v1/invocations/${made}`, AS_ME)).body.data;
  expect(children).toMatchObject({ keyID: 'me', status: 'failed' });
});

it('a call that ends without a worker has a line all the same', async () => {
  const long = (await call('sleeps', { sync: false, data: { ms: 6_000 } })).body as { requestID: string };
  const late = (await call('sleeps', { sync: false, data: { ms: 1 } })).body as { requestID: string };
  const expired = await until(
    'it has expired',
    () => [api(), stack.workers[0]].flatMap((app) => lines(app, 'ended')).find((one) => one.outcome === 'expired'),
    LIMIT_MS,
  );
  expect(expired).toMatchObject({
    requestID: late.requestID, function: 'sleeps', errorType: 'EXPIRED', error: expect.any(String), keyID: 'me',
    queueMs: expect.any(Number), runMs: 0,
  }); // prettier-ignore
  expect(long.requestID).not.toBe(late.requestID);
});

it('one line says that Redis is back', async () => {
  const apps = [api(), stack.workers[0]];
  await stack.redis.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  for (const app of apps) expect(await line(app, 'Redis is back')).toMatchObject({ awayMs: expect.any(Number) });
  for (const app of apps) expect(lines(app, 'Redis is back')).toHaveLength(1);
});

it('SIGUSR2 turns debug on, and off again', async () => {
  const [worker] = stack.workers;
  const recycled = () => lines(worker, 'sandbox recycled').length;
  await call('one', { sync: true });
  expect(recycled()).toBe(0);
  worker.process.signal('SIGUSR2');
  await line(worker, 'log level changed', { to: 'debug' });
  await call('one', { sync: true });
  await until('a line at the level debug', () => recycled() > 0, LIMIT_MS);
  worker.process.signal('SIGUSR2');
  await line(worker, 'log level changed', { to: 'info' });
  const before = recycled();
  const { requestID } = (await call('one', { sync: true })).body as { requestID: string };
  await line(worker, 'ended', { requestID });
  expect(recycled()).toBe(before);
});

function refusals(): Promise<number> {
  return scraped('invoq_refusals_total', 'type="FUNCTION_NOT_FOUND"');
}

async function scraped(name: string, ...labels: string[]): Promise<number> {
  const http = { ...stack.http, get: (path: string) => stack.http.get(path, AS_ME) };
  return metric({ ...api(), http }, name, ...labels);
}
