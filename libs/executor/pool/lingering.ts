/**
 * The sandboxes that have answered and are still at work on what their call has left. They hold no slot. Each has its time, the
 * limit of its call; there are so many and no more (the one longest at it makes room); their memory is watched as in a call.
 */
import { type MemoryWatch, type Watched, watchedOf } from '../processes/memory-watch';
import type { Settings } from '../options';
import type { Sandbox } from '../sandbox/sandbox';

/** The sandbox itself gives up a little earlier, and can say better what was left, ms. */
const SLACK_MS = 100;

interface Held {
  timer: NodeJS.Timeout;
  watched?: Watched;
}

export class Lingering {
  /** The one longest at it first. */
  private readonly held = new Map<Sandbox, Held>();
  private readonly onNone: (() => void)[] = [];

  /** `close`: ends the process. */
  constructor(
    private readonly settings: Pick<Settings, 'maxLingering' | 'maxProcesses'>,
    private readonly memory: MemoryWatch,
    private readonly close: (sandbox: Sandbox) => void,
  ) {}

  get size(): number {
    return this.held.size;
  }

  all(): Sandbox[] {
    return [...this.held.keys()];
  }

  /** Until it is at rest, or its time is over. */
  hold(sandbox: Sandbox): void {
    if (this.held.has(sandbox)) return;
    const { gauge, pid, limitBytes } = sandbox;
    let watched: Watched | undefined;
    if (gauge !== undefined && pid !== undefined) {
      watched = watchedOf({ pid, gauge, limitBytes }, this.settings.maxProcesses, () => this.end(sandbox));
      this.memory.add(watched);
    }
    const ms = Math.min(2 ** 31 - 1, Math.max(0, sandbox.deadline + SLACK_MS - Date.now()));
    this.held.set(sandbox, { timer: setTimeout(() => this.end(sandbox), ms), watched });
    const [oldest] = this.held.keys();
    if (this.held.size > this.settings.maxLingering) this.end(oldest);
  }

  /** Ends its process; the log of its call says what was left. */
  end(sandbox: Sandbox): void {
    sandbox.giveUp();
    this.close(sandbox);
  }

  /** It is at rest, or gone. */
  forget(sandbox: Sandbox): void {
    const held = this.held.get(sandbox);
    if (held === undefined) return;
    this.held.delete(sandbox);
    clearTimeout(held.timer);
    if (held.watched) this.memory.remove(held.watched);
    if (this.held.size === 0) this.onNone.splice(0).forEach((resolve) => resolve());
  }

  /** Resolves when there is none. */
  none(): Promise<void> {
    return this.held.size === 0 ? Promise.resolve() : new Promise((resolve) => this.onNone.push(resolve));
  }
}
