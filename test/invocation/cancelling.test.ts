/** A cancelled call: what waits never runs, what runs is stopped, what has ended stays as it is. */
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

let stack: Stack;
const starts = new Starts();
beforeAll(async () => {
  stack = await startStack({
    functions: {
      ...FUNCTIONS,
      'hangs.js': `exports.main = (event, context) => { ${starts.statement()} for (;;) {} }`,
      'waits.js': `exports.main = async (event, context) => { ${starts.statement()}
        await new Promise((r) => setTimeout(r, event.ms)); return event.ms }`,
      'obeys.js': `exports.main = (event, context) => new Promise((resolve, reject) => { ${starts.statement()}
        context.signal.addEventListener('abort', () => { console.log('told'); reject(new Error('stopped')) }) })`,
    },
  });
  // Known since a worker served it, and without one now: its calls wait.
  const worker = await stack.addWorker({ INVOQ_QUEUES: 'nobody-serves' });
  await worker.stop();
}, 60_000);
afterAll(() => stack.stop());

const submit = async (name: string): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, data: { ms: 10_000 } })).body.requestID;
const cancel = (id: string) => stack.http.post(`/v1/invocations/${id}/cancel`);
const read = async (id: string, query = '') => (await stack.http.get(`/v1/invocations/${id}${query}`)).body.data;
/** A call runs from the moment that a worker has it. What is cancelled before its code has begun says that it was not started. */
const untilRuns = (id: string) => until('its code has begun', () => starts.of(id).length === 1, 10_000);

it('never runs when it waits in the queue', async () => {
  const id = await submit('nobody');
  const { status, body } = await cancel(id);
  expect(status).toBe(200);
  expect(body).toMatchObject({ code: 0, data: { status: 'cancelled' }, requestID: id });
  expect(await read(id)).toMatchObject({ status: 'cancelled', attempt: 0 });
  const result = await stack.http.get(`/v1/invocations/${id}/result`);
  expect(result.status).toBe(409);
  expect(result.body).toMatchObject({ code: 409, error: { type: 'CANCELLED', started: false, retryable: false } });
});

it.each(['hangs', 'waits', 'obeys'])('is stopped within seconds when it runs: %s', async (name) => {
  const id = await submit(name);
  await untilRuns(id);
  const began = performance.now();
  const { status, body } = await cancel(id);
  expect(status).toBe(202);
  expect(body.data).toEqual({ status: 'running' });
  expect(await read(id, '?wait=10')).toMatchObject({
    status: 'cancelled',
    result: { code: 409, error: { started: true } },
  });
  expect(performance.now() - began).toBeLessThan(3_000);
});

it('tells the function, which may tidy up', async () => {
  const id = await submit('obeys');
  await untilRuns(id);
  await cancel(id);
  await read(id, '?wait=10');
  expect((await stack.http.get(`/v1/invocations/${id}/logs`)).text).toContain('told');
});

it('answers the same however often it is asked', async () => {
  const id = await submit('nobody');
  const answers = await Promise.all([cancel(id), cancel(id), cancel(id)]);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
});

it('refuses what has another end, and leaves it', async () => {
  const done = await stack.http.post('/v1/functions/add/invocations', { data: { x: 1, y: 2 } });
  const { status, body } = await cancel(done.body.requestID);
  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 409, error: { type: 'ALREADY_ENDED', started: true } });
  expect((await stack.http.get(`/v1/invocations/${done.body.requestID}/result`)).text).toBe(done.text);
});

it('answers the caller who waits', async () => {
  const waiting = stack.http.post('/v1/functions/waits/invocations', { data: { ms: 4_500 } });
  const busy = () => stack.redis.client().zrange('{invoq:0}:open', 0, '-1');
  const [id] = await until('it is there', async () => {
    const ids = await busy();
    return ids.length > 0 ? ids : undefined;
  }, 5_000); // prettier-ignore
  await untilRuns(id);
  await cancel(id);
  const { status, body } = await waiting;
  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 409, error: { type: 'CANCELLED', started: true }, requestID: id });
});
