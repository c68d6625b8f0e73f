/**
 * The variables of a function and of its calls: what it needs to call others through the API. By `INVOQ_*` for whoever knows us, and
 * by the names that the CloudBase SDKs read, so that `require('wx-server-sdk')` reaches us without a change to the code.
 */
import { isIPv6 } from 'node:net';
import { parseInvocationToken } from '@invoq/contract/invocation-token';
import { type TraceContext, traceOfText } from '@invoq/host/tracing/trace-context';

/** Of a function, as long as it is served. */
export interface ProgramSetting {
  env: string;
  /** What the function's own settings say; never overruled. */
  own: Readonly<Record<string, string>>;
  apiUrl: string;
}

export interface CallSetting {
  claim: { requestID: string; trace: string };
  /** Of this attempt. */
  token: string;
  origin: { ip?: string; source?: string; user?: Readonly<Record<string, unknown>> };
  /** As in `ProgramSetting`. */
  own: Readonly<Record<string, string>>;
}

/** Any value will do, but without one the SDKs complain on stderr at each call. */
const REGION = 'invoq';
const CREDENTIALS = ['TENCENTCLOUD_SECRETID', 'TENCENTCLOUD_SECRETKEY', 'TENCENTCLOUD_SESSIONTOKEN'];

const CONTEXT_KEYS = 'TCB_ENV,TCB_SOURCE,TCB_SOURCE_IP';

/** What is the same for all calls of a function, its own variables among it: a sandbox receives it once. */
export function programEnvironment({ env, own, apiUrl }: ProgramSetting): Record<string, string> {
  return {
    // Without it the SDKs look for a machine of Tencent's before each call, and keep sockets open after it.
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: REGION,
    SCF_NAMESPACE: env,
    TCB_ENV: env,
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: `${apiUrl.replace(/(?<!\/)\/+$/, '')}/admin` }),
    TCB_CONTEXT_KEYS: CONTEXT_KEYS,
    ...own,
    INVOQ_URL: apiUrl,
  };
}

/** What is of one call alone. */
export function callEnvironment({ claim, token, origin, own }: CallSetting): Record<string, string> {
  const { requestID, trace } = claim;
  const variables: Record<string, string> = {};
  const give = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '' && !Object.hasOwn(own, name)) variables[name] = value;
  };
  // Credentials belong together: a function that has its own for Tencent's cloud gets none of ours.
  if (!CREDENTIALS.some((name) => Object.hasOwn(own, name))) {
    // They sign with the key; the token beside it is what says who calls. See docs/decisions/0005.
    give('TENCENTCLOUD_SECRETID', requestID);
    give('TENCENTCLOUD_SECRETKEY', parseInvocationToken(token)?.secret);
    give('TENCENTCLOUD_SESSIONTOKEN', token);
  }
  const { ip, source, user = {} } = origin;
  give('TCB_SOURCE', source);
  const ofUser = Object.entries(user).filter(([name, value]) => name.startsWith('WX_') && typeof value === 'string');
  for (const [name, value] of ofUser) give(name, value as string);
  const address = ip === undefined ? [] : [isIPv6(ip) ? 'WX_CLIENTIPV6' : 'WX_CLIENTIP'];
  give('WX_CONTEXT_KEYS', [...ofUser.map(([name]) => name), ...address].join(','));
  give('TCB_SOURCE_IP', ip);
  if (address.length > 0) give(address[0], ip);
  variables.INVOQ_TOKEN = token;
  variables.INVOQ_REQUEST_ID = requestID;
  const parent = traceOfText(trace);
  if (parent !== undefined) giveTrace(variables, parent);
  return variables;
}

/** What the calls of the function belong to, by the names that programs hand it to each other. */
export function giveTrace(variables: Record<string, string>, { traceparent, tracestate }: TraceContext): void {
  variables.TRACEPARENT = traceparent;
  if (tracestate !== undefined) variables.TRACESTATE = tracestate;
}
