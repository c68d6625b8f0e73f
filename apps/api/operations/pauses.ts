/**
 * What operators hold back. Calls of it are accepted and wait; a sync call would wait in vain, and is refused. This process
 * looks twice a second at what is held back, and has Redis do so everywhere: also in a queue that came later, and after
 * another process died halfway.
 */
import { Refusal } from '@invoq/contract/refusal';
import type { FunctionSpec } from '@invoq/contract/function';
import type { Pause } from '@invoq/contract/operations/pause';
import type { FunctionStore } from '@invoq/store/fleet/function-store';
import { nameOf, type PauseStore, type PauseTarget, targetOf } from '@invoq/store/operators/pause-store';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import type { Caller } from '../auth/caller';

const POLL_MS = 500;
/** While no calls come, ms: the first that comes has it polled at once. */
const IDLE_POLL_MS = 2_000;
/** What is held back is settled again once in so many checks. */
const SETTLE_EVERY = 20;
const RETRY_AFTER_S = 5;

export class Pauses {
  private readonly task: PeriodicTask;
  private held = new Map<string, Pause>();
  private polls = 0;

  constructor(
    private readonly store: PauseStore,
    private readonly functions: Pick<FunctionStore, 'queues'>,
    onError: (error: unknown) => void,
  ) {
    this.task = new PeriodicTask(() => this.poll(), { everyMs: POLL_MS, idleMs: IDLE_POLL_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  /** As of the last check; undefined: its calls are taken. */
  of(target: PauseTarget): Pause | undefined {
    return this.held.get(nameOf(target));
  }

  /** Refuses a sync call with PAUSED. A call of a running function passes: its caller holds a slot while it waits. */
  mustRun({ depth }: Caller, { env, name, queue }: FunctionSpec, requestID: string): void {
    this.task.used();
    if (this.held.size === 0 || depth > 0) return;
    const target = [{ queue }, { env, function: name }].find((each) => this.of(each));
    if (!target) return;
    throw new Refusal('PAUSED', textOf(target, this.of(target)!), { requestID, retryAfterS: RETRY_AFTER_S });
  }

  /** What stands after that: another operator may have been there before. */
  async pause(target: PauseTarget, why: Pick<Pause, 'reason' | 'by'>): Promise<Pause | undefined> {
    const queues = await this.queuesFor(target);
    const pause = await this.store.pause(target, why, queues);
    this.note(target, pause);
    if (pause) await this.store.turnAway(target, queues, textOf(target, pause));
    return pause;
  }

  async resume(target: PauseTarget): Promise<Pause | undefined> {
    const pause = await this.store.resume(target, await this.queuesFor(target));
    this.note(target, pause);
    return pause;
  }

  /** While something is held back it is looked after at the usual pace, whether calls come or not. */
  private async poll(): Promise<number | void> {
    const before = this.held;
    this.held = await this.store.all();
    const isFirst = this.polls === 0;
    const settles = this.polls++ % SETTLE_EVERY === 0;
    const gone = [...before.keys()].filter((name) => !this.held.has(name));
    if (this.held.size === 0 && gone.length === 0 && !isFirst) return;
    const queues = await this.functions.queues();
    for (const name of gone) await this.store.settle(name, queues);
    if (isFirst) await this.store.letGo(this.held, queues);
    for (const [name, pause] of this.held) {
      const target = targetOf(name);
      const here = all(queues, target);
      if (settles || !before.has(name)) await this.store.settle(name, here);
      await this.store.turnAway(target, here, textOf(target, pause));
    }
    return POLL_MS;
  }

  private note(target: PauseTarget, pause: Pause | undefined): void {
    const held = new Map(this.held);
    if (pause) held.set(nameOf(target), pause);
    else held.delete(nameOf(target));
    this.held = held;
  }

  private async queuesFor(target: PauseTarget): Promise<string[]> {
    return all(await this.functions.queues(), target);
  }
}

/** A queue that workers serve may have no function yet. */
function all(queues: string[], target: PauseTarget): string[] {
  return 'queue' in target ? [...new Set([...queues, target.queue])] : queues;
}

function textOf(target: PauseTarget, { reason, since }: Pause): string {
  const what = 'queue' in target ? `Queue "${target.queue}"` : `Function "${target.function}" in env "${target.env}"`;
  return `${what} has been paused since ${since}${reason === undefined ? '.' : `: ${reason}`}`;
}
