/**
 * Looks after the outbox: puts new callbacks into their receivers' lines, and delivers what is due, a few at a time to
 * each receiver. All workers do so side by side; a lease in Redis makes each delivery one worker's.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbox } from '@invoq/store/outbox';
import type { Courier } from './courier';
import { PartitionLooks } from './partition-looks';

export interface DelivererOptions {
  partitions: number;
  /** For one try, ms. */
  timeoutMs: number;
  onFault(error: unknown): void;
}

/** Between two looks, ms, unless a delivery ends before. */
const LOOK_MS = 250;
/** Deliveries at a time in this worker, and of these to one receiver: a slow one leaves the others their places. */
const AT_A_TIME = 32;
const TO_ONE_RECEIVER = 4;
/** New callbacks that are lined up at a time, and receivers that are looked at. */
const BATCH = 200;
/** A lease lasts so much longer than a try may take, ms. */
const LEASE_SLACK_MS = 15_000;

export class Deliverer {
  /** Those under way, by requestID, each with its receiver. */
  private readonly underWay = new Map<string, { receiver: string; done: Promise<void> }>();
  private readonly looks: PartitionLooks;
  private readonly stop = new AbortController();
  private draining = false;
  private wake: () => void = () => undefined;
  private wasWoken = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly courier: Courier,
    private readonly options: DelivererOptions,
  ) {
    const { partitions, onFault } = options;
    this.looks = new PartitionLooks((partition) => this.lookAt(partition), {
      partitions,
      onFault: (fault) => this.draining || onFault(fault),
    });
  }

  start(): void {
    void this.look();
  }

  get size(): number {
    return this.underWay.size;
  }

  /** Takes nothing more. What is under way has `ms` to end, then it is given up, and back to the other workers. */
  async drain(ms: number): Promise<void> {
    this.draining = true;
    this.lookAgain();
    const all = (): Promise<unknown> => Promise.all([...this.underWay.values()].map(({ done }) => done));
    await Promise.race([all(), sleep(ms, undefined, { ref: false })]);
    this.stop.abort();
    await all();
  }

  private async look(): Promise<void> {
    while (!this.draining) {
      await this.looks.round();
      await this.pause();
    }
  }

  private async lookAt(partition: number): Promise<void> {
    while (!this.draining && (await this.outbox.lineUp(partition, BATCH)) === BATCH);
    for (const receiver of await this.outbox.receiversDue(partition, BATCH)) {
      const room = this.roomFor(receiver);
      if (room === 0 || this.draining) continue;
      for (const requestID of await this.outbox.due(partition, receiver, room)) this.begin(requestID, receiver);
    }
  }

  private roomFor(receiver: string): number {
    const itsOwn = [...this.underWay.values()].filter((each) => each.receiver === receiver).length;
    return Math.max(0, Math.min(TO_ONE_RECEIVER - itsOwn, AT_A_TIME - this.underWay.size));
  }

  private begin(requestID: string, receiver: string): void {
    // Asked once more: the look at another partition may have filled its places since.
    if (this.underWay.has(requestID) || this.roomFor(receiver) === 0 || this.draining) return;
    const done = this.deliver(requestID, receiver).then(
      (delivered) => {
        this.underWay.delete(requestID);
        if (delivered) this.lookAgain();
      },
      // The next look comes in its time: a Redis that says no is not asked in a loop.
      (error: unknown) => {
        this.underWay.delete(requestID);
        this.options.onFault(error);
      },
    );
    this.underWay.set(requestID, { receiver, done });
  }

  /** False: another worker has it. */
  private async deliver(requestID: string, receiver: string): Promise<boolean> {
    const leaseMs = this.options.timeoutMs + LEASE_SLACK_MS;
    const held = await this.outbox.take(requestID, receiver, randomUUID(), leaseMs);
    if (held) await this.courier.deliver(held, leaseMs, this.stop.signal);
    return held !== undefined;
  }

  /** A place is free: there may be somebody for it. */
  private lookAgain(): void {
    this.wasWoken = true;
    this.wake();
  }

  private async pause(): Promise<void> {
    if (!this.wasWoken) await this.pauseUntilWoken();
    this.wasWoken = false;
  }

  private pauseUntilWoken(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
