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

export function callEnvironment({ claim, token, origin, own, apiUrl }: CallSetting): Record<string, string> {
  const ours: Record<string, string> = {
    INVOQ_URL: apiUrl,
    INVOQ_TOKEN: token,
    INVOQ_REQUEST_ID: claim.requestID,
    ...(claim.traceparent === '' ? {} : { TRACEPARENT: claim.traceparent }),
  };
  return { ...cloudbaseVariables(claim, token, origin, own, apiUrl), ...ours };
}

function cloudbaseVariables(
  { requestID, env }: CallSetting['claim'],
  token: string,
  { ip, source }: CallSetting['origin'],
  own: CallSetting['own'],
  apiUrl: string,
): Record<string, string> {
  const address: Record<string, string> =
    ip === undefined ? {} : { TCB_SOURCE_IP: ip, [isIPv6(ip) ? 'WX_CLIENTIPV6' : 'WX_CLIENTIP']: ip };
  const variables: Record<string, string> = {
    // Without it the SDKs look for a machine of Tencent's before each call, and keep sockets open after it.
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: REGION,
    // They sign with the key; the token beside it is what says who calls. See docs/decisions/0005.
    TENCENTCLOUD_SECRETID: requestID,
    TENCENTCLOUD_SECRETKEY: parseInvocationToken(token)?.secret ?? '',
    TENCENTCLOUD_SESSIONTOKEN: token,
    SCF_NAMESPACE: env,
    TCB_ENV: env,
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: `${apiUrl.replace(/\/+$/, '')}/admin` }),
    TCB_CONTEXT_KEYS: ['TCB_ENV', 'TCB_SOURCE', 'TCB_SOURCE_IP'].join(','),
    WX_CONTEXT_KEYS: Object.keys(address)
      .filter((name) => name.startsWith('WX_'))
      .join(','),
    ...(source === undefined ? {} : { TCB_SOURCE: source }),
    ...address,
  };
  // Credentials belong together: a function that has its own for Tencent's cloud gets none of ours.
  if (CREDENTIALS.some((name) => name in own)) for (const name of CREDENTIALS) delete variables[name];
  return Object.fromEntries(Object.entries(variables).filter(([name, value]) => value !== '' && !(name in own)));
}
