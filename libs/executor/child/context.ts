/** What a function is told about its call, beside the data. */
import type { CloudbaseContext, InvoqContext, MinappEvent } from '@invoq/contract/handler';
import type { CallHead, ProgramHead } from '../messages';

const { stringify } = JSON;
const { now } = Date;

export interface Hooks {
  signal: AbortSignal;
  progress(value: unknown): void;
}

export function invoqContext(program: ProgramHead, call: CallHead, hooks: Hooks): InvoqContext {
  return {
    requestID: call.requestID,
    functionName: program.name,
    env: program.env,
    attempt: call.attempt,
    deadline: call.deadline,
    remainingMs: () => Math.max(0, call.deadline - now()),
    signal: hooks.signal,
    progress: hooks.progress,
  };
}

/** A plain object, as `tcb.parseContext` insists on it. */
export function cloudbaseContext(program: ProgramHead, call: CallHead, hooks: Hooks): CloudbaseContext {
  const shown = shownVariables(call);
  return {
    ...invoqContext(program, call, hooks),
    // The original waits for an empty event loop when this is true. Here the answer goes out at once in either case.
    callbackWaitsForEmptyEventLoop: true,
    memory_limit_in_mb: program.memoryMb,
    time_limit_in_ms: call.limitMs,
    request_id: call.requestID,
    environment: stringify(shown),
    environ: Object.entries(shown)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
    function_version: '$LATEST',
    function_name: program.name,
    namespace: program.env,
    tencentcloud_region: call.environment.TENCENTCLOUD_REGION ?? '',
    tencentcloud_appid: call.environment.TENCENTCLOUD_APPID ?? '',
    tencentcloud_uin: call.environment.TENCENTCLOUD_UIN ?? '',
  };
}

export function minappEvent(program: ProgramHead, call: CallHead, data: unknown, hooks: Hooks): MinappEvent {
  return {
    data,
    eventType: call.origin.eventType,
    jobId: call.requestID,
    memoryLimitInMB: program.memoryMb,
    timeLimitInMS: call.limitMs,
    miniappId: call.environment.MINAPP_ID ?? program.env,
    request: {
      meta: { ip_address: call.origin.ip ?? '', user_agent: call.origin.userAgent ?? '' },
      user: call.origin.user ?? {},
    },
    env: { id: program.env, name: program.env },
    timezone: timezone(),
    context: invoqContext(program, call, hooks),
  };
}

/** Functions log their context; what lets them call us back stays in process.env, where the SDKs look for it too. */
const NOT_SHOWN = /^(INVOQ_|TENCENTCLOUD_(SECRETID|SECRETKEY|SESSIONTOKEN)$)/;

function shownVariables(call: CallHead): Record<string, string> {
  return Object.fromEntries(Object.entries(call.environment).filter(([name]) => !NOT_SHOWN.test(name)));
}

let zone: string | undefined;

function timezone(): string {
  zone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return process.env.TZ || zone;
}
