/** minapp-sdk, its web build in a page and its mini-program build, unmodified: what their users see. */
import { until } from '../harness/until';
import type { Stack } from '../harness/stack';
import { ask, KEY, startVendorStack, type ReportedAnswer } from './vendor-stack';

const PAGE = 'http://app.example';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack({ INVOQ_CORS_ORIGINS: `https://other.example,${PAGE}` });
}, 60_000);

const UUID = /^[0-9a-f-]{36}$/;
const CALLS = [
  { args: ['helloWorld', { name: 'allen' }] },
  { args: ['rejects'] },
  { args: ['callsBackText'] },
  { args: ['missing'] },
  { args: ['hangsToo'] },
  { args: ['helloWorld', { name: 'later' }, false] },
  { args: ['measures', { text: 'x' }] },
  { args: ['invokesHelloWorld'] },
  { args: ['invokesWrongly'] },
  { args: ['add', { x: 1, y: 2 }] },
  { args: [] },
  { method: 'invokeFunction', args: ['helloWorld', { name: 'old' }] },
  { args: ['repeats', { times: 600 * 1024 }] },
  { args: ['tellsItsEvent', { text: 'x'.repeat(300 * 1024) }] },
];

describe.each<[string, string, object]>([
  ['web build 3.23.6', 'minapp-web', { origin: PAGE }],
  ['mini-program build 3.23.6', 'minapp-mini', { package: 'minapp-sdk', regeneratorRuntime: true }],
  ['mini-program build 3.22.0', 'minapp-mini', { package: 'minapp-sdk-3.22' }],
])('minapp-sdk, %s', (_, client, more) => {
  const isWeb = client === 'minapp-web';
  const settings = (token: string | undefined, init: object = {}): object => ({
    clientID: 'client-1', token, init: { host: stack.url, ...init }, ...more,
  }); // prettier-ignore
  let answer: ReportedAnswer[];
  beforeAll(async () => {
    answer = await ask(client, settings(KEY), CALLS);
  }, 60_000);

  test('the example of the seed', () => {
    expect(answer[0].value).toEqual({ code: 0, data: 'hello allen', error: {} });
    expect(answer[11].value).toEqual({ code: 0, data: 'hello old', error: {} });
    expect(answer[9].value).toEqual({ code: 0, data: 3, error: {} });
  });

  test('a function that fails resolves with code 1', () => {
    expect(answer[1].value).toEqual({
      code: 1, data: null, error: { message: 'nope', type: 'TypeError', stack: expect.stringMatching(/^TypeError: nope\n/) },
    }); // prettier-ignore
    expect(answer[2].value).toEqual({ code: 1, data: null, error: { message: 'just a text' } });
    expect(answer[4].value).toMatchObject({ code: 1, data: null, error: { type: 'TimeoutError' } });
    expect(answer[4].value.error.message).toContain('timed out');
  });

  test('a function that does not exist is an HError', () => {
    const text = isWeb ? '404: No function "missing" in env "default".' : '404: not found';
    expect(answer[3].error).toMatchObject({ code: 404, message: text });
  });

  test('no function name is thrown by the SDK itself', () => {
    expect(answer[10].error).toMatchObject({ code: 605 });
  });

  test('an async call answers at once, and its result is read by its id', async () => {
    expect(answer[5].value).toMatchObject({
      status: 'ok',
      code: 0,
      error: {},
      data: { status: 'ok', job_id: expect.stringMatching(UUID) },
    });
    const read = { method: 'getAsyncJobResult', args: [answer[5].value.data.job_id] };
    const [result] = await until(
      'the async call has ended',
      async () => {
        const results = await ask(client, settings(KEY), [read]);
        return JSON.stringify(results).includes('"pending"') ? undefined : results;
      },
      30_000,
    );
    const body = result.value.data?.status ? result.value.data : result.value;
    expect(body).toMatchObject({
      id: answer[5].value.data.job_id,
      status: 'success',
      result: { code: 0, data: 'hello later', error: {} },
    });
  }, 60_000);

  test('a function that calls others by the global BaaS', () => {
    expect(answer[7].value).toMatchObject({
      code: 0,
      data: {
        res: { code: 0, data: 'hello allen', error: {} },
        whole: { status: 200, data: { code: 0, data: 'hello whole', error: {} } },
        later: { status: 'ok', code: 0 },
      },
    });
    expect(answer[8].value).toEqual({
      code: 0,
      data: {
        missing: { code: 404, message: '404: No function "missing" in env "default".' },
        failed: 1, error: 'TypeError', thrown: 605,
      },
      error: {},
    }); // prettier-ignore
  });

  test('600 KB of result', () => {
    expect(answer[12].value.data).toHaveLength(600 * 1024);
  });

  test('300 KB of data, and what the function is told about its call', () => {
    const { data } = answer[13].value;
    expect(data.data.text).toHaveLength(300 * 1024);
    expect(data).toMatchObject({
      eventType: 'sdk',
      memoryLimitInMB: 256,
      env: { id: 'default', name: 'default' },
      jobId: expect.stringMatching(UUID),
    });
  });

  test('env: one of the key, and one that is not', async () => {
    const call = [{ args: ['tellsItsEvent'] }];
    const [prod] = await ask(client, settings(KEY, { env: 'prod' }), call);
    expect(prod.value.data.env).toEqual({ id: 'prod', name: 'prod' });
    const [other] = await ask(client, settings(KEY, { env: 'elsewhere' }), call);
    expect(other.error).toMatchObject({ code: 403 });
  }, 60_000);

  test('a wrong key, and none', async () => {
    const call = [{ args: ['helloWorld'] }];
    const [wrong] = await ask(client, settings('app.wrong'), call);
    expect(wrong.error).toMatchObject({ code: 401 });
    const [none] = await ask(client, settings(undefined), call);
    expect(none.error).toMatchObject({ code: 401 });
  }, 60_000);
});

test('a page of an origin that is not named gets nothing', async () => {
  const settings = { clientID: 'c', token: KEY, init: { host: stack.url }, origin: 'http://evil.example' };
  const [answer] = await ask('minapp-web', settings, [{ args: ['helloWorld', { name: 'x' }] }]);
  expect(answer.value).toBeUndefined();
  expect(answer.error).toBeDefined();
}, 60_000);
