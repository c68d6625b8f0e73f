/**
 * The variables of one call: what a function needs to call others through the API. By `INVOQ_*` for whoever knows us, and
 * by the names that the CloudBase SDKs read, so that `require('wx-server-sdk')` reaches us without a change to the code.
 */
import { isIPv6 } from 'node:net';
import { parseInvocationToken } from '@invoq/contract/invocation-token';

export interface CallSetting {
  claim: { requestID: string; env: string; traceparent: string };
  /** Of this attempt. */
  token: string;
  origin: { ip?: string; source?: string };
  /** What the function's own settings say; never overruled. */
  own: Readonly<Record<string, string>>;
  apiUrl: string;
}

/** Any value will do, but without one the SDKs complain on stderr at each call. */
const REGION = 'invoq';
const CREDENTIALS = ['TENCENTCLOUD_SECRETID', 'TENCENTCLOUD_SECRETKEY', 'TENCENTCLOUD_SESSIONTOKEN'];

const CONTEXT_KEYS = 'TCB_ENV,TCB_SOURCE,TCB_SOURCE_IP';

export function callEnvironment({ claim, token, origin, own, apiUrl }: CallSetting): Record<string, string> {
  const variables = cloudbaseVariables(claim, token, origin, own, apiUrl);
  variables.INVOQ_URL = apiUrl;
  variables.INVOQ_TOKEN = token;
  variables.INVOQ_REQUEST_ID = claim.requestID;
  if (claim.traceparent !== '') variables.TRACEPARENT = claim.traceparent;
  return variables;
}

function cloudbaseVariables(
  { requestID, env }: CallSetting['claim'],
  token: string,
  { ip, source }: CallSetting['origin'],
  own: CallSetting['own'],
  apiUrl: string,
): Record<string, string> {
  const variables: Record<string, string> = {};
  const give = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '' && !(name in own)) variables[name] = value;
  };
  // Without it the SDKs look for a machine of Tencent's before each call, and keep sockets open after it.
  give('TENCENTCLOUD_RUNENV', 'SCF');
  give('TENCENTCLOUD_REGION', REGION);
  // Credentials belong together: a function that has its own for Tencent's cloud gets none of ours.
  if (!CREDENTIALS.some((name) => name in own)) {
    // They sign with the key; the token beside it is what says who calls. See docs/decisions/0005.
    give('TENCENTCLOUD_SECRETID', requestID);
    give('TENCENTCLOUD_SECRETKEY', parseInvocationToken(token)?.secret);
    give('TENCENTCLOUD_SESSIONTOKEN', token);
  }
  give('SCF_NAMESPACE', env);
  give('TCB_ENV', env);
  give('TCB_CONTEXT_CNFG', JSON.stringify({ URL: `${apiUrl.replace(/\/+$/, '')}/admin` }));
  give('TCB_CONTEXT_KEYS', CONTEXT_KEYS);
  give('TCB_SOURCE', source);
  if (ip !== undefined) {
    const address = isIPv6(ip) ? 'WX_CLIENTIPV6' : 'WX_CLIENTIP';
    give('WX_CONTEXT_KEYS', address);
    give('TCB_SOURCE_IP', ip);
    give(address, ip);
  }
  return variables;
}
