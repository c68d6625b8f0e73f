/**
 * Runs one call of one function in an isolated process. Four endings race here: it answers, it dies, its time is up, it is
 * cancelled; the first one counts. (Outgrowing its memory is a way to die.)
 */
import type { Program } from '@invoq/contract/function';
import type { Ending } from '@invoq/contract/outcome';
import { ExecutorStopped, type Call, type Run, type Watch } from './call';
import { CallClock } from './call-clock';
import { crashed, crowded, outgrown } from './death';
import { Family } from './family';
import { Launcher } from './launch';
import { LogCapture } from './log-capture';
import { MemoryWatch, type Watched } from './memory-watch';
import type { AnswerHead, CallHead } from './messages';
import { settingsOf, type ExecutorOptions, type Settings } from './options';
import { Pool, type PoolStats } from './pool';
import { endOrphans } from './process-group';
import type { Sandbox } from './sandbox';

const MB = 1024 * 1024;
/** For loading the code of a newer version before it is served, ms. */
const LOAD_LIMIT_MS = 30_000;
/** So many sandboxes that leave may be met by one call; each of them has a served call behind it. */
const MAX_DECLINED = 3;

export class Executor {
  private readonly settings: Settings;
  private readonly launcher: Launcher;
  private readonly pool: Pool;
  private readonly memory = new MemoryWatch();
  private readonly running = new Set<Promise<unknown>>();
  private preparing: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private ready = false;
  private killed = false;
  private hurry: (() => void) | undefined;

  constructor(options: ExecutorOptions) {
    this.settings = settingsOf(options);
    this.launcher = new Launcher(this.settings);
    this.pool = new Pool(this.launcher, this.settings, this.memory);
  }

  /** Ends what a killed worker left on this machine. Rejects with `SandboxUsersFault`. Comes by itself before the first call. */
  prepare(): Promise<void> {
    this.preparing ??= (async () => {
      await this.launcher.prepare();
      const ended = await endOrphans();
      if (ended > 0) this.settings.log.warn({ ended }, 'ended processes that a killed worker had left');
      this.ready = true;
    })();
    return this.preparing;
  }

  /** Brings up spares for these memory classes (MB). */
  async start(memoryClasses: number[]): Promise<void> {
    await this.prepare();
    await this.pool.stock([...new Set(memoryClasses)]);
  }

  /**
   * Answers with the run, whatever user code does. Rejects only for what is ours: `ExecutorStopped` (the call has no end
   * yet, another worker may take it) and `SandboxUnavailable` (it was not started).
   */
  async run(program: Program, call: Call, watch: Watch = {}): Promise<Run> {
    const run = this.attempt(program, call, watch);
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  /** Loads the code in a sandbox and calls nothing. Resolves with why it does not load, or with nothing. */
  async tryLoad(program: Program): Promise<string | undefined> {
    const call: Call = {
      requestID: '', attempt: 0, mode: 'sync', data: 'null', limitMs: LOAD_LIMIT_MS, environment: {}, loadOnly: true,
      origin: { eventType: '' },
    }; // prettier-ignore
    const { ending, started } = await this.run(program, call);
    // No sandbox was free for so long: its first call finds out.
    if (!started || ending.outcome === 'succeeded') return undefined;
    return `it does not load: ${reasonOf(ending)}`;
  }

  /** Which of these files sandboxes cannot read, where they run as users of their own. */
  unreadable(files: string[]): Promise<string[]> {
    return this.launcher.unreadable(files);
  }

  /** The warm sandboxes of this function serve out the calls they have, and are closed. */
  retire(env: string, name: string): void {
    this.pool.retire(env, name);
  }

  /** Resolves when nothing is at work after its answer any more, or after `ms`. */
  async lingered(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.pool.lingered(), patience]);
    clearTimeout(timer);
  }

  /** Processes by what they do: in a call, warm, spare, on their way, at work after an answer. */
  stats(): PoolStats {
    return this.pool.stats();
  }

  /**
   * Takes no more calls, gives running ones `graceMs` to end, then kills all that is left: their `run` rejects with
   * `ExecutorStopped`. A second call with less grace hurries the first.
   */
  stop(graceMs: number): Promise<void> {
    if (this.stopping === undefined) this.stopping = this.drain(graceMs);
    else if (graceMs <= 0) this.hurry?.();
    return this.stopping;
  }

  private async attempt(program: Program, call: Call, watch: Watch): Promise<Run> {
    if (this.stopping) throw new ExecutorStopped();
    const deadline = Date.now() + call.limitMs;
    const clock = new CallClock(call.limitMs, watch.stop);
    try {
      if (clock.alarm !== undefined) return unstarted(clock, call);
      if (!this.ready) await this.prepare();
      for (let declined = 0; ; declined++) {
        const sandbox = await this.pool.take(program, clock, call.loadOnly);
        if (sandbox === undefined) return unstarted(clock, call);
        try {
          const run = await this.race(sandbox, program, call, deadline, watch, clock, declined < MAX_DECLINED);
          if (run !== undefined) return run;
        } finally {
          this.pool.give(sandbox);
        }
      }
    } finally {
      clock.stop();
    }
  }

  /** undefined when the sandbox had left before the call reached it, as long as it `mayDecline`. */
  private race(
    sandbox: Sandbox,
    program: Program,
    call: Call,
    deadline: number,
    watch: Watch,
    clock: CallClock,
    mayDecline: boolean,
  ): Promise<Run | undefined> {
    const began = performance.now();
    const capture = new LogCapture(this.settings.maxLogBytes, watch.onLog, watch.onLate);
    return new Promise((resolve, reject) => {
      let grace: NodeJS.Timeout | undefined;
      let cancelled = false;
      let over = false;

      const finish = (ending: Ending): void => {
        const runMs = performance.now() - began;
        this.memory.remove(watched);
        const peakRssMb = watched.peakBytes > 0 ? Math.round(watched.peakBytes / MB) : undefined;
        resolve({ ending, runMs, logs: capture.lines, logsCut: capture.cut, peakRssMb, started: true });
      };
      const isFirst = (): boolean => {
        const first = !over;
        over = true;
        clearTimeout(grace);
        clock.listen(undefined);
        return first;
      };
      /** No soft phase. The call has ended when nothing of it is left. */
      const kill = (ending: Ending | undefined): void => {
        if (!isFirst()) return;
        void sandbox.kill().then(() => {
          if (this.killed) return reject(new ExecutorStopped());
          if (ending !== undefined) return finish(ending);
          this.memory.remove(watched);
          resolve(undefined);
        });
      };
      const family = new Family(sandbox.pid!);
      const watched: Watched = {
        gauge: sandbox.gauge!,
        family,
        limitBytes: sandbox.limitBytes,
        maxProcesses: this.settings.maxProcesses,
        peakBytes: 0,
        onExceeded: (what) =>
          kill(what === 'memory' ? outgrown(program.memoryMb, withFamily(family)) : crowded(watched.maxProcesses)),
      };

      sandbox.call(program, this.headOf(call, deadline), call.data, {
        capture,
        onProgress: (json) => watch.onProgress?.(json),
        onAnswer: (answer, result) => {
          if (isFirst()) finish(cancelled ? CANCELLED : answered(answer, result, program));
        },
        onLingers: () => watch.onLingers?.(),
        onOver: () => watch.onOver?.(),
        onDeath: (death) => {
          if (death.declined && mayDecline && !cancelled) return kill(undefined);
          kill(cancelled ? CANCELLED : crashed(death, program.memoryMb));
        },
      });
      this.memory.add(watched);
      clock.listen((alarm) => {
        if (alarm === 'late') return kill(cancelled ? CANCELLED : { outcome: 'timedOut', limitMs: call.limitMs });
        cancelled = true;
        sandbox.abort();
        grace = setTimeout(() => kill(CANCELLED), this.settings.cancelGraceMs);
      });
    });
  }

  private headOf(call: Call, deadline: number): CallHead {
    return {
      requestID: call.requestID,
      attempt: call.attempt,
      mode: call.mode,
      deadline,
      limitMs: call.toldLimitMs ?? call.limitMs,
      environment: call.environment,
      origin: call.origin,
      loadOnly: call.loadOnly,
      maxLogBytes: this.settings.maxLogBytes,
      maxResultBytes: this.settings.maxResultBytes,
    };
  }

  private async drain(graceMs: number): Promise<void> {
    this.pool.shut();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      this.hurry = resolve;
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.running), patience]);
    clearTimeout(timer);
    this.killed = true;
    await this.pool.clear();
    await Promise.allSettled(this.running);
    this.memory.stop();
    await this.launcher.close();
  }
}

function withFamily({ size }: Family): { detail?: string } {
  return size === 0 ? {} : { detail: `with its ${size} child process${size === 1 ? '' : 'es'}` };
}

/** What failed at load has no result: its first line of stack tells the place. */
function reasonOf(ending: Ending): string {
  if (ending.outcome === 'timedOut') return `it takes longer than ${LOAD_LIMIT_MS} ms`;
  if (!('message' in ending)) return ending.outcome;
  return 'stack' in ending && ending.stack
    ? ending.stack.split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ')
    : ending.message;
}

const CANCELLED: Ending = { outcome: 'cancelled', started: true };

function answered(answer: AnswerHead, result: string, program: Program): Ending {
  switch (answer.outcome) {
    case 'succeeded':
      return { outcome: 'succeeded', result };
    case 'failed':
      return answer;
    case 'outgrew':
      return outgrown(program.memoryMb, { detail: answer.message });
  }
}

function unstarted(clock: CallClock, call: Call): Run {
  const ending: Ending =
    clock.alarm === 'cancelled'
      ? { outcome: 'cancelled', started: false }
      : { outcome: 'timedOut', limitMs: call.limitMs };
  return { ending, runMs: 0, logs: [], logsCut: false, started: false };
}
