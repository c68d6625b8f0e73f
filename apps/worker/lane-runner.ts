/** Runs the lanes of the queues that this worker serves: a consumer for each, with slots of its own. */
import { type Carrier, carrierOf, LANES, type Slots, slotsOf } from '@invoq/policy/lanes';
import { BullConsumer } from '@invoq/queue/bull-consumer';
import type { LaneAddress } from '@invoq/queue/lane-address';
import type { LaneConsumer } from '@invoq/queue/lane-consumer';
import { LineConsumer } from '@invoq/queue/line-consumer';
import type { Redis } from '@invoq/store/connection';
import { lineKey, tagOf } from '@invoq/store/keys';
import type { Attempts } from './attempt';

export interface LaneRunnerOptions {
  queues: string[];
  slots: Slots;
  partitions: number;
  leaseMs: number;
  syncCarrier: Carrier;
  onFault(error: Error): void;
}

/** What was on its way to a lane when it was paused is waited for so long, ms. */
const PAUSE_MS = 1_000;

export class LaneRunner {
  private consumers: LaneConsumer[] = [];
  /** Of lanes that were paused: what they had begun may run still. */
  private paused: LaneConsumer[] = [];
  private readonly busy = new Map<string, number>();

  constructor(
    private readonly redis: Redis,
    private readonly attempts: Attempts,
    private readonly options: LaneRunnerOptions,
  ) {}

  async start(): Promise<void> {
    this.consumers = this.addresses().map((address) => this.consumerOf(address, this.redis, this.attempts));
    await Promise.all(this.consumers.map((consumer) => consumer.start()));
  }

  /** Takes nothing more until it is started again; what runs goes on. */
  async pause(): Promise<void> {
    const { consumers } = this;
    this.consumers = [];
    this.paused = [...this.paused, ...consumers];
    await Promise.all(consumers.map((consumer) => consumer.drain(PAUSE_MS)));
    await Promise.all(consumers.map((consumer) => consumer.close(PAUSE_MS)));
  }

  /** Takes nothing more; resolves when all has ended, or after `ms`. */
  async drain(ms: number): Promise<void> {
    await Promise.all([...this.consumers, ...this.paused].map((consumer) => consumer.drain(ms)));
  }

  async close(ms: number): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close(ms)));
  }

  /** Slots by lane, and how many are taken. */
  usage(): { queue: string; lane: string; slots: number; busy: number }[] {
    return this.options.queues.flatMap((queue) =>
      LANES.map((lane) => ({
        queue,
        lane,
        slots: slotsOf(lane, this.options.slots),
        busy: this.busy.get(`${queue}.${lane}`) ?? 0,
      })),
    );
  }

  private consumerOf(address: LaneAddress, redis: Redis, attempts: Attempts): LaneConsumer {
    const { leaseMs, syncCarrier, onFault } = this.options;
    const options = {
      address,
      tag: tagOf(address.partition),
      slots: slotsHere(address, this.options),
      redis,
      lockMs: leaseMs,
      next: (byTicket: boolean) => attempts.next(address, byTicket),
      serve: (requestID: string, goesOn: () => boolean) =>
        this.counted(address, () => attempts.serve(requestID, address, goesOn)),
      onFault,
    };
    if (carrierOf(address.lane, syncCarrier) === 'bullmq') return new BullConsumer(options);
    return new LineConsumer(options, lineKey(address.partition, address.queue, address.lane));
  }

  private addresses(): LaneAddress[] {
    const { queues, slots, partitions } = this.options;
    return queues
      .flatMap((queue) => LANES.map((lane) => ({ queue, lane })))
      .filter(({ lane }) => slotsOf(lane, slots) > 0)
      .flatMap((place) => Array.from({ length: partitions }, (_, partition) => ({ ...place, partition })));
  }

  private async counted(address: LaneAddress, work: () => Promise<void>): Promise<void> {
    const key = `${address.queue}.${address.lane}`;
    this.busy.set(key, (this.busy.get(key) ?? 0) + 1);
    try {
      await work();
    } finally {
      this.busy.set(key, (this.busy.get(key) ?? 1) - 1);
    }
  }
}

/** Partitions share a lane's slots; each has at least one, so that none is starved. */
function slotsHere({ lane }: LaneAddress, { slots, partitions }: LaneRunnerOptions): number {
  return Math.max(1, Math.ceil(slotsOf(lane, slots) / partitions));
}
