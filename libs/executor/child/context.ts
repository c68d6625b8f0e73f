/** The context of a call: what a function receives beside the data. */
import type { CloudbaseContext, InvoqContext, MinappEvent } from '@invoq/contract/handler';
import type { CallHead, ProgramHead } from '../pipe/messages';
import { assign, defineProperty, hasOwn, keys, max, now, startsWith, stringify, uncurried } from '../pipe/primordials';

const { DateTimeFormat } = Intl;
const resolvedOptions: (format: Intl.DateTimeFormat) => Intl.ResolvedDateTimeFormatOptions = uncurried(
  DateTimeFormat.prototype.resolvedOptions,
);

/** What the context reaches for when the function asks for it. */
export interface Hooks {
  readonly signal: AbortSignal;
  /** The zone that TZ names, if it is set. */
  readonly timezone: string | undefined;
  /** Of the `cloudbase` contract, once it is made. */
  context?: CloudbaseContext;
  /** Whether the handler answers with a promise. */
  isAsync?: boolean;
  progress(value: unknown): void;
}

export function invoqContext(program: ProgramHead, call: CallHead, hooks: Hooks): InvoqContext {
  const context: Omit<InvoqContext, 'signal'> = {
    requestID: call.requestID,
    functionName: program.name,
    env: program.env,
    attempt: call.attempt,
    deadline: call.deadline,
    remainingMs: () => max(0, call.deadline - now()),
    progress: (value) => hooks.progress(value),
  };
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = call.environment;
  if (traceparent !== undefined) context.traceparent = traceparent;
  if (tracestate !== undefined) context.tracestate = tracestate;
  return lazily(context, 'signal', () => hooks.signal);
}

/** A plain object, as `tcb.parseContext` insists on it. */
export function cloudbaseContext(program: ProgramHead, call: CallHead, hooks: Hooks): CloudbaseContext {
  const context = assign(invoqContext(program, call, hooks), {
    // The answer goes out at once in either case. What is still at work then goes on, unless the function sets it to false.
    callbackWaitsForEmptyEventLoop: true,
    memory_limit_in_mb: program.memoryMb,
    time_limit_in_ms: call.limitMs,
    request_id: call.requestID,
    function_version: '$LATEST',
    function_name: program.name,
    namespace: program.env,
    tencentcloud_region: variable('TENCENTCLOUD_REGION', program, call) ?? '',
    tencentcloud_appid: variable('TENCENTCLOUD_APPID', program, call) ?? '',
    tencentcloud_uin: variable('TENCENTCLOUD_UIN', program, call) ?? '',
  });
  const withText = lazily(context, 'environment', () => stringify(shownVariables(program, call)));
  return lazily(withText, 'environ', () => pairsOf(shownVariables(program, call)));
}

export function minappEvent(program: ProgramHead, call: CallHead, data: unknown, hooks: Hooks): MinappEvent {
  return {
    data,
    eventType: call.origin.eventType,
    jobId: call.requestID,
    memoryLimitInMB: program.memoryMb,
    timeLimitInMS: call.limitMs,
    miniappId: variable('MINAPP_ID', program, call) ?? program.env,
    request: {
      meta: { ip_address: call.origin.ip ?? '', user_agent: call.origin.userAgent ?? '' },
      user: call.origin.user ?? {},
    },
    env: { id: program.env, name: program.env },
    timezone: hooks.timezone || systemZone(),
    context: invoqContext(program, call, hooks),
  };
}

/** Functions log their context; what lets them call us back stays in process.env, where the SDKs look for it too. */
const NOT_SHOWN = { TENCENTCLOUD_SECRETID: 1, TENCENTCLOUD_SECRETKEY: 1, TENCENTCLOUD_SESSIONTOKEN: 1 };

function shownVariables(program: ProgramHead, call: CallHead): Record<string, string> {
  const shown = { ...program.environment, ...call.environment };
  const names = keys(shown);
  for (let i = 0; i < names.length; i++) {
    if (startsWith(names[i], 'INVOQ_') || hasOwn(NOT_SHOWN, names[i])) delete shown[names[i]];
  }
  return shown;
}

function pairsOf(variables: Record<string, string>): string {
  const names = keys(variables);
  let text = '';
  for (let i = 0; i < names.length; i++) text += `${i === 0 ? '' : ';'}${names[i]}=${variables[names[i]]}`;
  return text;
}

function variable(name: string, program: ProgramHead, call: CallHead): string | undefined {
  return call.environment[name] ?? program.environment[name];
}

let zone: string | undefined;

function systemZone(): string {
  return (zone ??= resolvedOptions(new DateTimeFormat()).timeZone);
}

/** To whoever reads, copies or overwrites it a member like any other; made when it is first read, as few functions do. */
function lazily<T extends object, N extends string, V>(target: T, name: N, make: () => V): T & Record<N, V> {
  let value: V | undefined;
  let isMade = false;
  const set = (given: V): V => {
    isMade = true;
    return (value = given);
  };
  const get = (): V => (isMade ? value! : set(make()));
  const descriptor = { __proto__: null, configurable: true, enumerable: true, get, set };
  return defineProperty(target, name, descriptor) as T & Record<N, V>;
}
