/** A function that failed by its own doing is started again when that was asked for, and only then. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

/** Fails until its `good`th attempt, in the way it is told. */
const FAILS = `exports.main = async (event, context) => {
  console.log('attempt ' + context.attempt);
  if (context.attempt >= (event.good ?? 100)) return { attempt: context.attempt };
  if (event.how === 'exits') process.exit(3);
  if (event.how === 'hangs') for (;;) {}
  throw Object.assign(new RangeError('not yet'), event.says);
}`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'fails.js': FAILS,
      'failsOften.js': FAILS,
      'functions.json': {
        functions: {
          fails: { timeoutMs: { async: 300 } },
          failsOften: { retry: { attempts: 3, backoffMs: 20, on: ['FUNCTION_ERROR'] } },
        },
      },
    },
  });
}, 60_000);
afterAll(() => stack.stop());

const FAST = { attempts: 3, backoffMs: 40, maxBackoffMs: 100 };
const call = (name: string, data: object, more: object = {}) =>
  stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false, ...more });
const submit = async (name: string, data: object, more: object = {}): Promise<string> => {
  const { status, body } = await call(name, data, more);
  expect({ status, error: body.error }).toEqual({ status: 202, error: {} });
  return body.requestID;
};
const read = async (id: string, query = '') => (await stack.http.get(`/v1/invocations/${id}${query}`)).body.data;
const ended = (id: string) =>
  until('it ends', async () => {
    const data = await read(id, '?wait=10');
    return data.result && data;
  }, 30_000); // prettier-ignore
const untilRetrying = (id: string) =>
  until('it waits for another attempt', async () => {
    const data = await read(id);
    return data.status === 'retrying' && data;
  }, 15_000); // prettier-ignore

it('nothing is started again unasked', async () => {
  expect(await ended(await submit('fails', {}))).toMatchObject({ status: 'failed', attempt: 1, result: { code: 1 } });
});

it('is started again until it succeeds, and every attempt is kept', async () => {
  const id = await submit('fails', { good: 3 }, { retry: FAST });
  const data = await ended(id);
  expect(data).toMatchObject({ status: 'succeeded', attempt: 3, result: { code: 0, data: { attempt: 3 } } });
  const failed = { outcome: 'failed', error: { type: 'FUNCTION_ERROR', name: 'RangeError', message: 'not yet' } };
  const kept = { startedAt: expect.any(String), endedAt: expect.any(String), worker: expect.stringMatching(/./) };
  expect(data.attempts).toEqual([
    { attempt: 1, ...kept, ...failed },
    { attempt: 2, ...kept, ...failed },
    { attempt: 3, ...kept, outcome: 'succeeded' },
  ]);
  const times = data.attempts.flatMap(({ startedAt, endedAt }: Record<string, string>) => [startedAt, endedAt]);
  expect([...times].sort()).toEqual(times);
  expect(data.nextAttemptAt).toBeUndefined();
  const { text } = await stack.http.get(`/v1/invocations/${id}/logs`);
  expect(text.match(/attempt \d/g)).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
});

it.each([
  ['an error', 'throws', undefined, 'failed', 3],
  ['a crash', 'exits', undefined, 'crashed', 3],
  ['a timeout, when it is asked for', 'hangs', ['FUNCTION_TIMEOUT'], 'timedOut', 3],
  ['no timeout otherwise', 'hangs', undefined, 'timedOut', 1],
  ['no error, when only others are asked for', 'throws', ['FUNCTION_CRASHED'], 'failed', 1],
])('%s is started again, as often as it may be', async (_, how, on, status, attempt) => {
  const data = await ended(await submit('fails', { how }, { retry: { ...FAST, on } }));
  expect(data).toMatchObject({ status, attempt });
  expect(data.attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(attempt).fill(status));
});

it('a function may have a rule of its own, which a call may change', async () => {
  expect(await ended(await submit('failsOften', {}))).toMatchObject({ status: 'failed', attempt: 3 });
  expect(await ended(await submit('failsOften', {}, { retry: { attempts: 2 } }))).toMatchObject({ attempt: 2 });
  expect(await ended(await submit('failsOften', {}, { retry: { attempts: 1 } }))).toMatchObject({ attempt: 1 });
});

it('shows that it waits, and for when; what it says of itself then stays', async () => {
  const id = await submit('fails', {}, { retry: { attempts: 2, backoffMs: 60_000 } });
  const data = await untilRetrying(id);
  expect(data).toMatchObject({ attempt: 1, attempts: [{ attempt: 1, outcome: 'failed' }] });
  const waitMs = Date.parse(data.nextAttemptAt) - Date.parse(data.attempts[0].endedAt);
  expect(waitMs).toBeGreaterThanOrEqual(30_000);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  expect(data.result).toBeUndefined();
  expect((await read(id)).runMs).toBe(data.runMs);
  const pending = await stack.http.get(`/v1/invocations/${id}/result`);
  expect([pending.status, pending.body.data]).toEqual([202, { status: 'retrying' }]);
  await stack.http.post(`/v1/invocations/${id}/cancel`);
});

it('can be cancelled while it waits: it is not started again', async () => {
  const id = await submit('fails', {}, { retry: { attempts: 2, backoffMs: 60_000 } });
  await untilRetrying(id);
  const { status, body } = await stack.http.post(`/v1/invocations/${id}/cancel`);
  expect([status, body.data]).toEqual([200, { status: 'cancelled' }]);
  expect(await read(id)).toMatchObject({ status: 'cancelled', attempt: 1, result: { error: { started: true } } });
});

it('obeys what the error says: after how long, and that another try is vain', async () => {
  const asked = await submit('fails', { says: { retryAfter: 50 } }, { retry: FAST });
  const { attempts, nextAttemptAt } = await untilRetrying(asked);
  expect(Date.parse(nextAttemptAt) - Date.parse(attempts[0].endedAt)).toBe(50_000);
  await stack.http.post(`/v1/invocations/${asked}/cancel`);
  const vain = await ended(await submit('fails', { says: { retryable: false } }, { retry: FAST }));
  expect(vain).toMatchObject({ status: 'failed', attempt: 1 });
});

it('starts nothing beyond its highest age', async () => {
  const id = await submit('fails', { says: { retryAfter: 5 } }, { retry: { ...FAST, maxAgeMs: 4_000 } });
  expect(await ended(id)).toMatchObject({ status: 'failed', attempt: 1 });
});

it('what cannot start in its time ends as it failed', async () => {
  const api = await stack.addApi({ INVOQ_MAX_QUEUE_AGE: '2s' });
  const folder = writeFunctions({ 'alone.js': FAILS, 'functions.json': { queue: 'alone' } });
  const worker = await stack.addWorker({ INVOQ_QUEUES: 'alone', INVOQ_FUNCTIONS: folder });
  const path = '/v1/functions/alone/invocations';
  const { body } = await api.http.post(path, { data: {}, sync: false, retry: { attempts: 2, backoffMs: 2_000 } });
  await untilRetrying(body.requestID);
  await worker.stop();
  const data = await ended(body.requestID);
  expect(data).toMatchObject({ status: 'failed', attempt: 1, result: { code: 1, error: { message: 'not yet' } } });
  expect(data.attempts).toHaveLength(1);
}, 60_000);

it('an Idempotency-Key covers all attempts, and tells another rule from this one', async () => {
  const headers = { 'idempotency-key': 'retried' };
  const send = (retry?: object) =>
    stack.http.post('/v1/functions/fails/invocations', { data: { good: 2 }, sync: false, retry }, headers);
  const first = await send(FAST);
  expect((await send(FAST)).body.requestID).toBe(first.body.requestID);
  expect((await send({ ...FAST, attempts: 4 })).status).toBe(422);
  expect((await send()).status).toBe(422);
  expect(await ended(first.body.requestID)).toMatchObject({ status: 'succeeded', attempt: 2 });
});

it('the calls of a batch may ask for it, each by itself', async () => {
  const items = [{ data: { good: 2 }, retry: FAST }, { data: {} }, { data: {}, retry: { attempts: 0 } }];
  const { body } = await stack.http.post('/v1/functions/fails/invocations/batch', { items });
  const [retried, plain, refused] = body.data.items;
  expect(refused).toMatchObject({ code: 400, error: { message: expect.stringContaining('retry.attempts') } });
  expect(await ended(retried.requestID)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(await ended(plain.requestID)).toMatchObject({ status: 'failed', attempt: 1 });
});

it('a caller who waits and detaches may ask for it too', async () => {
  const body = { data: { good: 2 }, onTimeout: 'detach', timeoutMs: 15_000, retry: FAST };
  const { status, body: answer } = await stack.http.post('/v1/functions/fails/invocations', body);
  expect([status, answer.data]).toEqual([200, { attempt: 2 }]);
});

it.each([
  [{ sync: true, retry: {} }, 'retry', 'async'],
  [{ sync: false, retry: 3 }, 'retry', 'object'],
  [{ sync: false, retry: { attempts: 0 } }, 'retry.attempts', '1'],
  [{ sync: false, retry: { backoffMs: -1 } }, 'retry.backoffMs', '0'],
  [{ sync: false, retry: { on: ['FUNCTION_NOT_FOUND'] } }, 'retry.on', 'FUNCTION_ERROR'],
  [{ sync: false, retry: { delay: 1 } }, 'retry.delay', 'not a known field'],
])('%j is refused by its field', async (body, field, rule) => {
  const { status, body: answer } = await stack.http.post('/v1/functions/fails/invocations', body);
  expect(status).toBe(400);
  const { fields } = answer.error;
  expect(fields).toEqual(expect.arrayContaining([{ field, rule: expect.stringContaining(rule) }]));
});
