/** What the client sends, and what it makes of every answer: against a real server that says what it is told to. */
import { createBaaS } from './baas';
import { createClient } from './client';
import { createCloud } from './cloud';
import { FunctionError } from './errors';
import { clientOf, fault } from './fixtures/asking';
import { accepted, ID, refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

describe('a request', () => {
  it('says who calls, in which env, and under which key it runs once', async () => {
    api.tell(succeeded(3));
    const callback = { url: 'https://receiver.example/', events: ['failed' as const] };
    const caller = client({ key: 'id.secret', env: 'env-a', url: `${api.url}/base/` });
    expect(await caller.invoke('add', { x: 1 }, { timeoutMs: 500, priority: 7, callback })).toBe(3);
    const [{ method, path, headers, text }] = api.asked;
    expect([method, path]).toEqual(['POST', '/base/v1/functions/add/invocations']);
    expect(headers).toMatchObject({
      authorization: 'Bearer id.secret',
      'x-invoq-env': 'env-a',
      'content-type': 'application/json',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(text)).toEqual({ data: { x: 1 }, sync: true, timeoutMs: 500, priority: 7, callback });
  });

  it('says no more than it has to', async () => {
    api.tell(accepted());
    await client({ retry: false }).submit('odd name/../x', undefined, { env: 'env-b' });
    const [{ path, headers, text }] = api.asked;
    expect(path).toBe('/v1/functions/odd%20name%2F..%2Fx/invocations');
    expect(headers['idempotency-key']).toBeUndefined();
    expect(headers.authorization).toBeUndefined();
    expect(headers['x-invoq-env']).toBe('env-b');
    expect(JSON.parse(text)).toEqual({ sync: false });
  });

  it('wants the URL of an API', () => {
    expect(() => createClient({ url: 'localhost:3000' })).toThrow(TypeError);
    expect(() => createClient({} as { url: string })).toThrow(TypeError);
  });
});

describe('an answer', () => {
  it.each([
    [1, 'FUNCTION_ERROR', { name: 'RangeError', stack: 'there' }, { errorName: 'RangeError', functionStack: 'there' }],
    [3, 'FUNCTION_CRASHED', { exitCode: 7, signal: 'SIGSEGV' }, { exitCode: 7, signal: 'SIGSEGV' }],
    [5, 'BAD_RESULT', {}, {}],
  ])('with code %i is a FunctionError', async (code, type, expected, seen) => {
    api.tell({ body: { code, data: null, error: { type, message: 'm', ...expected }, requestID: ID } });
    const error = await fault(client().invoke('add'));
    expect(error).toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({
      name: 'FunctionError',
      code,
      type,
      message: 'm',
      requestID: ID,
      started: true,
      ...seen,
    });
    expect(api.asked).toHaveLength(1);
  });

  it('has the causes of what was thrown as errors', async () => {
    const cause = {
      name: 'ConnectError',
      message: 'connect ECONNREFUSED',
      code: 'ECONNREFUSED',
      details: { port: 9, stack: 'not mine', ['__proto__']: { polluted: true } },
      errors: [{ message: 'one' }, { message: 'two', cause: { message: 'deepest' } }],
    };
    const expected = {
      type: 'FUNCTION_ERROR',
      message: 'fetch failed',
      name: 'TypeError',
      code: 7,
      details: { status: 418 },
      cause,
    };
    api.tell({ body: { code: 1, data: null, error: expected, requestID: ID } });
    const error = (await fault(client().invoke('add'))) as FunctionError;
    expect(error).toMatchObject({ errorCode: 7, details: { status: 418 }, cause: { code: 'ECONNREFUSED', port: 9 } });
    const rebuilt = error.cause as AggregateError;
    expect(rebuilt).toBeInstanceOf(AggregateError);
    expect(String(rebuilt)).toBe('ConnectError: connect ECONNREFUSED');
    expect(rebuilt.stack).toBe('ConnectError: connect ECONNREFUSED');
    expect(rebuilt.errors.map(String)).toEqual(['Error: one', 'Error: two']);
    expect((rebuilt.errors[1] as Error).cause).toMatchObject({ message: 'deepest' });
    expect(Object.getPrototypeOf(rebuilt)).toBe(AggregateError.prototype);
  });

  it('that refuses is an InvoqError with all it says', async () => {
    const fields = [{ field: 'name', rule: 'must be' }];
    api.tell(refused('RATE_LIMITED', 429, { retryable: true, fields }, { 'retry-after': '60' }));
    const error = await fault(client().invoke('add'));
    expect(error).not.toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({
      code: 429,
      status: 429,
      type: 'RATE_LIMITED',
      retryAfterMs: 60_000,
      fields,
      started: false,
    });
    expect(api.asked).toHaveLength(1);
  });

  it.each([
    ['<html>Bad gateway</html>', 502, true],
    ['<html>Not here</html>', 404, false],
    ['{"hello":"world"}', 200, false],
    ['', 200, false],
  ])('%j is not of an Invoq', async (body, status, retryable) => {
    api.tell({ status, body });
    const error = await fault(client({ retry: false }).invoke('add'));
    expect(error).toMatchObject({ type: 'BAD_ANSWER', code: -1, status, retryable, started: 'unknown' });
  });
});

describe('calls by the names of the originals', () => {
  it.each([[undefined], [{}], [{ name: '' }], [{ data: 1 }]])(
    'cloud.callFunction(%j) rejects and says why',
    async (asked) => {
      const cloud = createCloud({ url: 'http://127.0.0.1:9' });
      const call = cloud.callFunction(asked as { name: string });
      await expect(call).rejects.toThrow(/callFunction:fail .*needs the name of a function/);
      const failed = new Promise(
        (fail) => void cloud.callFunction({ ...asked, fail } as unknown as { name: string }).catch(() => undefined),
      );
      expect(await failed).toMatchObject({ errMsg: expect.stringContaining('needs the name of a function') });
    },
  );

  it('BaaS.invoke with sync: null waits, and says that it comes from an SDK', async () => {
    api.tell(succeeded(3));
    const BaaS = createBaaS({ url: api.url });
    expect(await BaaS.invoke('add', {}, null)).toEqual({ code: 0, data: 3, error: {} });
    expect(JSON.parse(api.asked[0].text)).toMatchObject({ sync: true });
    expect(api.asked[0].headers['x-invoq-source']).toBe('sdk');
  });
});
