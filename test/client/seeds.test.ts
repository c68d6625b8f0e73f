/** The calls of the two seeds' documents, as they stand there, with this client in the place of theirs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';
import { required } from './installed';

const { cloud, BaaS, HError, CloudError, createBaaS, createCloud } = required();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
  cloud.init({ url: stack.url, env: cloud.DYNAMIC_CURRENT_ENV });
  BaaS.init('client-1', { host: stack.url });
}, 60_000);
afterAll(() => stack.stop());

const fault = (promise: Promise<unknown>) =>
  promise.then(
    (value) => Promise.reject(new Error(`resolved with ${JSON.stringify(value)}`)),
    (error: Error) => error,
  );

describe('cloud.callFunction', () => {
  it('resolves result, requestID and errMsg', async () => {
    const res = await cloud.callFunction({ name: 'add', data: { x: 1, y: 2 } });
    expect(res).toEqual({ result: 3, requestID: expect.stringMatching(/^[0-9a-f-]{36}$/), errMsg: 'callFunction:ok' });
  });

  it('tells success and complete of it', async () => {
    const answer: unknown[] = [];
    await new Promise<void>((done) => {
      void cloud.callFunction<number>({
        name: 'add',
        data: { x: 1, y: 2 },
        success: (res) => answer.push(['success', res.result]),
        fail: (err) => answer.push(['fail', err]),
        complete: (res) => {
          answer.push(['complete', 'errMsg' in res && res.errMsg]);
          done();
        },
      });
    });
    expect(answer).toEqual([
      ['success', 3],
      ['complete', 'callFunction:ok'],
    ]);
  });

  it('tells fail and complete what went wrong, and nobody else', async () => {
    const answer: unknown[] = [];
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    await new Promise<void>((done) => {
      void cloud.callFunction({
        name: 'throws',
        success: () => answer.push('success'),
        fail: (err) => answer.push(['fail', err.errCode, err.errMsg]),
        complete: () => done(),
      });
    });
    await sleep(20);
    process.off('unhandledRejection', unhandled);
    expect(answer).toEqual([
      ['fail', -504002, expect.stringMatching(/^callFunction:fail -504002 requestID .* no such luck$/)],
    ]);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each([
    ['hangs', -504003],
    ['nothing-here', -501000],
  ])('rejects for %s', async (name, errCode) => {
    const error = await fault(cloud.callFunction({ name }));
    expect(error).toBeInstanceOf(CloudError);
    expect(error).toMatchObject({ errCode, errMsg: expect.stringMatching(/^callFunction:fail /) });
  });

  it('calls in the env of the call, else of init', async () => {
    const error = await fault(cloud.callFunction({ name: 'add', config: { env: 'other' } }));
    expect(error.message).toContain('in env "other"');
    const other = createCloud({ url: stack.url, env: { functions: 'third' } });
    expect((await fault(other.callFunction({ name: 'add' }))).message).toContain('in env "third"');
    const { result } = await other.callFunction({ name: 'add', data: { x: 2, y: 2 }, config: { env: 'default' } });
    expect(result).toBe(4);
  });

  it('wants to be initialised', async () => {
    expect((await fault(createCloud().callFunction({ name: 'add' }))).message).toContain('cloud.init');
  });

  it('sends a Buffer as the document says', async () => {
    const { result } = await cloud.callFunction({ name: 'echo', data: { buf: Buffer.from([17, 37, 255]) } });
    expect(result).toEqual({ buf: { type: 'Buffer', data: [17, 37, 255] } });
    const bytes = new Uint8Array([1, 17, 37, 255]);
    const views = await cloud.callFunction({ name: 'echo', data: { a: bytes.buffer, b: bytes.subarray(1) } });
    expect(views.result).toEqual({
      a: { type: 'Buffer', data: [1, 17, 37, 255] },
      b: { type: 'Buffer', data: [17, 37, 255] },
    });
  });
});

describe('BaaS.invoke', () => {
  it('resolves code, data and error', async () => {
    expect(await BaaS.invoke('helloWorld', { name: 'allen' })).toEqual({ error: {}, code: 0, data: 'hello allen' });
  });

  it('resolves with a code when the function failed', async () => {
    expect(await BaaS.invoke('throws')).toEqual({
      code: 1,
      data: null,
      error: { message: 'no such luck', type: 'TypeError', stack: expect.stringContaining('throws.js') },
    });
  });

  it('resolves with code 1 and a TimeoutError when its time was up', async () => {
    const res = await BaaS.invoke('hangs');
    expect(res).toMatchObject({ code: 1, data: null, error: { type: 'TimeoutError' } });
  });

  it('resolves at once when it is not to wait', async () => {
    const res = await BaaS.invoke('waits', { ms: 300 }, false);
    expect(res).toMatchObject({ status: 'ok', code: 0, error: {}, data: { status: 'ok' } });
    const { body } = await stack.http.get(`/v1/invocations/${res.data.job_id}/result?wait=5`);
    expect(body.data).toBe('waited');
  });

  it('rejects with an HError when it could not be run', async () => {
    const error = await fault(BaaS.invoke('nothing-here'));
    expect(error).toBeInstanceOf(HError);
    expect(error).toMatchObject({ code: 404, message: expect.stringMatching(/^404: No function "nothing-here"/) });
    const lonely = createBaaS({ url: 'http://127.0.0.1:9', retry: false });
    expect(await fault(lonely.invoke('add'))).toMatchObject({ code: 600, message: '600: network disconnected' });
  });

  it('throws without a name, and rejects before init, as the original does', async () => {
    expect(() => BaaS.invoke('')).toThrow('605: incorrect parameter type');
    expect(await fault(createBaaS().invoke('add'))).toMatchObject({ code: 602, message: '602: uninitialized' });
  });
});

it('BaaS.invokeFunction resolves the whole response', async () => {
  const res = await BaaS.invokeFunction('helloWorld', { name: 'allen' });
  expect(res.status).toBe(200);
  expect(res.data).toEqual({ error: {}, code: 0, data: 'hello allen' });
  expect((await BaaS.invokeFunction('throws')).data.code).toBe(1);
});
