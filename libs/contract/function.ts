/** A function: user code with a name, an env and limits. */
import type { CallbackInput } from './callback';
import type { Time } from './formats';
import type { Mode } from './invocation';
import type { Pause } from './operations/pause';
import type { Rate } from './rate';
import type { RetryInput } from './retry';

export const CONTRACTS = ['cloudbase', 'minapp'] as const;

/** How the handler is called; declared, never guessed from its arity. See `handler.ts`. */
export type Contract = (typeof CONTRACTS)[number];

/** Letters, digits, `_` and `-`, a letter first, 60 at most (CloudBase's rule, less its ban on one-letter names). */
export const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,59}$/;
/** Names of envs and queues: they become part of Redis keys, so no `:`, `{` or `}`. */
export const ENV_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/;
export const QUEUE_NAME = ENV_NAME;

export const DEFAULT_ENV = 'default';
export const DEFAULT_QUEUE = 'default';

/** Letters, digits, `_` and `-`, 60 at most. */
export const TRIGGER_NAME = /^[A-Za-z0-9_-]{1,60}$/;
/** By whose clock timer triggers run: UTC+8, as in the original. */
export const TRIGGER_TIMEZONE = 'Asia/Shanghai';

/** A timer of the function's own: it becomes a schedule. */
export interface TimerTrigger {
  name: string;
  /** Seven fields in the original: second, minute, hour, day of month, month, day of week, year. */
  cron: string;
}

/**
 * Whose data are kept for as long as their record, to be read and replayed: of calls that ended otherwise than `succeeded`, of
 * all, or of none.
 */
export const KEEP_DATA = ['failed', 'all', 'none'] as const;
export type KeepData = (typeof KEEP_DATA)[number];

/** Priorities are 0 (the least, and the default) to this. */
export const MAX_PRIORITY = 9;

/** What workers publish of a function: all that the API needs to plan a call. */
export interface FunctionSpec {
  name: string;
  env: string;
  contract: Contract;
  queue: string;
  /** Of its calls, when they do not say one: 0 to 9. Absent: 0. */
  priority?: number;
  /** So many of its calls may run at a time, on all workers together; absent: as many as there are slots. */
  concurrency?: number;
  /** How often it may be called, by all callers together; absent: the default of the API. */
  rate?: Rate;
  /** The longest run, ms. Also the default of a call. */
  timeoutMs: Timeouts;
  /** Memory of its process, MB. */
  memoryMb: number;
  /** Of async calls, unless a call asks for something else. Missing: nothing is retried. */
  retry?: RetryInput;
  /** Who is notified of the end of calls that set no callback. */
  callback?: CallbackInput;
  /** How long what has ended is kept; missing: as the platform has it. */
  retention?: RetentionInput;
  /** Whose data stay readable for as long as the record; missing: those of calls that failed. */
  keepData?: KeepData;
  /** Timers that call it. */
  triggers?: TimerTrigger[];
  /** Envs beside its own in which it may call functions. */
  envs?: string[];
  /** `path.export`: the entry file in its folder, and what is called of it. */
  handler?: string;
  /** Why it cannot run as its files are now. It is still listed, so that its callers get the reason. */
  loadProblem?: LoadProblem;
}

/** Why a function does not load. */
export interface LoadProblem {
  /** The file at fault, as its worker sees it. */
  file: string;
  /** From 1, where it is known. */
  line?: number;
  /** One line. */
  reason: string;
}

/** What the registry keeps of a function. */
export interface Published {
  spec: FunctionSpec;
  /** The worker that wrote it. */
  source: string;
  /** When it was written, ms since the epoch, by the worker's clock; nothing is decided by it. */
  at: number;
  /** Since when no living worker has served it, ms since the epoch, by Redis' clock. Absent: one does. */
  unservedSince?: number;
}

/** A function as callers see it. */
export type KnownFunction = FunctionSpec & Pick<Published, 'unservedSince'> & { paused?: Pause };

/** ms. */
export type Timeouts = Record<Mode, number>;

/** As the API lists it. */
export type ListedFunction = Omit<KnownFunction, 'unservedSince'> & {
  /** Since then no living worker serves it. */
  unservedSince?: Time;
};

export interface ListedFunctions {
  functions: ListedFunction[];
}

export interface Forgotten {
  forgotten: boolean;
}

/** How long what has ended is kept, ms. */
export interface Retention {
  /** Records of sync calls. */
  syncMs: number;
  /** Records of async calls. */
  asyncMs: number;
  /** Async calls that failed for good, in the list of dead letters and with their records; 0: there is no such list. */
  deadMs: number;
}

/** As a function asks for it; what is missing is as the platform has it. */
export type RetentionInput = Partial<Retention>;

/** Both ends included, ms. */
export const RETENTION_LIMITS = {
  syncMs: { min: 1_000, max: 365 * 86_400_000 },
  asyncMs: { min: 1_000, max: 365 * 86_400_000 },
  deadMs: { min: 0, max: 365 * 86_400_000 },
} as const satisfies Record<keyof Retention, { min: number; max: number }>;

/** A function as a worker runs it: the spec, and where one version of its code is. */
export interface Program extends FunctionSpec {
  /** Changes whenever the code or its settings change; a sandbox serves one version in its life. */
  version: string;
  /** Absolute path of the entry file as the user wrote it. */
  file: string;
  /** `cjs`: required; `esm`: imported; `compiled`: CommonJS text in `code`, run under the name `file`. */
  format: 'cjs' | 'esm' | 'compiled';
  code?: string;
  /** Environment variables of the function, from `functions.json`. */
  environment: Record<string, string>;
}
