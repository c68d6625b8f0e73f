/** What operators see of the fleet: one process reports for all, cheaply, and what is gone is not reported. */
import { connect } from 'node:net';
import { metric } from '../failures/scrape';
import type { App } from '../harness/app';
import { startRedisCluster } from '../harness/redis-cluster';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 40_000;
const FUNCTIONS = {
  'one.js': 'exports.main = () => 1;',
  'slow.js': 'exports.main = () => new Promise((done) => setTimeout(done, 60_000));',
  'fails.js': 'exports.main = () => { throw new Error("no"); };',
  'functions.json': {
    functions: {
      slow: { concurrency: 3 },
      fails: { retry: { attempts: 2, backoffMs: 120_000, maxBackoffMs: 120_000 } },
    },
  },
};
const FLEET = ['invoq_queue_depth', 'invoq_calls_open', 'invoq_fleet_members', 'invoq_fleet_snapshot_age_seconds'];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, apis: 2, env: { INVOQ_PARTITIONS: '64' } });
}, 60_000);
afterAll(() => stack.stop());

const page = async (app: App): Promise<string> => (await app.http.get('/metrics')).text;
const reports = async (app: App): Promise<boolean> => (await page(app)).includes('invoq_fleet_members{');
const submit = (name: string, body: object = {}) =>
  stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, ...body });

async function leader(): Promise<App> {
  const reporters = await Promise.all(stack.apis.map(reports));
  const at = reporters.indexOf(true);
  if (at < 0) throw new Error('no API reports for the fleet');
  return stack.apis[at];
}

const sees = (what: string, value: number, name: string, ...labels: string[]): Promise<unknown> =>
  until(what, async () => (await metric(await leader(), name, ...labels)) === value, LIMIT_MS);

it('one API reports for the fleet, and the other one reports none of it', async () => {
  const pages = await until(
    'one reports',
    async () => {
      const all = await Promise.all(stack.apis.map(page));
      return all.some((text) => text.includes('invoq_queue_depth{')) ? all : undefined;
    },
    LIMIT_MS,
  );
  for (const name of FLEET) {
    const sample = new RegExp(`^${name}\\{`, 'm');
    expect([name, pages.filter((text) => sample.test(text)).length]).toEqual([name, 1]);
  }
  await sees('both APIs', 2, 'invoq_fleet_members', 'process="api"', 'state="ready"');
  await sees('the worker', 1, 'invoq_queue_workers', 'queue="default"');
  expect(await metric(await leader(), 'invoq_fleet_snapshot_age_seconds')).toBeLessThan(10);
});

it('calls that run, wait for their time or for their next attempt are told apart', async () => {
  await submit('slow');
  for (let i = 0; i < 3; i++) await submit('one', { delayMs: 3_600_000 });
  for (let i = 0; i < 2; i++) await submit('fails');
  await sees('running', 1, 'invoq_calls_open', 'state="running"');
  await sees('delayed', 3, 'invoq_calls_open', 'state="delayed"');
  await sees('retrying', 2, 'invoq_calls_open', 'state="retrying"');
  await sees('the limited one', 1, 'invoq_function_running', 'function="slow"');
  await sees('its limit', 3, 'invoq_function_concurrency', 'function="slow"');
});

it('one that is cancelled while it waits for its next attempt counts no more', async () => {
  const { requestID } = (await submit('fails')).body as { requestID: string };
  await sees('three', 3, 'invoq_calls_open', 'state="retrying"');
  expect((await stack.http.post(`/v1/invocations/${requestID}/cancel`, {})).status).toBeLessThan(300);
  await sees('two', 2, 'invoq_calls_open', 'state="retrying"');
});

it('a look at 64 partitions takes at most 20 commands, and a scrape none', async () => {
  let answer = '';
  const monitor = connect(Number(new URL(stack.redis.url).port), '127.0.0.1', () => monitor.write('MONITOR\r\n'));
  monitor.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  const looks = (): number => answer.match(/"evalsha"[^\r]*\{\\"tags\\":/gi)?.length ?? 0;
  const began = performance.now();
  await until('three looks', () => looks() >= 12, LIMIT_MS);
  await Promise.all(Array.from({ length: 50 }, async () => page(await leader())));
  const rounds = Math.ceil((performance.now() - began) / 2_000) + 1;
  monitor.destroy();
  expect(looks() / rounds).toBeLessThanOrEqual(20);
});

it('HTTP requests are counted by the templates of their routes', async () => {
  const before = await page(stack.apis[0]);
  await Promise.all(Array.from({ length: 20 }, (_, i) => stack.http.get(`/v1/invocations/made-up-${i}`)));
  await Promise.all(Array.from({ length: 20 }, (_, i) => stack.http.get(`/nowhere/${i}`)));
  await stack.http.post('/v1/functions/one/invocations', { sync: true });
  const text = await page(stack.apis[0]);
  expect(before).not.toContain('made-up');
  expect(text).not.toMatch(/made-up|nowhere/);
  expect(text).toMatch(/invoq_http_requests_total\{method="GET",route="none",status="404",app="api"\} 20/);
  expect(text).toMatch(
    /invoq_http_requests_total\{method="POST",route="\/v1\/functions\/:name\/invocations",status="200",app="api"\} 1/,
  );
  expect(text).toMatch(/invoq_http_request_seconds_count\{[^}]*route="\/v1\/functions\/:name\/invocations"/);
});

it('what is gone is not reported', async () => {
  const functions = writeFunctions({
    'guest.js': 'exports.main = () => 1;',
    'functions.json': { functions: { guest: { queue: 'passing' } } },
  });
  const other = await stack.addWorker({ INVOQ_QUEUES: 'passing', INVOQ_FUNCTIONS: functions });
  await sees('its queue', 1, 'invoq_queue_workers', 'queue="passing"');
  await other.stop();
  stack.workers.pop();
  await sees('nobody serves it', 0, 'invoq_queue_workers', 'queue="passing"');
  expect(await page(await leader())).toContain('queue="passing"');
  await submit('fails', { retry: { attempts: 1 } });
  await sees('a dead letter', 1, 'invoq_dead_letters', 'function="fails"');
  await stack.http.request('/v1/functions/fails/dead-letters', { method: 'DELETE' });
  const forget = async () => (await stack.http.request('/v1/functions/guest', { method: 'DELETE' })).status;
  await until('the function is forgotten', async () => (await forget()) < 300, LIMIT_MS);
  await until(
    'neither is there',
    async () => !/queue="passing"|invoq_dead_letters\{/.test(await page(await leader())),
    LIMIT_MS,
  );
});

it('when the leader is killed, the other API reports', async () => {
  const first = await leader();
  const second = stack.apis.find((api) => api !== first)!;
  first.process.mayDie();
  await first.process.kill();
  stack.apis.splice(stack.apis.indexOf(first), 1);
  await until('the other one reports', () => reports(second), LIMIT_MS);
});

it('of a Redis Cluster every partition is looked at', async () => {
  const cluster = await startRedisCluster();
  const env = { REDIS_URL: cluster.url, INVOQ_PARTITIONS: '32' };
  const own = await startStack({ redis: cluster.nodes[0], functions: FUNCTIONS, env });
  const calls = Array.from({ length: 40 }, () =>
    own.http.post('/v1/functions/one/invocations', { sync: false, delayMs: 3_600_000 }),
  );
  for (const { status } of await Promise.all(calls)) expect(status).toBe(202);
  await until('all', async () => (await metric(own.apis[0], 'invoq_calls_open', 'state="delayed"')) === 40, LIMIT_MS);
  await own.stop();
}, 90_000);
