/**
 * A lane without a queue of its own: idle slots wait for its bell, then take from the waiting lines that the record protocol
 * keeps anyway. A slot stays while anybody waits there. A token of the bell is only a hint: what is taken is started in the
 * same step, so that a worker that dies in between takes no call along.
 */
import { Bell } from './bell';
import { type Lane, type LaneConsumer, type LaneConsumerOptions, settledWithin, type TakenCall } from './lane-consumer';
import { LaneSlots } from './lane-slots';

/** After a fault of Redis, before the next check, ms. */
const PAUSE_MS = 200;

export class ReadyQueueConsumer implements LaneConsumer {
  private readonly bell: Bell;
  private stopped = false;
  private drained = false;
  /** Nobody waits whom this worker serves: who comes from now on rings. */
  private dry = false;
  private waiting = false;
  private polling: Promise<void> | undefined;
  private readonly lane: Lane = {
    goesOn: () => !this.stopped && this.slots.goesOn,
    run: (queuedMs, work) => this.slots.run(queuedMs, work),
  };

  constructor(
    private readonly options: LaneConsumerOptions,
    private readonly slots = new LaneSlots(options.slots, true),
  ) {
    this.bell = new Bell(options.redis, options.quiet?.bells);
  }

  async start(): Promise<void> {
    await this.bell.connect();
    this.polling = this.poll();
  }

  /** Somebody may wait for whom it was not rung: what this worker serves has changed, or a slot left somebody waiting. */
  pollNow(): void {
    this.dry = false;
    if (this.waiting) this.bell.interrupt().catch(this.options.onError);
  }

  pollIfQuiet(): void {
    if (this.bell.waitsTogether) this.pollNow();
  }

  async drain(ms: number): Promise<void> {
    const endsAt = Date.now() + ms;
    this.stopped = true;
    // The check under way comes back at once, and what it took is attempted like the rest.
    await settledWithin(this.bell.interrupt(), Math.min(ms, this.bell.unblockMs));
    await settledWithin(this.polling ?? Promise.resolve(), Math.min(ms, this.bell.unblockMs));
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
    this.slots.close();
  }

  async close(ms: number): Promise<void> {
    await this.drain(Math.min(ms, 0));
    this.bell.close();
  }

  /** Resolves when what was taken is over, and whoever was next in the same slot. */
  async serve(call: TakenCall): Promise<void> {
    // Too late for this worker: another one has it.
    if (this.drained) return call.handBack();
    const isDry = await call.serve(this.lane);
    if (!isDry && !this.stopped) this.pollNow();
  }

  private async poll(): Promise<void> {
    while (!this.stopped) {
      if (this.slots.freeAhead <= 0) {
        await this.slots.nextFree();
        continue;
      }
      try {
        if (this.slots.free <= 0) await this.takeAhead();
        else await this.takeSome(this.dry ? await this.rung() : 1);
      } catch (error) {
        if (this.stopped) return;
        this.options.onError(error as Error);
        // A ring in the meantime was missed.
        this.dry = false;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** For how many calls the bell rang. */
  private async rung(): Promise<number> {
    const { bellKey, onRung } = this.options;
    this.waiting = true;
    try {
      const tokens = await this.bell.wait(bellKey(), this.slots.free);
      if (tokens > 0) onRung?.();
      return tokens;
    } finally {
      this.waiting = false;
    }
  }

  private async takeSome(tokens: number): Promise<void> {
    // Interrupted to stop. A worker with a token polls all the same: no other was woken.
    if (this.stopped && tokens === 0) return;
    let count = Math.max(1, tokens);
    do {
      this.dry = true;
      const asked = Math.min(count, this.slots.free);
      const more = await this.slots.reserve(asked, () => this.takeAtOnce(asked));
      if (more) this.dry = false;
      count = this.slots.free;
    } while (!this.dry && !this.stopped && this.slots.free > 0);
  }

  /** No bell is waited for: idle workers come first. */
  private async takeAhead(): Promise<void> {
    const count = this.slots.freeAhead;
    const more = await this.slots.reserve(count, () => this.takeAtOnce(count));
    if (!more) this.slots.lineIsEmpty();
  }

  /** Do more wait? */
  private async takeAtOnce(count: number): Promise<boolean> {
    const { calls, more } = await this.options.take(count, false);
    for (const call of calls) this.slots.hold(this.serve(call)).catch(this.options.onError);
    return more;
  }
}
