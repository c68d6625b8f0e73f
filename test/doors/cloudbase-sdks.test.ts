/** @cloudbase/node-sdk and @cloudbase/js-sdk, unmodified: what their users see. */
import type { Stack } from '../harness/stack';
import { APP, ask, KEY, startVendorStack, type ReportedAnswer } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack({ INVOQ_CORS_ORIGINS: PAGE });
}, 60_000);

const PAGE = 'http://app.example';
const UUID = /^[0-9a-f-]{36}$/;
const SECRET = { secretId: APP.id, secretKey: APP.secret };
const host = (): string => new URL(stack.url).host;

describe('@cloudbase/node-sdk 3.18.3', () => {
  const init = (credentials: object): object => ({ env: 'default', serviceUrl: `${stack.url}/admin`, ...credentials });
  const CALLS = [
    { name: 'add', data: { x: 1, y: 2 } },
    { name: 'echoes' },
    { name: 'tellsText' },
    { name: 'throws' },
    { name: 'missing' },
    { name: 'hangs' },
    { name: 'measures', data: { text: 'x'.repeat(300 * 1024) } },
    { name: 'callAdd', qualifier: '$LATEST' },
    { name: 'hangs', options: { timeout: 50 } },
    { name: 'repeats', data: { times: 600 * 1024 } },
  ];

  test.each<[string, object]>([
    ['signed with TC3', SECRET],
    ['with an access key', { accessKey: KEY }],
  ])(
    '%s',
    async (_, credentials) => {
      const answer = await ask('node-sdk', { init: init(credentials) }, CALLS);
      expect(answer[0].value).toEqual({ result: 3, requestId: expect.stringMatching(UUID) });
      expect(answer[1].value.result).toEqual({});
      expect(answer[2].value.result).toBe('{"k":1}');
      expect(answer[3].error).toMatchObject({
        code: 'FUNCTIONS_EXECUTE_FAIL',
        message: expect.stringMatching(/^RangeError: boom/),
        requestId: expect.stringMatching(UUID),
      });
      expect(answer[4].error).toMatchObject({ code: 'FUNCTION_NOT_FOUND' });
      expect(answer[5].error).toMatchObject({ code: 'FUNCTIONS_TIME_LIMIT_EXCEEDED' });
      expect(answer[6].value.result).toBe(300 * 1024);
      expect(answer[7].value.result).toBe(3);
      expect(answer[9].value.result).toHaveLength(600 * 1024);
      // The client's own patience.
      expect(answer[8].error).toBeDefined();
    },
    60_000,
  );

  test('an env of the key, an env that is not, no env, a wrong key', async () => {
    const call = [{ name: 'tellsEnv' }];
    const [prod] = await ask('node-sdk', { init: init({ ...SECRET, env: 'prod' }) }, call);
    expect(prod.value.result).toBe('prod');
    const [other] = await ask('node-sdk', { init: init({ ...SECRET, env: 'elsewhere' }) }, call);
    expect(other.error).toMatchObject({ code: 'INVALIID_ENV' });
    const [none] = await ask('node-sdk', { init: init({ ...SECRET, env: undefined }) }, call);
    expect(none.value.result).toBe('default');
    const [wrong] = await ask('node-sdk', { init: init({ accessKey: 'app.wrong' }) }, call);
    expect(wrong.error).toMatchObject({ code: 'SIGN_PARAM_INVALID' });
  }, 60_000);
});

describe('@cloudbase/js-sdk 3.7.0', () => {
  const CALLS = [
    { name: 'add', data: { x: 1, y: 2 } },
    { name: 'throws' },
    { name: 'missing' },
    { name: 'hangs' },
    { name: 'measures', data: { text: 'x'.repeat(300 * 1024) } },
    { name: 'callAdd' },
    { name: 'add', data: { x: 4, y: 5 }, style: 'callback' },
    { name: 'repeats', data: { times: 600 * 1024 } },
  ];

  test.each<[string, object]>([
    ['with an access key', { accessKey: KEY }],
    ['signed with TC3', { auth: SECRET }],
  ])(
    'by the HTTP API, its default, %s',
    async (_, credentials) => {
      const answer = await ask('js-sdk', { host: host(), init: { env: 'default', ...credentials } }, CALLS);
      expect(answer[0].value).toEqual({ result: 3, requestId: expect.stringMatching(UUID) });
      // This way resolves failures too; whoever calls looks at `code`.
      expect(answer[1].value).toMatchObject({
        code: 'FUNCTION_INVOCATION_FAILED',
        message: expect.stringMatching(/^RangeError: boom/),
      });
      expect(answer[2].value).toMatchObject({ code: 'FUNCTION_NOT_FOUND', requestId: expect.stringMatching(UUID) });
      expect(answer[3].value).toMatchObject({ code: 'FUNCTION_TIME_LIMIT_EXCEEDED' });
      expect(answer[4].value.result).toBe(300 * 1024);
      expect(answer[5].value.result).toBe(3);
      expect(answer[6].value.result).toBe(9);
      expect(answer[7].value.result).toHaveLength(600 * 1024);
    },
    60_000,
  );

  test.each<[string, object]>([
    ['/web, with an access key in the body', { accessKey: KEY }],
    ['/admin, signed with TC3', { auth: SECRET }],
  ])(
    'by %s',
    async (_, credentials) => {
      const init = { env: 'default', endPointMode: 'CLOUD_API', ...credentials };
      const answer = await ask('js-sdk', { host: host(), init }, CALLS);
      const message = ({ error }: ReportedAnswer): unknown => JSON.parse(String(error!.message));
      expect(answer[0].value).toEqual({ result: 3, requestId: expect.stringMatching(UUID) });
      expect(message(answer[1])).toMatchObject({
        code: 'OPERATION_FAIL',
        msg: expect.stringMatching(/^\[FUNCTIONS_EXECUTE_FAIL\] RangeError: boom/),
      });
      expect(message(answer[2])).toMatchObject({
        msg: '[FUNCTION_NOT_FOUND] FunctionName parameter could not be found.',
      });
      expect(message(answer[3])).toMatchObject({
        msg: '[FUNCTIONS_TIME_LIMIT_EXCEEDED] Invoking task timed out after 1 seconds',
      });
      expect(answer[4].value.result).toBe(300 * 1024);
      expect(answer[5].value.result).toBe(3);
      expect(answer[6].value.result).toBe(9);
      expect(answer[7].value.result).toHaveLength(600 * 1024);
    },
    60_000,
  );

  test.each(['GATEWAY', 'CLOUD_API'])(
    'its build for browsers, in a page, by %s',
    async (endPointMode) => {
      const settings = { origin: PAGE, host: host(), init: { env: 'default', accessKey: KEY, endPointMode } };
      const calls = [{ name: 'add', data: { x: 1, y: 2 } }, { name: 'throws' }];
      const [sum, thrown] = await ask('js-sdk-web', settings, calls);
      expect(sum.value).toMatchObject({ result: 3 });
      expect(JSON.stringify(thrown)).toContain('RangeError: boom');
    },
    60_000,
  );

  test('its build for browsers, in a page that may not call', async () => {
    const init = { env: 'default', accessKey: KEY, endPointMode: 'CLOUD_API' };
    const settings = { origin: 'http://evil.example', host: host(), init };
    const [answer] = await ask('js-sdk-web', settings, [{ name: 'add', data: { x: 1, y: 2 } }]);
    expect(answer.value?.result).toBeUndefined();
  }, 60_000);

  test('a wrong key, on each of its ways', async () => {
    const call = [{ name: 'add' }];
    const wrong = 'app.not-the-secret-at-all';
    const [http] = await ask('js-sdk', { host: host(), init: { env: 'default', accessKey: wrong } }, call);
    expect(http.value).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const init = { env: 'default', endPointMode: 'CLOUD_API', accessKey: wrong };
    const [web] = await ask('js-sdk', { host: host(), init }, call);
    expect(web.error!.message).toContain('[SIGN_PARAM_INVALID]');
  }, 60_000);

  test('an env that the key does not have', async () => {
    const init = { env: 'elsewhere', endPointMode: 'CLOUD_API', accessKey: KEY };
    const [answer] = await ask('js-sdk', { host: host(), init }, [{ name: 'add' }]);
    expect(answer.error!.message).toContain('[INVALIID_ENV]');
  }, 60_000);
});
