/** Who waits for whom: backlogs, queues, nested calls, quotas. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: FUNCTIONS,
    workers: 0,
    env: { INVOQ_MAX_QUEUED: '20', INVOQ_SLOTS: 'sync=2,async=1,nested=1' },
  });
  await stack.addWorker();
}, 60_000);
afterAll(() => stack.stop());

const call = (name: string, body: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, body);
const status = async (id: string) => (await stack.http.get(`/v1/invocations/${id}`)).body.data.status;

it('a backlog of long jobs delays no sync call', async () => {
  const jobs = await Promise.all(Array.from({ length: 6 }, () => call('waits', { data: { ms: 700 }, sync: false })));
  const began = performance.now();
  for (let i = 0; i < 10; i++) expect((await call('add', { data: { x: i, y: 1 } })).body.data).toBe(i + 1);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(await status(jobs.at(-1)!.body.requestID)).toBe('queued');
  await until('the jobs end', async () => (await status(jobs.at(-1)!.body.requestID)) === 'succeeded', 20_000);
});

it('parents that hold every slot do not wait for each other', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => call('nests', { data: { depth: 4 } })));
  expect(answers.map(({ body }) => body.data)).toEqual([4, 4, 4, 4, 4, 4]);
});

it('a chain of sync calls beyond the cap is refused, clearly', async () => {
  const { body } = await call('nests', { data: { depth: 5 } });
  expect(body).toMatchObject({ code: 1, error: { message: expect.stringContaining('4 deep') } });
});

it('time in the queue counts for a sync call: EXPIRED, and it never ran', async () => {
  const busy = [1, 2].map(() => call('waits', { data: { ms: 1_500 } }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { status: http, body } = await call('add', { timeoutMs: 300 });
  expect(http).toBe(504);
  expect(body).toMatchObject({ code: 504, error: { type: 'EXPIRED', started: false, retryable: true } });
  expect((await stack.http.get(`/v1/invocations/${body.requestID}`)).body.data).toMatchObject({
    status: 'expired',
    attempt: 0,
  });
  await Promise.all(busy);
});

it('a lane takes as many as may wait, then says QUEUE_FULL before anything is written', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => call('waits', { data: { ms: 100 }, sync: false })),
  );
  const refused = answers.filter(({ status: http }) => http === 429);
  expect(refused.length).toBeGreaterThanOrEqual(8);
  expect(refused[0].body).toMatchObject({ code: 429, error: { type: 'QUEUE_FULL', retryable: true, started: false } });
  expect(Number(refused[0].headers['retry-after'])).toBeGreaterThan(0);
  expect((await stack.http.get(`/v1/invocations/${refused[0].body.requestID}`)).status).toBe(404);
  for (const { body } of answers.filter(({ status: http }) => http === 202)) {
    await until('it ends', async () => (await status(body.requestID)) === 'succeeded', 20_000);
  }
});

it('a queue without a worker holds its calls until one comes', async () => {
  const other = await stack.addWorker({ INVOQ_QUEUES: 'nobody-serves' });
  expect((await call('nobody')).body.data).toBe(1);
  await other.stop();
  const { requestID } = (await call('nobody', { sync: false })).body;
  await stack.addWorker({ INVOQ_QUEUES: 'nobody-serves' });
  expect((await stack.http.get(`/v1/invocations/${requestID}?wait=10`)).body.data.status).toBe('succeeded');
});

it('shows depth, age and slots', async () => {
  const depth = /invoq_queue_depth\{queue="default",lane="async",app="api"\} 0/;
  const api = await until(
    'nobody waits',
    async () => {
      const { text } = await stack.http.get('/metrics');
      return depth.test(text) && text;
    },
    20_000,
  );
  expect(api).toMatch(/invoq_queue_oldest_age_seconds\{queue="default",lane="sync"/);
  expect(api).toMatch(/invoq_refusals_total\{type="QUEUE_FULL",app="api"\} \d+/);
  const worker = (await stack.workers[0].http.get('/metrics')).text;
  expect(worker).toMatch(/invoq_slots\{queue="default",lane="sync",state="free",app="worker"\} 2/);
  expect(worker).toMatch(
    /invoq_invocations_total\{function="waits",env="default",mode="async",outcome="succeeded",app="worker"\} \d+/,
  );
  expect(worker).toMatch(/invoq_run_seconds_bucket\{/);
});
