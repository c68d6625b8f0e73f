/** Runs calls of functions in isolated processes: a sandbox of the pool for each, and the race in it (`race.ts`). */
import type { Program } from '@invoq/contract/function';
import type { Ending } from '@invoq/contract/outcome';
import { LiveSet } from '@invoq/live/live-set';
import { ExecutorStopped, type Call, type Run, type Watch } from './call/call';
import { CallClock } from './call/call-clock';
import { Launcher } from './sandbox/launch';
import { MemoryWatch } from './processes/memory-watch';
import { settingsOf, type ExecutorOptions, type Settings } from './options';
import { Pool, type PoolStats } from './pool/pool';
import { endOrphans } from './processes/process-group';
import { Races } from './sandbox/race';

/** For loading the code of a newer version before it is served, ms. */
const LOAD_LIMIT_MS = 30_000;
/** So many sandboxes that leave may be met by one call; each of them has a served call behind it. */
const MAX_DECLINED = 3;

export class Executor {
  private readonly settings: Settings;
  private readonly launcher: Launcher;
  private readonly pool: Pool;
  private readonly memory = new MemoryWatch();
  private readonly races: Races;
  private readonly running = new LiveSet<Promise<unknown>>();
  private preparing: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private ready = false;
  private killed = false;
  private hurry: (() => void) | undefined;

  constructor(options: ExecutorOptions) {
    this.settings = settingsOf(options);
    this.launcher = new Launcher(this.settings);
    this.pool = new Pool(this.launcher, this.settings, this.memory);
    this.races = new Races(this.settings, this.memory, () => this.killed);
  }

  /** Ends what a killed worker left on this machine. Rejects with `SandboxUsersError`. Comes by itself before the first call. */
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
      requestID: '', attempt: 0, data: 'null', limitMs: LOAD_LIMIT_MS, environment: {}, loadOnly: true,
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
    const clock = new CallClock(call.limitMs, watch.stop);
    const raced = { program, call, watch, clock, deadline: Date.now() + call.limitMs };
    try {
      if (clock.alarm !== undefined) return unstarted(clock, call);
      if (!this.ready) await this.prepare();
      let [declined, alone] = [0, call.loadOnly ?? false];
      for (;;) {
        const sandbox = await this.pool.take(program, clock, { besides: call.loadOnly, alone });
        if (sandbox === undefined) return unstarted(clock, call);
        try {
          const run = await this.races.run(sandbox, raced, declined < MAX_DECLINED);
          if (typeof run === 'object') return run;
          if (run === 'declined') declined++;
          else alone = true;
        } finally {
          this.pool.give(sandbox);
        }
      }
    } finally {
      clock.stop();
    }
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

/** What failed at load has no result: its first line of stack tells the place. */
function reasonOf(ending: Ending): string {
  if (ending.outcome === 'timedOut') return `it takes longer than ${LOAD_LIMIT_MS} ms`;
  if (!('message' in ending)) return ending.outcome;
  return 'stack' in ending && ending.stack
    ? ending.stack.split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ')
    : ending.message;
}

function unstarted(clock: CallClock, call: Call): Run {
  const ending: Ending =
    clock.alarm === 'cancelled'
      ? { outcome: 'cancelled', started: false }
      : { outcome: 'timedOut', limitMs: call.limitMs };
  return { ending, runMs: 0, logs: [], logsCut: false, started: false };
}
