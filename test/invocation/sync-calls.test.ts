/** A sync call, as its caller sees it: every way it can end by the function's own doing. */
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const call = (name: string, body: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, body);

describe('a function that returns', () => {
  it.each(['add', 'addCallback', 'addCommon', 'addModule', 'addDefault', 'addTyped'])(
    'is answered with its result: %s',
    async (name) => {
      const { status, headers, body } = await call(name, { data: { x: 1, y: 2 } });
      expect(status).toBe(200);
      expect(body).toEqual({ code: 0, data: 3, error: {}, requestID: expect.stringMatching(UUID) });
      expect(headers['x-request-id']).toBe(body.requestID);
      expect(headers['x-function-error']).toBeUndefined();
    },
  );

  it('may be a folder', async () => expect((await call('folder')).body.data).toBe('from a folder'));

  it.each([
    ['an object', { a: [1, { b: null }], ü: '√' }],
    ['a list', [1, 2]],
    ['a text', 'x'],
    ['a number', 0],
    ['null', null],
    ['false', false],
  ])('gets its data as it was sent: %s', async (_, data) =>
    expect((await call('echo', { data })).body.data).toEqual(data),
  );

  it('gets {} when no data are sent', async () => expect((await call('echo')).body.data).toEqual({}));

  it('gets 700 KB and gives them back', async () => {
    const data = 'x'.repeat(700_000);
    expect((await call('echo', { data })).body.data).toBe(data);
  });

  it('answers null for undefined', async () =>
    expect((await call('nothing')).body).toMatchObject({ code: 0, data: null }));

  it('is told who and how long', async () => {
    const { body } = await call('tells', { timeoutMs: 3_000 });
    expect(body.data.context).toMatchObject({
      requestID: body.requestID, request_id: body.requestID, functionName: 'tells', function_name: 'tells', env: 'default',
      namespace: 'default', attempt: 1, function_version: '$LATEST', memory_limit_in_mb: 256,
    }); // prettier-ignore
    expect(body.data.remaining).toBeGreaterThan(0);
    expect(body.data.remaining).toBeLessThanOrEqual(3_000);
  });

  it('has an environment of its own, without our secrets', async () => {
    const { data } = (await call('tells')).body;
    expect(data.greeting).toBe('hi');
    expect(data.keys).not.toContain('REDIS_URL');
    expect(data.keys).not.toContain('INVOQ_DATA');
  });
});

describe('the minapp contract', () => {
  it('calls back', async () =>
    expect((await call('hello', { data: { name: 'allen' } })).body.data).toBe('hello allen'));
  it('returns from an async function', async () => {
    const { body } = await call('helloAsync', { data: { name: 'allen' } });
    expect(body.data).toEqual({ name: 'allen', jobId: body.requestID });
  });
  it('calls back with an error', async () => {
    expect((await call('helloFails')).body).toMatchObject({
      code: 1,
      data: null,
      error: { message: 'nope', name: 'TypeError' },
    });
  });
});

describe('a function that fails by its own doing', () => {
  it.each([
    ['throws', {}, 1, 'FUNCTION_ERROR', { message: 'boom', name: 'TypeError' }],
    ['rejects', {}, 1, 'FUNCTION_ERROR', { message: 'later', name: 'RangeError' }],
    ['callsBack', {}, 1, 'FUNCTION_ERROR', { message: 'called back' }],
    ['broken', {}, 1, 'FUNCTION_ERROR', { message: expect.stringContaining('broken.js') }],
    ['hangs', { timeoutMs: 300 }, 2, 'FUNCTION_TIMEOUT', { message: expect.stringContaining('300 ms') }],
    ['impatient', { data: { ms: 5_000 } }, 2, 'FUNCTION_TIMEOUT', { message: expect.stringContaining('300 ms') }],
    ['exits', { data: { code: 0 } }, 3, 'FUNCTION_CRASHED', { exitCode: 0 }],
    ['exits', { data: { code: 7 } }, 3, 'FUNCTION_CRASHED', { exitCode: 7 }],
    ['kills', {}, 3, 'FUNCTION_CRASHED', { signal: 'SIGKILL' }],
    ['grows', {}, 4, 'MEMORY_LIMIT', {}],
    ['small', {}, 4, 'MEMORY_LIMIT', { message: expect.stringContaining('64 MB') }],
    ['circles', {}, 5, 'BAD_RESULT', {}],
    ['bigint', {}, 5, 'BAD_RESULT', {}],
    ['heavy', {}, 5, 'BAD_RESULT', {}],
  ])('%s %j: code %i', async (name, request, code, type, error) => {
    const { status, headers, body } = await call(name, request);
    expect(status).toBe(200);
    expect(headers['x-function-error']).toBe(type);
    expect(body).toMatchObject({ code, data: null, error: { type, ...error }, requestID: expect.stringMatching(UUID) });
    expect(body.error.message).not.toBe('');
  });

  it('harms no neighbour', async () => {
    const neighbour = call('waits', { data: { ms: 2_500 } });
    // Async, since five processes at work on a busy machine may need longer than a sync call may take.
    const bad = ['hangs', 'exits', 'grows', 'floods', 'kills'].map(async (name) => {
      const { body } = await call(name, { sync: false, timeoutMs: name === 'hangs' ? 2_500 : 20_000 });
      const record = await stack.http.get(`/v1/invocations/${body.requestID}?wait=30`);
      return record.body.data.result?.code as number;
    });
    expect(await Promise.all(bad)).toEqual([2, 3, 4, 0, 3]);
    expect((await neighbour).body).toMatchObject({ code: 0, data: 2_500 });
    expect((await call('add', { data: { x: 1, y: 1 } })).body.data).toBe(2);
  });

  it('is heard of by its limit and a second', async () => {
    const began = performance.now();
    await call('hangs', { timeoutMs: 500 });
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});
