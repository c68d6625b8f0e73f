/** How an executor is set up, and what stands when nothing is said. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Program } from '@invoq/contract/function';
import type { UserRange } from './users/user-range';

/** The part of pino that is used here. */
export interface ExecutorLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ExecutorOptions {
  /** How many calls may run at the same time; more wait their turn. */
  slots: number;
  /** Generic spares kept for each memory class. */
  spares?: number;
  /** A sandbox is closed after so many calls. */
  maxCallsPerSandbox?: number;
  /** Sandboxes that may be at work after their answer, beside those in `slots`; as many as there are slots by default. */
  maxLingering?: number;
  /** Processes that a function may have running besides its own; beyond, its call ends. */
  maxProcesses?: number;
  /** Log kept of one call, bytes. A line costs its text and 24 bytes for its time. */
  maxLogBytes?: number;
  /** Largest result, bytes of JSON text. */
  maxResultBytes?: number;
  /** Between `signal` aborting in the function and the kill, ms. */
  cancelGraceMs?: number;
  /** Processes that may be starting at the same time. */
  maxStarting?: number;
  /** Each sandbox runs as a user of its own out of these. Without it all run as the user of this process. */
  users?: UserRange;
  /** The variables of this process. Only neutral ones are taken over: PATH, HOME, LANG, TZ, TMPDIR and the CA files. */
  inheritedEnv?: Record<string, string | undefined>;
  /** Asked before a sandbox loads a program: what to load instead of files that have changed since, if any have. */
  keptOf?(program: Program): { file: string; texts: Readonly<Record<string, string>> } | undefined;
  /** The compiled `child/main`. */
  childEntry?: string;
  log?: ExecutorLog;
}

export type Settings = Required<Omit<ExecutorOptions, 'users'>> & Pick<ExecutorOptions, 'users'>;

const SILENT: ExecutorLog = { debug: () => undefined, warn: () => undefined, error: () => undefined };

export function settingsOf(options: ExecutorOptions): Settings {
  return {
    spares: 2,
    maxCallsPerSandbox: 100_000,
    maxLingering: options.slots,
    maxProcesses: 64,
    maxLogBytes: 256 * 1024,
    maxResultBytes: 1024 * 1024,
    cancelGraceMs: 1_000,
    maxStarting: Math.max(2, availableParallelism()),
    inheritedEnv: {},
    keptOf: () => undefined,
    childEntry: join(__dirname, 'child', 'main.js'),
    log: SILENT,
    ...withoutUndefined(options),
    slots: options.slots,
  };
}

function withoutUndefined(options: ExecutorOptions): Partial<ExecutorOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
