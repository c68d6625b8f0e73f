/** The end of a process: asked for by a signal or forced by a fault, in steps that each have an end. */
import type { EventEmitter } from 'node:events';

export interface ShutdownStep {
  name: string;
  /** The longest this step may take, ms; then the next one goes ahead without it. */
  limitMs: number;
  run(): Promise<void> | void;
}

/** What is needed of `process`. */
export interface ProcessLike extends Pick<EventEmitter, 'on' | 'off'> {
  exit(code: number): void;
  /** False: it was started with a channel to its launcher, which is closed. */
  connected?: boolean;
}

export interface ShutdownLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

export interface ShutdownOptions {
  log: ShutdownLog;
  /** Time for all steps together, ms. The process is gone `graceMs` + 1.5 s after the first signal at the latest. */
  graceMs: number;
  /** Taken in order. */
  steps: ShutdownStep[];
  process?: ProcessLike;
}

export interface Shutdown {
  readonly draining: boolean;
  /** Starts the shutdown, as a signal would. Later calls change nothing. */
  start(reason: string, exitCode?: number): void;
  /** Takes the listeners away again. */
  dispose(): void;
}

const LAST_RESORT_MS = 1_500;
/**
 * One wish to stop may arrive several times: from a terminal, from a parent process that hands it on, from a service manager
 * that signals every process. What comes so soon after the first signal belongs to it.
 */
const ONE_WISH_MS = 1_000;
/** Errors that are logged during one shutdown: a fault in the log itself must not go round for ever. */
const MAX_FAULTS = 20;

/**
 * SIGTERM and SIGINT run the steps once and exit: with 0, or with 1 when a step failed or overran. A signal that comes more
 * than a second after the first exits at once with 1. An uncaught exception or unhandled rejection is logged and starts the
 * same shutdown, to exit with 1. So does a launcher that is gone, to exit with 0: it is known by the channel to it (`ipc`).
 */
export function onShutdown(options: ShutdownOptions): Shutdown {
  return new Steps(options);
}

class Steps implements Shutdown {
  private readonly process: ProcessLike;
  private readonly listeners: [string, (value: unknown) => void][];
  private lastResort?: NodeJS.Timeout;
  private firstAt?: number;
  private exitCode = 0;
  private faults = 0;
  draining = false;

  constructor(private readonly options: ShutdownOptions) {
    this.process = options.process ?? process;
    this.listeners = [
      ['SIGTERM', () => this.onSignal('SIGTERM')],
      ['SIGINT', () => this.onSignal('SIGINT')],
      ['disconnect', () => this.start('the launcher is gone')],
      ['uncaughtException', (error: unknown) => this.onError(error, 'uncaught exception')],
      ['unhandledRejection', (error: unknown) => this.onError(error, 'unhandled rejection')],
    ];
    for (const [event, listener] of this.listeners) this.process.on(event, listener);
    if (this.process.connected === false) this.start('the launcher is gone');
  }

  start(reason: string, exitCode = 0): void {
    this.exitCode = Math.max(this.exitCode, exitCode);
    if (this.draining) return;
    this.draining = true;
    const { graceMs } = this.options;
    this.lastResort = setTimeout(() => this.exit(1), graceMs + LAST_RESORT_MS);
    this.log('info', { reason, graceMs }, 'shutting down');
    void this.takeSteps(performance.now() + graceMs);
  }

  dispose(): void {
    for (const [event, listener] of this.listeners) this.process.off(event, listener);
  }

  private onSignal(signal: string): void {
    const now = performance.now();
    if (this.firstAt === undefined) {
      this.firstAt = now;
      this.start(signal);
    } else if (now - this.firstAt > ONE_WISH_MS) {
      this.log('warn', { signal }, 'second signal: exiting at once');
      this.exit(1);
    }
  }

  private onError(error: unknown, what: string): void {
    if (++this.faults > MAX_FAULTS) return this.exit(1);
    this.log('fatal', { err: error instanceof Error ? error : new Error(String(error)) }, what);
    this.start(what, 1);
  }

  private async takeSteps(endAt: number): Promise<void> {
    for (const step of this.options.steps) {
      const startedAt = performance.now();
      const ending = await within(step, Math.max(Math.min(step.limitMs, endAt - startedAt), 0));
      const ms = Math.round(performance.now() - startedAt);
      if (ending === 'done') continue;
      this.exitCode = 1;
      const fields = ending === 'late' ? { step: step.name, ms } : { step: step.name, ms, err: ending.error };
      this.log('warn', fields, ending === 'late' ? 'shutdown step took too long' : 'shutdown step failed');
    }
    this.log('info', { exitCode: this.exitCode }, 'shut down');
    this.exit(this.exitCode);
  }

  private exit(code: number): void {
    clearTimeout(this.lastResort);
    this.process.exit(code);
  }

  /** A log that fails must not stop the end. */
  private log(level: keyof ShutdownLog, fields: object, message: string): void {
    try {
      this.options.log[level](fields, message);
    } catch {
      this.exitCode = 1;
    }
  }
}

/** Runs a step for `ms` at most; a step whose time is up before it starts is still begun. */
async function within(step: ShutdownStep, ms: number): Promise<'done' | 'late' | { error: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  const done = (async () => step.run())().then(
    () => 'done' as const,
    (error: unknown) => ({ error }),
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
