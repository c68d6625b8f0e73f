/**
 * A lane without a queue of its own: idle slots wait for its bell, then take from the waiting lines that the record protocol
 * keeps anyway. A slot stays while anybody waits there. A token of the bell is only a hint: what is taken is started in the
 * same step, so that a worker that dies in between takes no call along. Where calls follow each other closely, a slot is offered,
 * and a call is given to this worker in the step that accepts it.
 */
import { setImmediate as oneTurn } from 'node:timers/promises';
import { timesAhead } from '@invoq/policy/taking-ahead';
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
  /** A call may have been dispatched, and its text lost. */
  private isOfferDoubtful = false;
  private readonly lane: Lane = {
    goesOn: () => !this.stopped && this.slots.goesOn,
    // Its own slot is free then.
    mayOffer: () => !this.stopped && this.bell.hearsList && this.slots.free >= 0,
    run: (queuedMs, work) => this.slots.run(queuedMs, work),
  };

  constructor(
    private readonly options: LaneConsumerOptions,
    private readonly slots = new LaneSlots(options.slots, timesAhead(options.address.lane)),
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
    await settledWithin(this.withdrawAtEnd(), Math.min(ms, this.bell.unblockMs));
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
    this.slots.close();
    // An end that was on its way may have left an offer. What has come under it is handed back.
    if (!this.options.offer?.mayStand) return;
    await settledWithin(
      this.withdrawAtEnd().then(() => this.slots.allFree()),
      Math.min(ms, this.bell.unblockMs),
    );
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
      try {
        if (this.isOfferInTheWay) await this.withdraw();
        if (this.slots.freeAhead <= 0) await this.slots.nextFree();
        else if (this.slots.free <= 0) await this.takeAhead();
        else if (!this.dry) await this.takeSome(1);
        else await this.waitAndTake();
      } catch (error) {
        if (this.stopped) return;
        this.options.onError(error as Error);
        // A ring in the meantime was missed.
        this.dry = false;
        this.isOfferDoubtful = true;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Until it is rung for, is given a call, or neither for a while. */
  private async waitAndTake(): Promise<void> {
    const { bellKey, onRung, offer } = this.options;
    this.waiting = true;
    const { tokens, texts, isBroken } = await this.bell
      .wait(bellKey(), this.slots.free, offer?.key)
      .finally(() => (this.waiting = false));
    if (tokens > 0 || texts.length > 0) onRung?.();
    for (const text of texts) this.read(text);
    // Its sandbox has the call before Redis is asked for the next one.
    if (texts.length > 0) return void (await oneTurn());
    // What a connection was sent when it broke may be lost.
    this.isOfferDoubtful ||= isBroken === true;
    await this.takeSome(tokens);
  }

  private read(text: string): void {
    try {
      this.hold(this.options.offer!.read(text));
    } catch (error) {
      this.options.onError(error as Error);
    }
  }

  private hold(call: TakenCall): void {
    this.slots.hold(this.serve(call)).catch(this.options.onError);
  }

  private get isOfferInTheWay(): boolean {
    const { offer } = this.options;
    if (this.isOfferDoubtful) return true;
    return offer?.stands === true && (offer.isOver || this.slots.free <= 0 || !this.bell.hearsList);
  }

  private async withdraw(): Promise<void> {
    const { offer } = this.options;
    if (offer?.mayStand) for (const call of await offer.withdraw()) this.hold(call);
    this.isOfferDoubtful = false;
  }

  /** What was dispatched is read by the poll, or afterwards: never by both. */
  private async withdrawAtEnd(): Promise<void> {
    await this.polling;
    await this.withdraw();
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
    for (const call of calls) this.hold(call);
    return more;
  }
}
