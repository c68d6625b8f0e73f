/** What the executor is handed and what it hands back: one call of one function, and how it went. */
import type { Ending } from '@invoq/contract/outcome';
import type { Stop } from './stop';

export interface Call {
  requestID: string;
  /** Counted from 1. */
  attempt: number;
  /** The caller's data as JSON text. It is passed on as it is. */
  data: string;
  /** The longest run, ms from now. Waiting for a slot and loading the code count. */
  limitMs: number;
  /** The limit that the function sees, ms: `limitMs` is what is left of it. By default `limitMs`. */
  fullLimitMs?: number;
  /** Variables of this call alone, on top of the program's own. */
  environment: Record<string, string>;
  /** Where the call came from, as the function's contract tells it. */
  origin: Origin;
  /** The code is loaded and nothing is called: does it load? */
  loadOnly?: true;
}

export interface Origin {
  eventType: string;
  ip?: string;
  userAgent?: string;
  /** The chain of CloudBase sources that led here, such as `wx_client,scf`. */
  source?: string;
  user?: Record<string, unknown>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogStream = 'stdout' | 'stderr';

export interface LogLine {
  /** ISO 8601. */
  time: string;
  level: LogLevel;
  stream: LogStream;
  /** Without its line end. */
  text: string;
}

export interface Run {
  ending: Ending;
  /** From the moment the sandbox had the call to its end, ms; 0 when it was never handed over. */
  runMs: number;
  logs: LogLine[];
  /** Whether lines were left out because of `maxLogBytes`. */
  logsCut: boolean;
  /** Resident memory of the sandbox at its highest reading, MB; where the system tells. */
  peakRssMb?: number;
  /** Whether the function was handed to a sandbox at all. */
  started: boolean;
}

export interface Watch {
  /** Cancels the call. */
  stop?: Stop;
  /** `json` is JSON text, at most 8 KiB. */
  onProgress?(json: string): void;
  onLog?(line: LogLine): void;
  /**
   * A sandbox is given the call, again when the one before had left. `isNew`: it has not served the function before.
   * `call.environment` may still be changed.
   */
  onHandOver?(isNew: boolean): void;
  /** The function has answered and is still at work; called before `run` resolves, or after. */
  onLingers?(): void;
  /** A line that came after the answer; it is not among the run's `logs`. */
  onLate?(line: LogLine): void;
  /** Nothing of the call is at work any more, and no line comes. */
  onOver?(): void;
}

/** The executor was stopped before this call had an end: it stays open, for another worker to take. */
export class ExecutorStopped extends Error {
  constructor() {
    super('The executor was stopped before the call ended.');
    this.name = 'ExecutorStopped';
  }
}

/** No sandbox could be started (no processes or no memory left on this machine). The function was not started. */
export class SandboxUnavailable extends Error {
  constructor(cause: unknown) {
    super('No sandbox could be started.', { cause });
    this.name = 'SandboxUnavailable';
  }
}
