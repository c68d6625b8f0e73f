/** What a caller sees when a worker or Redis goes away under a call, or a process has all it can hold. */
import type { HttpResponse } from '../harness/http';
import { entryOf } from '../harness/logged-process';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

const call = (stack: Stack, name: string, body: object = {}) =>
  stack.http.post(`/v1/functions/${name}/invocations`, body);

it('WORKER_LOST: the worker died with it, and a sync call is not run again', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const waiting = call(stack, 'waits', { data: { ms: 4_000 } });
  const busy = async () => (await stack.workers[0].http.get('/metrics')).text.includes('state="busy",app="worker"} 1');
  await until('it runs', busy, 5_000);
  await stack.workers[0].process.kill();
  const { status, headers, body } = await waiting;
  expect(status).toBe(502);
  expect(headers['retry-after']).toBeDefined();
  expect(body).toMatchObject({ code: 502, error: { type: 'WORKER_LOST', started: true, retryable: true } });
  const record = (await stack.http.get(`/v1/invocations/${body.requestID}`)).body.data;
  expect(record).toMatchObject({ status: 'lost', attempt: 1, result: { code: 502 } });
  await stack.stop();
}, 60_000);

it('STORE_UNAVAILABLE: Redis went away, before a call and under one', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const waiting = call(stack, 'waits', { data: { ms: 4_000 } });
  const busy = async () => (await stack.workers[0].http.get('/metrics')).text.includes('state="busy",app="worker"} 1');
  await until('it runs', busy, 5_000);
  await stack.redis.kill();
  const began = performance.now();
  const [before, under] = await Promise.all([call(stack, 'add'), waiting]);
  expect(performance.now() - began).toBeLessThan(2_600);
  for (const { status, headers, body } of [before, under]) {
    expect(status).toBe(503);
    expect(headers['retry-after']).toBeDefined();
    expect(body).toMatchObject({ code: 503, error: { type: 'STORE_UNAVAILABLE', retryable: true } });
  }
  expect(before.body.error.started).toBe(false);
  expect(under.body.error.started).toBe('unknown');
  expect((await stack.http.get('/livez')).status).toBe(200);
  expect((await stack.http.get('/readyz')).status).toBe(503);

  await stack.redis.start();
  await until('it is ready again', async () => (await stack.http.get('/readyz')).status === 200, 5_000);
  const record = (await stack.http.get(`/v1/invocations/${under.body.requestID}?wait=10`)).body.data;
  expect(record).toMatchObject({ status: 'succeeded', attempt: 1, result: { data: 4_000 } });
  expect((await call(stack, 'add', { data: { x: 1, y: 2 } })).body.data).toBe(3);
  await stack.stop();
}, 60_000);

it('INTERNAL: Redis is there, and what it holds is not what it should be; the log has the rest under the requestID', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const redis = stack.redis.client();
  const logged = (requestID: string) =>
    stack.apis[0].process.waitForLine(
      `the log tells of ${requestID}`,
      (line) => (entryOf(line)?.requestID === requestID ? entryOf(line) : undefined),
      10_000,
    );
  const expectError = async (
    { status, headers, body }: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
    error: object,
  ): Promise<void> => {
    expect(status).toBe(500);
    expect(headers['retry-after']).toBeUndefined();
    expect(body).toMatchObject({ code: 500, error: { type: 'INTERNAL', retryable: false, ...error } });
    expect(await logged(body.requestID)).toMatchObject({
      level: 'error',
      err: { message: expect.stringMatching(/^WRONGTYPE | no record$/) },
    });
  };
  const ended = (await call(stack, 'add', { sync: false })).body.requestID as string;
  expect((await stack.http.get(`/v1/invocations/${ended}?wait=20`)).body.data.status).toBe('succeeded');

  // Half of what is to be written may stand before the script meets it.
  await redis.set('{invoq:0}:open', 'not a set');
  await expectError(await call(stack, 'add'), { started: 'unknown' });
  await expectError(await call(stack, 'add', { sync: false }), { started: 'unknown' });
  const batch = await stack.http.post('/v1/functions/add/invocations/batch', { items: [{ data: {} }] });
  await expectError({ status: 500, headers: {}, body: batch.body.data.items[0] }, { started: 'unknown' });
  expect((await stack.http.get('/readyz')).status).toBe(200);
  await redis.del('{invoq:0}:open');
  expect((await call(stack, 'add', { data: { x: 1, y: 2 } })).body.data).toBe(3);

  await redis.set(`{invoq:0}:inv:${ended}`, 'not a record');
  await expectError(await stack.http.get(`/v1/invocations/${ended}`), {});
  await stack.stop();
}, 60_000);

it('OVERLOADED: a process holds as many waiting callers as it may', async () => {
  const stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_MAX_WAITING: '1' } });
  const held = call(stack, 'waits', { data: { ms: 1_500 } });
  await until('it waits', async () => /invoq_waiters\{.*\} 1$/m.test((await stack.http.get('/metrics')).text), 5_000);
  const { status, headers, body } = await call(stack, 'add', { data: { x: 1, y: 2 } });
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('1');
  expect(body).toMatchObject({ code: 503, error: { type: 'OVERLOADED', retryable: true, started: false } });
  expect((await call(stack, 'add', { sync: false })).status).toBe(202);
  expect((await held).body.data).toBe(1_500);
  await stack.stop();
}, 60_000);
