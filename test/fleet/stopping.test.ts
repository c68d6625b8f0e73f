/** A process that is asked to stop: what runs ends or goes on elsewhere, and whoever asks for its health is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../harness/app';
import { childrenOf } from '../harness/process-facts';
import { startRedis } from '../harness/redis-server';
import { startStack, type Stack } from '../harness/stack';
import { until, within } from '../harness/until';

const LIMIT_MS = 30_000;
const FUNCTIONS = {
  'takes.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, "done"))',
  // The first attempt outlasts every grace; the next one is done at once.
  'stays.js': `exports.main = (_, { attempt }) => attempt > 1 ? attempt : new Promise((done) => setTimeout(done, 200_000))`,
};

const submit = async (stack: Stack, name: string, data: object = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, data })).body.requestID;
const record = async (stack: Stack, id: string, query = '') =>
  (await stack.http.get(`/v1/invocations/${id}${query}`)).body.data;
const running = (stack: Stack, id: string) =>
  until('it runs', async () => (await record(stack, id)).status === 'running', LIMIT_MS);
const exitOf = (app: App) => within(`${app.process.name} ends`, app.process.exited, LIMIT_MS);

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s, three times within a second, is one wish: what runs ends',
  async (signal) => {
    const stack = await startStack({ functions: FUNCTIONS });
    const id = await submit(stack, 'takes', { ms: 3_000 });
    await running(stack, id);
    const [worker] = stack.workers;
    for (let i = 0; i < 3; i++, await sleep(200)) worker.process.signal(signal);
    expect(await exitOf(worker)).toEqual({ code: 0, signal: null });
    expect(await record(stack, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await stack.stop();
  },
);

test('SIGTERM to every process of the unit, as a service manager sends it by default: what runs ends', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const id = await submit(stack, 'takes', { ms: 3_000 });
  await running(stack, id);
  const [worker] = stack.workers;
  const tree = treeOf(worker.process.pid);
  expect(tree.length).toBeGreaterThan(1);
  worker.process.mayDie();
  signalAll(tree, 'SIGTERM');
  expect(await exitOf(worker)).toEqual({ code: 0, signal: null });
  expect(await record(stack, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
  await stack.stop();
});

test('what outlasts the grace is given up before the process ends with 0, and another worker starts it', async () => {
  // No lease runs out in this test: what is started again was given up.
  const env = { INVOQ_GRACE: '500ms', INVOQ_LEASE: '300s', INVOQ_SLOTS: 'sync=0,async=8,nested=0' };
  const stack = await startStack({ functions: FUNCTIONS, env });
  const [first] = stack.workers;
  const ids = await Promise.all(Array.from({ length: 8 }, () => submit(stack, 'stays')));
  for (const id of ids) await running(stack, id);
  await stack.addWorker();
  first.process.signal('SIGTERM');
  expect(await exitOf(first)).toEqual({ code: 0, signal: null });
  const said = first.process.entries().filter(({ msg }) => msg === 'given up: left to another worker');
  expect(said.map(({ requestID }) => requestID).sort()).toEqual([...ids].sort());
  for (const id of ids) {
    expect(await record(stack, id, '?wait=20')).toMatchObject({ status: 'succeeded', attempt: 2 });
  }
  await stack.stop();
});

test.each(['killed', 'frozen'] as const)(
  'with nothing to run a worker ends at once, though Redis is %s',
  async (how) => {
    const redis = await startRedis();
    const stack = await startStack({ redis, functions: FUNCTIONS, env: { INVOQ_GRACE: '120s' } });
    await stack.http.post('/v1/functions/takes/invocations', { data: { ms: 1 } });
    if (how === 'killed') await redis.kill();
    else redis.process.freeze();
    await sleep(1_000);
    const [worker] = stack.workers;
    const from = Date.now();
    worker.process.signal('SIGTERM');
    expect((await exitOf(worker)).code).toBe(0);
    expect(Date.now() - from).toBeLessThan(10_000);
    if (how === 'frozen') redis.process.thaw();
  },
);

test('an API goes on answering while /readyz says 503 and why, then it ends', async () => {
  const stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_SHUTDOWN_DELAY: '4s' } });
  const [api] = stack.apis;
  api.process.signal('SIGTERM');
  const reply = await until(
    'it says that it is not ready',
    async () => {
      const answer = await api.http.get('/readyz');
      return answer.status === 503 ? answer : undefined;
    },
    LIMIT_MS,
  );
  expect(reply.body.error.admission).toEqual({ status: 'down', reason: 'This process is shutting down.' });
  const call = await api.http.post('/v1/functions/takes/invocations', { data: { ms: 1 } });
  expect(call.body).toMatchObject({ code: 0, data: 'done' });
  expect(await exitOf(api)).toEqual({ code: 0, signal: null });
  await stack.stop();
});

test("a draining worker's /readyz says 503 and why", async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const id = await submit(stack, 'takes', { ms: 3_000 });
  await running(stack, id);
  const [worker] = stack.workers;
  worker.process.signal('SIGTERM');
  const reply = await until(
    'it says that it is not ready',
    async () => {
      const answer = await worker.http.get('/readyz');
      return answer.status === 503 ? answer : undefined;
    },
    LIMIT_MS,
  );
  expect(reply.body.error.lanes).toEqual({ status: 'down', reason: 'This process is shutting down.' });
  await exitOf(worker);
  await stack.stop();
});

/** All processes that it has started, and those that they have, and itself. */
function treeOf(pid: number): number[] {
  return [...childrenOf(pid).flatMap(treeOf), pid];
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
