/**
 * A lane carried by BullMQ. Its jobs are tickets: each brings an idle slot, which stays while anybody waits; who is next is
 * said by the waiting lines. There is one for the first call of each second, as the bell is rung for all that come: this
 * consumer waits for both. While no ticket comes BullMQ's worker rests, which even then would ask Redis for stalled jobs: what
 * wakes it is the marker that BullMQ writes with a ticket.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { timesAhead } from '@invoq/policy/taking-ahead';
import { bullName } from './bull-queue';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';
import { LaneSlots } from './lane-slots';
import { ReadyQueueConsumer } from './ready-queue-consumer';
import type { SharedWait, SharedWaitOptions } from './shared-wait';

const RETRY_MS = 500;
/**
 * A ticket is locked for so many leases. Who runs a call is said by the lease of its record: a lock that outlives its worker holds
 * back nobody, and one that is renewed less often costs Redis less.
 */
const TICKET_LOCKS = 2;
/** A delivery that is under way when the lane is paused comes within this time, or not at all, ms. */
const UNDER_WAY_MS = 2_000;
/** BullMQ's worker rests when no ticket has come for so long, ms. It is checked so often. */
const QUIET_MS = 10_000;
const CHECK_MS = 1_000;

/** How the tickets of lanes that are quiet are waited for together: as BullMQ waits for those of one. */
export const QUIET_TICKETS: Omit<SharedWaitOptions, 'onError'> = {
  block: async (redis, keys, seconds) => (await redis.bzpopmin(...keys, seconds))?.[0],
  putBack: (redis, key) => redis.zadd(key, 0, '0'),
};

export class BullConsumer implements LaneConsumer {
  private readonly worker: Worker;
  private readonly slots: LaneSlots;
  private readonly line: ReadyQueueConsumer;
  private drained = false;
  private isEnding = false;
  /** Deliveries under way, and when the last one came, of `performance.now()`. */
  private deliveries = 0;
  private broughtAt = 0;
  /** On its way to rest. */
  private pausing: Promise<void> = Promise.resolve();

  constructor(private readonly options: LaneConsumerOptions) {
    this.slots = new LaneSlots(options.slots, timesAhead(options.address.lane));
    this.line = new ReadyQueueConsumer(options, this.slots);
    this.worker = new Worker(bullName(options.address), () => this.brought(), {
      connection: options.redis,
      prefix: options.tag,
      concurrency: options.slots,
      autorun: false,
      lockDuration: TICKET_LOCKS * options.lockMs,
      // Renewed each third of the lock, so that one renewal may fail.
      lockRenewTime: (TICKET_LOCKS * options.lockMs * 2) / 3,
      stalledInterval: options.lockMs / 3,
      // The record counts the starts. BullMQ only has to deliver, as often as it takes.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: 5,
      // After an error of Redis' own, such as READONLY in a failover. BullMQ would sleep for 15 s by default, long after
      // there is a primary again.
      runRetryDelay: RETRY_MS,
    });
    this.worker.on('error', options.onError);
    // An attempt ends as a value; what it throws is a fault of ours, and the sweeper sees to its record.
    this.worker.on('failed', (_job, error) => options.onError(error));
  }

  async start(): Promise<void> {
    await this.worker.waitUntilReady();
    if (this.options.quiet) void this.restAndWake(this.options.quiet.tickets);
    // run() resolves when the worker is closed; its faults come as 'error' events.
    else this.worker.run().catch(this.options.onError);
    await this.line.start();
  }

  pollNow(): void {
    this.line.pollNow();
  }

  pollIfQuiet(): void {
    this.line.pollIfQuiet();
    this.options.quiet?.tickets.leave(this.marker);
  }

  /**
   * BullMQ's loop is waited for too: a delivery that was under way when the lane was paused is an attempt like the rest.
   * Without Redis it would not come, and BullMQ's pause would hang; with a silent one it hangs until it has its time.
   */
  async drain(ms: number): Promise<void> {
    const endsAt = Date.now() + ms;
    this.isEnding = true;
    this.options.quiet?.tickets.leave(this.marker);
    const paused = Promise.all([this.worker.pause(), this.pausing]).catch(() => undefined);
    const lineDrained = this.line.drain(ms);
    if (this.options.redis.status === 'ready') await settledWithin(paused, Math.min(ms, UNDER_WAY_MS));
    await lineDrained;
    // What the last ticket brought.
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    this.isEnding = true;
    this.options.quiet?.tickets.leave(this.marker);
    await Promise.all([settledWithin(this.worker.close(true), ms), this.line.close(ms)]);
  }

  private get marker(): string {
    return this.worker.toKey('marker');
  }

  private async restAndWake(tickets: SharedWait): Promise<void> {
    while (!this.isEnding) {
      try {
        if (!(await this.hasTickets()) && !(await tickets.wait(this.marker))) continue;
        if (this.isEnding) return void (await QUIET_TICKETS.putBack(this.options.redis, this.marker));
        await this.worker.resume();
        await this.quietAgain();
        this.pausing = this.worker.pause();
        await this.pausing;
      } catch (error) {
        this.options.onError(error as Error);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private async quietAgain(): Promise<void> {
    this.broughtAt = performance.now();
    const isQuiet = async (): Promise<boolean> =>
      this.deliveries === 0 && performance.now() - this.broughtAt >= QUIET_MS && !(await this.hasTickets());
    while (!this.isEnding && !(await isQuiet())) await sleep(CHECK_MS, undefined, { ref: false });
  }

  /** Also one whose marker was lost, and one that a worker took along when it died. */
  private async hasTickets(): Promise<boolean> {
    const { redis } = this.options;
    const [waiting, active] = await Promise.all(['wait', 'active'].map((list) => redis.llen(this.worker.toKey(list))));
    return waiting + active > 0;
  }

  private async brought(): Promise<void> {
    this.deliveries++;
    this.broughtAt = performance.now();
    this.options.onRung?.();
    await this.serveTicket().finally(() => this.deliveries--);
  }

  private async serveTicket(): Promise<void> {
    // Too late for this worker: the sweeper rings for whom it was to bring one.
    if (this.drained) return;
    // Every slot is at work, for those that are next. Idle workers that serve what waits are woken.
    if (this.slots.free <= 0) {
      await this.options.take(0, true);
      return;
    }
    await this.slots.hold(this.serveNext());
  }

  /** More tickets than calls do no harm: one was cancelled, or another slot has it. */
  private async serveNext(): Promise<void> {
    const { calls, more } = await this.options.take(1, true);
    if (more && calls.length === 0) this.line.pollNow();
    await Promise.all(calls.map((call) => this.line.serve(call)));
  }
}
