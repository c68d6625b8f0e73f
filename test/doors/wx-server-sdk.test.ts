/** wx-server-sdk, in the three lines that are in use, unmodified: what its users see. */
import type { Stack } from '../harness/stack';
import { APP, ask, startVendorStack, type ReportedAnswer } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack();
}, 60_000);

const UUID = /^[0-9a-f-]{36}$/;

describe.each([
  ['4.0.2', 'wx-server-sdk'],
  ['3.0.4', 'wx-server-sdk-3'],
  ['2.6.3', 'wx-server-sdk-2'],
])('wx-server-sdk %s', (version, name) => {
  const is4 = version.startsWith('4');
  const init = (more: object = {}): object => ({
    package: name,
    init: { env: 'default', serviceUrl: `${stack.url}/admin`, secretId: APP.id, secretKey: APP.secret, ...more },
  });
  let answer: ReportedAnswer[];
  beforeAll(async () => {
    answer = await ask('wx-server-sdk', init(), [
      { name: 'add', data: { x: 1, y: 2 } },
      { name: 'echoes' },
      { name: 'echoes', data: { text: '你好 & = %', buf: { type: 'Buffer', data: [17, 37, 255] } } },
      { name: 'tellsText' },
      { name: 'throws' },
      { name: 'missing' },
      { name: 'hangs' },
      { name: 'tellsEnv', config: { env: 'prod' } },
      { name: 'tellsEnv', config: { env: 'elsewhere' } },
      { name: 'measures', data: { text: 'x'.repeat(300 * 1024) } },
      { name: 'callAdd' },
      { name: 'repeats', data: { times: 600 * 1024 } },
    ]);
  }, 60_000);

  test('a result, with the id of its invocation', () => {
    expect(answer[0].value).toEqual({ result: 3, errMsg: 'callFunction:ok', requestID: expect.stringMatching(UUID) });
  });

  test('data arrives as JSON has it, and is {} when there is none', () => {
    expect(answer[1].value.result).toEqual({});
    expect(answer[2].value.result).toEqual({ text: '你好 & = %', buf: { type: 'Buffer', data: [17, 37, 255] } });
  });

  test('a text that is JSON is parsed once more, as this SDK does', () => {
    expect(answer[3].value.result).toEqual({ k: 1 });
  });

  test('a function that throws', () => {
    const { error } = answer[4];
    expect(error).toMatchObject(is4 ? { errCode: -1, code: 'FUNCTIONS_EXECUTE_FAIL' } : { errCode: -504002 });
    expect(error!.errMsg).toMatch(/^callFunction:fail .*RangeError: boom\n {4}at exports.main \(/s);
    expect(error!.errMsg).not.toContain('libs/executor');
  });

  test('a function that does not exist', () => {
    const { error } = answer[5];
    expect(error).toMatchObject(is4 ? { errCode: -1, code: 'FUNCTION_NOT_FOUND' } : { errCode: -501001 });
    expect(error!.errMsg).toContain('FunctionName parameter could not be found.');
  });

  test('a function past its limit', () => {
    const { error, ms } = answer[6];
    expect(error).toMatchObject(is4 ? { errCode: -1, code: 'FUNCTIONS_TIME_LIMIT_EXCEEDED' } : { errCode: -501001 });
    expect(error!.errMsg).toContain('Invoking task timed out after 1 seconds');
    expect(ms).toBeLessThan(3_000);
  });

  test('config.env: an env of the key, and one that is not', () => {
    expect(answer[7].value.result).toBe('prod');
    expect(answer[8].error).toMatchObject(is4 ? { errCode: -1, code: 'INVALIID_ENV' } : { errCode: -501005 });
  });

  test('600 KB of result', () => {
    expect(answer[11].value.result).toHaveLength(600 * 1024);
  });

  test('300 KB of data', () => {
    expect(answer[9].value.result).toBe(300 * 1024);
  });

  test('a function that calls another one with its own wx-server-sdk', () => {
    expect(answer[10].value.result).toBe(3);
  });

  test('by the environment alone, with the code as it was', async () => {
    const env = {
      TENCENTCLOUD_RUNENV: 'SCF',
      TENCENTCLOUD_REGION: 'any',
      SCF_NAMESPACE: 'prod',
      TCB_CONTEXT_CNFG: JSON.stringify({ URL: `${stack.url}/admin` }),
      TENCENTCLOUD_SECRETID: APP.id,
      TENCENTCLOUD_SECRETKEY: APP.secret,
    };
    const settings = { package: name, init: { env: 'DYNAMIC_CURRENT_ENV' }, env };
    const answer = await ask('wx-server-sdk', settings, [{ name: 'tellsEnv' }, { name: 'missing' }]);
    expect(answer[0].value.result).toBe('prod');
    expect(answer[1].error!.errMsg).toContain('FunctionName parameter could not be found.');
  }, 60_000);

  test('a wrong secret, an unknown key, and a key that may not call', async () => {
    const code = (result: ReportedAnswer[]): unknown => result[0].error?.[is4 ? 'code' : 'errCode'];
    const call = [{ name: 'add' }];
    expect(code(await ask('wx-server-sdk', init({ secretKey: 'wrong' }), call))).toBe(
      is4 ? 'SIGN_PARAM_INVALID' : -501001,
    );
    expect(code(await ask('wx-server-sdk', init({ secretId: 'nobody' }), call))).toBe(
      is4 ? 'SIGN_PARAM_INVALID' : -501001,
    );
    const reader = { secretId: 'reader', secretKey: 'another-secret-that-is-long' };
    expect(code(await ask('wx-server-sdk', init(reader), call))).toBe(is4 ? 'EXCEED_AUTHORITY' : -501001);
  }, 60_000);
});
