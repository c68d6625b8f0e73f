/** A function whose last worker is gone: it stays known, async calls wait, sync calls are refused after a while, and nothing is lost. */
import type { App } from '../harness/app';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 40_000;
const FUNCTIONS = { 'add.js': 'exports.main = ({ a, b }) => a + b;' };

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);

afterAll(() => stack.stop(), 60_000);

const call = (sync: boolean) => stack.http.post('/v1/functions/add/invocations', { data: { a: 1, b: 2 }, sync });

const listed = async (name = 'add'): Promise<Record<string, unknown> | undefined> => {
  const { body } = await stack.http.get('/v1/functions');
  return body.data.functions.find((spec: { name: string }) => spec.name === name);
};

const endOf = async (requestID: string) =>
  (await stack.http.get(`/v1/invocations/${requestID}/result?wait=20`)).body as { code: number; data: unknown };

/** The list forgets soon, not at once, that nobody served it. */
const servedAgain = () => until('it is served again', async () => !('unservedSince' in (await listed())!), 15_000);

async function stopWorkers(how: (worker: App) => Promise<unknown>): Promise<void> {
  await Promise.all(stack.workers.splice(0).map(how));
}

it('scales to zero and back: async calls wait, sync calls are refused with NO_WORKER, and all that was accepted runs', async () => {
  expect(await listed()).not.toHaveProperty('unservedSince');
  await stopWorkers((worker) => worker.stop());
  // At once: it may be a restart. The call waits.
  const early = await call(false);
  expect(early.status).toBe(202);
  expect(early.body.data).toEqual({ status: 'queued' });
  await until('it is listed as unserved', async () => (await listed())?.unservedSince !== undefined, LIMIT_MS);

  const refused = await until(
    'a sync call is refused',
    async () => {
      const answer = await call(true);
      return answer.body.error.type === 'NO_WORKER' ? answer : undefined;
    },
    LIMIT_MS,
  );
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('5');
  expect(refused.body.error).toMatchObject({ retryable: true, started: false });
  expect(refused.body.error.message).toMatch(/^No worker has served "add" in env "default" since \d{4}-/);
  const late = await call(false);
  expect(late.status).toBe(202);
  expect(late.body.data).toEqual({ status: 'queued', unservedSince: (await listed())!.unservedSince });

  await stack.addWorker();
  expect(await endOf(early.body.requestID)).toMatchObject({ code: 0, data: 3 });
  expect(await endOf(late.body.requestID)).toMatchObject({ code: 0, data: 3 });
  expect((await call(true)).body).toMatchObject({ code: 0, data: 3 });
  await servedAgain();
}, 120_000);

it('an outage of Redis proves nothing: what was served before is served after it', async () => {
  await stack.redis.stop();
  // Longer than any heartbeat lives.
  await new Promise((resolve) => setTimeout(resolve, 9_000));
  await stack.redis.start();
  const seen: unknown[] = [];
  for (const end = Date.now() + 16_000; Date.now() < end;) {
    const answer = await call(true);
    seen.push(answer.body.error?.type ?? answer.body.data);
    seen.push((await listed())?.unservedSince);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(seen.filter((one) => one !== 3 && one !== undefined && one !== 'STORE_UNAVAILABLE')).toEqual([]);
  expect(seen.at(-2)).toBe(3);
}, 90_000);

it('a worker that is killed is found out by its heartbeat, and one that returns serves at once', async () => {
  await stopWorkers((worker) => worker.process.kill());
  await until('it is listed as unserved', async () => (await listed())?.unservedSince !== undefined, LIMIT_MS);
  await stack.addWorker();
  expect((await call(true)).body).toMatchObject({ code: 0, data: 3 });
  await servedAgain();
}, 90_000);

it('an operator forgets a function that nobody serves, and none that somebody does', async () => {
  const forget = () => stack.http.request('/v1/functions/add', { method: 'DELETE' });
  expect((await forget()).body).toMatchObject({ code: 409, error: { type: 'FUNCTION_SERVED' } });
  await stopWorkers((worker) => worker.stop());
  await until('it is listed as unserved', async () => (await listed())?.unservedSince !== undefined, LIMIT_MS);
  expect((await forget()).body).toMatchObject({ code: 0, data: { forgotten: true } });
  expect((await forget()).body).toMatchObject({ code: 404, error: { type: 'FUNCTION_NOT_FOUND' } });
  await until('calls of it are not found', async () => (await call(true)).status === 404, LIMIT_MS);
  await stack.addWorker();
  await until('it is back', async () => (await call(true)).status === 200, LIMIT_MS);
}, 90_000);
