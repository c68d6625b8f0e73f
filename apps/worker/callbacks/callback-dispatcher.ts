/**
 * Looks after the outbox: puts new callbacks into their receivers' queues, and delivers what is due, a few at a time to
 * each receiver and a share for each env. All workers do so side by side; a lease in Redis makes each delivery one worker's.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasPlaceFor } from '@invoq/policy/callback-peers';
import { envOf, type Outbox } from '@invoq/store/callbacks/outbox';
import type { Activity } from '@invoq/store/background/activity';
import type { DuePartitions } from '@invoq/store/background/due-partitions';
import type { DeliveryAttempt } from './delivery-attempt';
import { PartitionPolls } from './partition-polls';

export interface DelivererOptions {
  partitions: number;
  activity: Activity;
  /** Where something is delivered, or is due by now. */
  due: DuePartitions;
  /** For one try, ms. */
  timeoutMs: number;
  onError(error: unknown): void;
}

/** Between two checks, ms, unless a delivery ends before. */
const POLL_MS = 250;
/** Notes of other processes are read when those at hand are older, ms. What this one writes it knows at once. */
const NOTES_MS = 1_500;
/** Deliveries at a time in this worker, and of these to one receiver: a slow one leaves the others their places. */
const AT_A_TIME = 64;
const TO_ONE_RECEIVER = 4;
/** New callbacks that are lined up at a time, and receivers that are checked. */
const BATCH = 200;
/** Batches of receivers in one pass over a partition. The next pass goes on where this one ended. */
const BATCHES_EACH = 5;
/** A receiver that this worker must leave to others is left alone for so long, ms. */
const AVOID_MS = 30_000;
/** Receivers that are avoided at a time; the oldest is forgotten first. */
const MAX_AVOIDED = 10_000;
/** A lease lasts so much longer than a try may take, ms. */
const LEASE_SLACK_MS = 15_000;

export class CallbackDispatcher {
  /** Those under way, by requestID, each with its receiver. */
  private readonly underWay = new Map<string, { receiver: string; done: Promise<void> }>();
  /** Receivers that are left to other workers, each until a time of `performance.now()`. */
  private readonly avoided = new Map<string, number>();
  /** How many of the due receivers the last pass over a partition left out, by partition. */
  private readonly passedOver = new Map<number, number>();
  private readonly polls: PartitionPolls;
  private readonly stop = new AbortController();
  private draining = false;
  private wake: () => void = () => undefined;
  private wasWoken = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly deliveryAttempt: DeliveryAttempt,
    private readonly options: DelivererOptions,
  ) {
    const { partitions, due, onError } = options;
    this.polls = new PartitionPolls((partition) => this.pollAndRest(partition), {
      partitions,
      isDue: (partition) => due.has(partition),
      onError: (fault) => this.draining || onError(fault),
    });
  }

  start(): void {
    void this.poll();
  }

  get size(): number {
    return this.underWay.size;
  }

  /** Takes nothing more. What is under way has `ms` to end, then it is given up, and back to the other workers. */
  async drain(ms: number): Promise<void> {
    this.draining = true;
    this.pollAgain();
    const all = (): Promise<unknown> => Promise.all([...this.underWay.values()].map(({ done }) => done));
    await Promise.race([all(), sleep(ms, undefined, { ref: false })]);
    this.stop.abort();
    await all();
  }

  private async poll(): Promise<void> {
    const { activity, due, onError } = this.options;
    while (!this.draining) {
      await activity.look(NOTES_MS);
      due.countNowAndThen(onError);
      await this.polls.pollDue();
      await this.pause();
    }
  }

  private async pollAndRest(partition: number): Promise<void> {
    await this.pollPartition(partition);
    await this.options.due.checked(partition);
  }

  private async pollPartition(partition: number): Promise<void> {
    while (!this.draining && (await this.outbox.lineUp(partition, BATCH)) === BATCH);
    if (!this.deliveryAttempt.mayDeliver) return;
    // Those that wait longest first. Receivers that have no place now are passed over, however many they are.
    if ((await this.dispatchBatch(partition, 0)) < BATCH) return;
    let from = Math.max(BATCH, this.passedOver.get(partition) ?? 0);
    for (let batch = 0; batch < BATCHES_EACH && !this.draining && this.underWay.size < AT_A_TIME; batch++) {
      const dispatched = await this.dispatchBatch(partition, from);
      from = dispatched < BATCH ? 0 : from + dispatched;
      if (from === 0) break;
    }
    this.passedOver.set(partition, from);
  }

  /** Answers how many receivers it looked at. */
  private async dispatchBatch(partition: number, from: number): Promise<number> {
    const receivers = await this.outbox.receiversDue(partition, BATCH, from);
    for (const receiver of receivers) {
      const room = this.roomFor(receiver);
      if (room === 0 || this.draining) continue;
      for (const requestID of await this.outbox.due(partition, receiver, room)) this.begin(requestID, receiver);
    }
    return receivers.length;
  }

  private roomFor(receiver: string): number {
    if (this.isAvoided(receiver)) return 0;
    const env = envOf(receiver);
    let [ofReceiver, ofEnv] = [0, 0];
    for (const each of this.underWay.values()) {
      if (each.receiver === receiver) ofReceiver++;
      if (envOf(each.receiver) === env) ofEnv++;
    }
    return hasPlaceFor(ofEnv, this.underWay.size, AT_A_TIME) ? Math.max(0, TO_ONE_RECEIVER - ofReceiver) : 0;
  }

  private isAvoided(receiver: string): boolean {
    const until = this.avoided.get(receiver);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.avoided.delete(receiver);
    return false;
  }

  private avoid(receiver: string): void {
    this.avoided.delete(receiver);
    this.avoided.set(receiver, performance.now() + AVOID_MS);
    if (this.avoided.size > MAX_AVOIDED) this.avoided.delete(this.avoided.keys().next().value!);
  }

  private begin(requestID: string, receiver: string): void {
    // Asked once more: the look at another partition may have filled its places since.
    if (this.underWay.has(requestID) || this.roomFor(receiver) === 0 || this.draining) return;
    const done = this.deliver(requestID, receiver).then(
      (delivered) => {
        this.underWay.delete(requestID);
        if (delivered) this.pollAgain();
      },
      // The next check comes in its time: a Redis that says no is not asked in a loop.
      (error: unknown) => {
        this.underWay.delete(requestID);
        this.options.onError(error);
      },
    );
    this.underWay.set(requestID, { receiver, done });
  }

  /** False: another worker has it. */
  private async deliver(requestID: string, receiver: string): Promise<boolean> {
    const leaseMs = this.options.timeoutMs + LEASE_SLACK_MS;
    const held = await this.outbox.take(requestID, receiver, randomUUID(), leaseMs);
    if (held === undefined) return false;
    if ((await this.deliveryAttempt.deliver(held, leaseMs, this.stop.signal)) === 'elsewhere') this.avoid(receiver);
    return true;
  }

  /** A place is free: there may be somebody for it. */
  private pollAgain(): void {
    this.wasWoken = true;
    this.wake();
  }

  private async pause(): Promise<void> {
    if (!this.wasWoken) await this.pauseUntilWoken();
    this.wasWoken = false;
  }

  private pauseUntilWoken(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
