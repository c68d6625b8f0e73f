/** What a function finds in its environment to call others by. */
import { invocationToken } from '@invoq/contract/invocation-token';
import { callEnvironment, type CallSetting, programEnvironment } from './call-environment';

const requestID = '11111111-1111-4111-8111-111111111111';
const token = invocationToken(requestID, 'the-random-part');

const environment = ({ own = {}, ...more }: Partial<CallSetting> = {}): Record<string, string> => ({
  ...programEnvironment({ env: 'prod', own, apiUrl: 'http://api:3000/' }),
  ...callEnvironment({ claim: { requestID, trace: '' }, token, origin: {}, own, ...more }),
});

test('by our names, and by those of the CloudBase SDKs', () => {
  expect(environment()).toEqual({
    INVOQ_URL: 'http://api:3000/',
    INVOQ_TOKEN: token,
    INVOQ_REQUEST_ID: requestID,
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'invoq',
    TENCENTCLOUD_SECRETID: requestID,
    TENCENTCLOUD_SECRETKEY: 'the-random-part',
    TENCENTCLOUD_SESSIONTOKEN: token,
    SCF_NAMESPACE: 'prod',
    TCB_ENV: 'prod',
    TCB_CONTEXT_CNFG: '{"URL":"http://api:3000/admin"}',
    TCB_CONTEXT_KEYS: 'TCB_ENV,TCB_SOURCE,TCB_SOURCE_IP',
  });
});

test('where the call came from', () => {
  expect(environment({ origin: { ip: '10.0.0.1', source: 'wx_client' } })).toMatchObject({
    TCB_SOURCE: 'wx_client',
    TCB_SOURCE_IP: '10.0.0.1',
    WX_CLIENTIP: '10.0.0.1',
    WX_CONTEXT_KEYS: 'WX_CLIENTIP',
  });
  expect(environment({ origin: { ip: '::1' } })).toMatchObject({
    WX_CLIENTIPV6: '::1',
    WX_CONTEXT_KEYS: 'WX_CLIENTIPV6',
  });
});

test("a function's own settings stand, and its own credentials are not mixed with ours", () => {
  const own = { TENCENTCLOUD_REGION: 'ap-shanghai', TENCENTCLOUD_SECRETID: 'AKID' };
  const all = environment({ own });
  expect(all).toMatchObject(own);
  for (const name of ['TENCENTCLOUD_SECRETKEY', 'TENCENTCLOUD_SESSIONTOKEN']) expect(all).not.toHaveProperty(name);
  expect(all.INVOQ_TOKEN).toBe(token);
});
