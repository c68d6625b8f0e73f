/** The context of a call: what a function receives beside the data. */
import type { CloudbaseContext, InvoqContext, MinappEvent } from '@invoq/contract/handler';
import type { ReceivedHead } from '../pipe/call-head';
import type { ProgramHead } from '../pipe/messages';
import {
  bare,
  defineProperty,
  getPrototypeOf,
  hasOwn,
  keys,
  max,
  now,
  startsWith,
  stringify,
  uncurried,
} from '../pipe/primordials';

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

export function invoqContext(program: ProgramHead, call: ReceivedHead, hooks: Hooks): InvoqContext {
  const context: Omit<InvoqContext, 'signal'> = {
    requestID: call.requestID,
    functionName: program.name,
    env: program.env,
    attempt: call.attempt,
    deadline: call.deadline,
    remainingMs: () => max(0, call.deadline - now()),
    progress: (value) => hooks.progress(value),
  };
  furnish(context, program, call, hooks);
  return context as InvoqContext;
}

/**
 * A plain object, as `tcb.parseContext` insists on it. The members of every context are written out once more: spread from
 * another object they cost a warm process 1.5 to 2.1 times the CPU for a short call (docs/decisions/0087).
 */
export function cloudbaseContext(program: ProgramHead, call: ReceivedHead, hooks: Hooks): CloudbaseContext {
  const context: Omit<CloudbaseContext, Lazy> = {
    requestID: call.requestID,
    functionName: program.name,
    env: program.env,
    attempt: call.attempt,
    deadline: call.deadline,
    remainingMs: () => max(0, call.deadline - now()),
    progress: (value) => hooks.progress(value),
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
  };
  furnish(context, program, call, hooks);
  defineProperty(context, 'environment', ENVIRONMENT);
  return defineProperty(context, 'environ', ENVIRON) as CloudbaseContext;
}

/** Adds what only some calls have, and what few functions ask for. */
function furnish(context: Omit<InvoqContext, 'signal'>, program: ProgramHead, call: ReceivedHead, hooks: Hooks): void {
  const traceparent = call.variable('TRACEPARENT');
  const tracestate = call.variable('TRACESTATE');
  if (traceparent !== undefined) context.traceparent = traceparent;
  if (tracestate !== undefined) context.tracestate = tracestate;
  hide(context, new Members(program, call, hooks));
  defineProperty(context, 'signal', SIGNAL);
}

export function minappEvent(program: ProgramHead, call: ReceivedHead, data: unknown, hooks: Hooks): MinappEvent {
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

function shownVariables(program: ProgramHead, call: ReceivedHead): Record<string, string> {
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

function variable(name: string, program: ProgramHead, call: ReceivedHead): string | undefined {
  return call.variable(name) ?? program.environment[name];
}

let zone: string | undefined;

function systemZone(): string {
  return (zone ??= resolvedOptions(new DateTimeFormat()).timeZone);
}

type Lazy = 'signal' | 'environment' | 'environ';

/** What the lazy members of one context are made of, and those that were made or set. */
class Members {
  declare signal?: unknown;
  declare environment?: unknown;
  declare environ?: unknown;

  constructor(
    readonly program: ProgramHead,
    readonly call: ReceivedHead,
    readonly hooks: Hooks,
  ) {}
}

const MAKE: Record<Lazy, (members: Members) => unknown> = {
  signal: ({ hooks }) => hooks.signal,
  environment: ({ program, call }) => stringify(shownVariables(program, call)),
  environ: ({ program, call }) => pairsOf(shownVariables(program, call)),
};

class Given {
  constructor(context: object) {
    return context;
  }
}

/** Puts the members of a context where nobody else can see them: in a private field of the context itself. */
class Hidden extends Given {
  readonly #members: Members;

  constructor(context: object, members: Members) {
    super(context);
    this.#members = members;
  }

  static in(value: object): Members | undefined {
    return #members in value ? value.#members : undefined;
  }
}

/** Of the context that was made last. */
let latest: Members | undefined;

function hide(context: object, members: Members): void {
  new Hidden(context, members);
  latest = members;
}

/** What is read through an object that inherits from a context is the context's. Through a proxy its field cannot be seen. */
function membersOf(reader: object): Members {
  for (let from: object | null = reader; from !== null; from = getPrototypeOf(from) as object | null) {
    const members = Hidden.in(from);
    if (members !== undefined) return members;
  }
  return latest!;
}

/**
 * To whoever reads, copies or overwrites it a member like any other; made when it is first read, as few functions do. All
 * contexts share two functions for each: V8 keeps accessors, and all that their closures hold, until its next full collection.
 */
function lazyMember(name: Lazy): PropertyDescriptor {
  function get(this: object): unknown {
    const members = membersOf(this);
    return hasOwn(members, name) ? members[name] : (members[name] = MAKE[name](members));
  }
  function set(this: object, value: unknown): void {
    membersOf(this)[name] = value;
  }
  return bare({ configurable: true, enumerable: true, get, set });
}

const SIGNAL = lazyMember('signal');
const ENVIRONMENT = lazyMember('environment');
const ENVIRON = lazyMember('environ');
