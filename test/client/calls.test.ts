/** What a program sees that holds the client: results, typed errors, results by requestID, retries that run once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvoqClient } from '@invoq/client/index';
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';
import { required } from './installed';

const { createClient, FunctionError, InvoqError } = required();
const starts = new Starts();

let stack: Stack;
let client: InvoqClient;
beforeAll(async () => {
  const counted = `exports.main = async (event, context) => { ${starts.statement()}
    await new Promise((done) => setTimeout(done, event.ms ?? 0)); return context.requestID; };`;
  stack = await startStack({ functions: { ...FUNCTIONS, 'counted.js': counted }, apis: 2 });
  client = createClient({ url: stack.url });
}, 60_000);
afterAll(() => stack.stop());

const fault = (promise: Promise<unknown>) =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved with ${JSON.stringify(value)}`)),
    (error: InstanceType<typeof InvoqError>) => error,
  );

describe('invoke', () => {
  it('resolves with the result', async () => {
    expect(await client.invoke<number>('add', { x: 1, y: 2 })).toBe(3);
    expect(await client.invoke('echo')).toEqual({});
    expect(await client.invoke('echo', null)).toBeNull();
  });

  it('rejects with a FunctionError that tells what the function threw, and where', async () => {
    const error = await fault(client.invoke('throws'));
    expect(error).toBeInstanceOf(FunctionError);
    expect(error).toBeInstanceOf(InvoqError);
    expect(error).toMatchObject({
      name: 'FunctionError',
      code: 1,
      type: 'FUNCTION_ERROR',
      message: 'no such luck',
      errorName: 'TypeError',
      retryable: false,
      started: true,
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect((error as InstanceType<typeof FunctionError>).functionStack).toContain('throws.js');
  });

  it.each([
    ['hangs', 'FUNCTION_TIMEOUT', 2, {}],
    ['exits', 'FUNCTION_CRASHED', 3, { exitCode: 7 }],
  ])('tells how %s ended', async (name, type, code, more) => {
    expect(await fault(client.invoke(name))).toMatchObject({ name: 'FunctionError', type, code, ...more });
  });

  it('rejects with an InvoqError for what the platform refused, and says that it never ran', async () => {
    const missing = await fault(client.invoke('nothing-here'));
    expect(missing).not.toBeInstanceOf(FunctionError);
    expect(missing).toMatchObject({ name: 'InvoqError', code: 404, type: 'FUNCTION_NOT_FOUND', started: false });
    const wrong = await fault(client.invoke('add', {}, { timeoutMs: 9_000_000 }));
    expect(wrong).toMatchObject({
      type: 'INVALID_REQUEST',
      fields: [{ field: 'timeoutMs', rule: expect.any(String) }],
    });
  });

  it('takes a shorter limit', async () => {
    const error = await fault(client.invoke('waits', { ms: 3_000 }, { timeoutMs: 300 }));
    expect(error).toMatchObject({ type: 'FUNCTION_TIMEOUT' });
  });

  it('stops waiting at once when it is told to', async () => {
    const control = new AbortController();
    const began = performance.now();
    setTimeout(() => control.abort(new Error('enough')), 100);
    const error = await fault(client.invoke('waits', { ms: 3_000 }, { signal: control.signal }));
    expect(error.message).toBe('enough');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('runs once, whoever sends it again with its key', async () => {
    const options = { idempotencyKey: 'the-same' };
    const ids = await Promise.all(Array.from({ length: 8 }, () => client.invoke<string>('counted', {}, options)));
    expect(new Set(ids).size).toBe(1);
    expect(starts.of(ids[0])).toHaveLength(1);
  });
});

describe('submit', () => {
  it('resolves with a requestID at once, and with the result when asked', async () => {
    const job = await client.submit<string>('waits', { ms: 700 });
    expect(job).toMatchObject({ status: 'queued', requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await fault(job.result({ wait: 0 }))).toMatchObject({ type: 'STILL_PENDING', requestID: job.requestID });
    expect(await job.result()).toBe('waited');
    expect(await client.result(job.requestID)).toBe('waited');
    expect(await job.get()).toMatchObject({ status: 'succeeded', mode: 'async', result: { data: 'waited' } });
  });

  it('gives what the function failed with to whoever asks for the result', async () => {
    const job = await client.submit('throws');
    expect(await fault(job.result())).toMatchObject({ name: 'FunctionError', message: 'no such luck' });
    expect(await job.logs()).toEqual([
      { attempt: 1, time: expect.any(String), level: 'info', stream: 'stdout', text: 'before' },
    ]);
  });

  it('waits no longer than it is asked to', async () => {
    const job = await client.submit('waits', { ms: 5_000 });
    const began = performance.now();
    expect(await fault(job.result({ wait: 1_200 }))).toMatchObject({ type: 'STILL_PENDING' });
    expect(performance.now() - began).toBeLessThan(4_000);
    await job.cancel();
  });

  it('stops waiting at once when it is told to', async () => {
    const job = await client.submit('waits', { ms: 4_000 });
    const signal = AbortSignal.timeout(200);
    const began = performance.now();
    expect((await fault(job.result({ signal }))).name).toBe('TimeoutError');
    expect(performance.now() - began).toBeLessThan(1_000);
    await job.cancel();
  });

  it('tells what became of its callback, and sends it again', async () => {
    // Nobody is there, and nothing is sent: it is an internal address.
    const job = await client.submit(
      'add',
      { x: 1, y: 2 },
      { callback: { url: 'http://127.0.0.1:9/', events: ['succeeded'] } },
    );
    await job.result();
    const refused = async () => {
      const { callback, deliveries } = await client.deliveries(job.requestID);
      expect(callback).toEqual({ url: 'http://127.0.0.1:9/', events: ['succeeded'] });
      return deliveries[0].state === 'refused' && deliveries[0];
    };
    expect(await until('it is refused', refused, 15_000)).toMatchObject({ type: 'invocation.succeeded', tries: [{}] });
    expect((await client.resend(job.requestID)).deliveries[0]).toMatchObject({ state: 'pending' });
    expect(await fault(client.resend((await client.submit('add')).requestID))).toMatchObject({
      type: 'NOTHING_TO_DELIVER',
    });
  });

  it('cancels', async () => {
    const job = await client.submit('waits', { ms: 20_000 });
    expect(['running', 'cancelled']).toContain(await job.cancel());
    expect(await fault(job.result())).toMatchObject({ type: 'CANCELLED', code: 409 });
    expect(await job.cancel()).toBe('cancelled');
    const done = await client.submit('add', { x: 1, y: 1 });
    await done.result();
    expect(await fault(done.cancel())).toMatchObject({ type: 'ALREADY_ENDED' });
  });

  it('knows no other invocations', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const asks = [() => client.get(id), () => client.result(id), () => client.logs(id), () => client.cancel(id)];
    for (const ask of asks) {
      expect(await fault(ask())).toMatchObject({ type: 'INVOCATION_NOT_FOUND', code: 404 });
    }
  });
});

describe('when things break', () => {
  it('says that nobody was reached, and leaves open what cannot be known', async () => {
    const lonely = createClient({ url: 'http://127.0.0.1:9', retry: { attempts: 2, minDelayMs: 10 } });
    expect(await fault(lonely.invoke('add'))).toMatchObject({
      type: 'CONNECTION_FAILED',
      retryable: true,
      started: 'unknown',
    });
  });

  it('keeps asking for a result while Redis is away', async () => {
    const job = await client.submit('waits', { ms: 200 });
    const result = job.result();
    await stack.redis.kill();
    await sleep(1_500);
    await stack.redis.start();
    expect(await result).toBe('waited');
  }, 40_000);

  it('submits once, though the API dies with the answer', async () => {
    const [, doomed] = stack.apis;
    // The first try goes to the API that is killed meanwhile, the others to the one that lives.
    let tries = 0;
    const either = (url: string, init?: RequestInit) => {
      const reach = tries++ === 0 ? doomed.url : stack.url;
      return fetch(url.replace('http://either', reach), init);
    };
    const torn = createClient({ url: 'http://either', fetch: either as typeof fetch });
    const answer = torn.invoke<string>('counted', { ms: 1_500 });
    await until('it runs', () => starts.read().length > 1, 10_000);
    await doomed.process.kill();
    const requestID = await answer;
    expect(tries).toBeGreaterThan(1);
    expect(starts.of(requestID)).toHaveLength(1);
  }, 40_000);
});
