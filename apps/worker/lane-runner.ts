/** Runs the lanes of the queues that this worker serves: a consumer for each, with slots of its own. */
import { type Carrier, carrierOf, LANES, type Slots, slotsOf } from '@invoq/policy/lanes';
import { QUIET_BELLS } from '@invoq/queue/bell';
import { BullConsumer, QUIET_TICKETS } from '@invoq/queue/bull-consumer';
import type { PartitionLane } from '@invoq/queue/partition-lane';
import type { LaneConsumer, QuietWaits, TakenCall } from '@invoq/queue/lane-consumer';
import { ReadyQueueConsumer } from '@invoq/queue/ready-queue-consumer';
import { SharedWait } from '@invoq/queue/shared-wait';
import type { Activity } from '@invoq/store/background/activity';
import type { Redis } from '@invoq/store/connection/connection';
import { bellKey, tagOf } from '@invoq/store/keys/keys';
import type { LaneRef } from '@invoq/store/keys/lane-ref';
import type { Served } from './served';
import type { Takes } from './takes';

export interface LaneRunnerOptions {
  queues: string[];
  slots: Slots;
  partitions: number;
  leaseMs: number;
  syncCarrier: Carrier;
  activity: Activity;
  onError(error: Error): void;
}

/** What was on its way to a lane when it was paused is waited for so long, ms. */
const PAUSE_MS = 1_000;
/** Where something happens lanes are polled so often that are not rung for, ms: a token of the bell may get lost. */
const POLL_MS = 5_000;

export class LaneRunner {
  private consumers: LaneConsumer[] = [];
  /** Of each of them. */
  private partitions: number[] = [];
  private quiet: QuietWaits | undefined;
  private polling: NodeJS.Timeout | undefined;
  /** Of lanes that were paused: what they had begun may run still. */
  private paused: LaneConsumer[] = [];
  /** Calls that are held, by lane: those that run, and those taken ahead. */
  private readonly held = new Map<string, number>();
  private readonly restListeners: (() => void)[] = [];

  constructor(
    private readonly redis: Redis,
    private readonly takes: Takes,
    private readonly served: Served,
    private readonly options: LaneRunnerOptions,
  ) {
    served.onChange(() => this.consumers.forEach((consumer) => consumer.pollNow()));
  }

  /** Told whenever the last call that ran here has ended. */
  onRest(listener: () => void): void {
    this.restListeners.push(listener);
  }

  /** Does no call run here? */
  get isAtRest(): boolean {
    return this.heldCalls === 0;
  }

  /** How many calls have no recorded end yet. */
  get heldCalls(): number {
    return [...this.held.values()].reduce((sum, count) => sum + count, 0);
  }

  async start(): Promise<void> {
    if (this.isAtRest) this.paused = [];
    await this.served.start();
    // The keys of a Redis Cluster are on several nodes, and cannot be waited for together.
    if (!this.redis.isCluster) this.quiet ??= quietWaits(this.redis, this.options.onError);
    const addresses = this.addresses();
    this.consumers = addresses.map((address) => this.consumerOf(address, this.redis, this.takes));
    this.partitions = addresses.map(({ partition }) => partition);
    this.polling ??= setInterval(() => this.pollActive(), POLL_MS).unref();
    await Promise.all(this.consumers.map((consumer) => consumer.start()));
  }

  /** Takes nothing more until it is started again; what runs goes on. */
  async pause(): Promise<void> {
    this.served.stop();
    const { consumers } = this;
    this.consumers = [];
    this.paused = [...this.paused, ...consumers];
    await Promise.all(consumers.map((consumer) => consumer.drain(PAUSE_MS)));
    await Promise.all(consumers.map((consumer) => consumer.close(PAUSE_MS)));
  }

  /** Takes nothing more; resolves when all has ended, or after `ms`. */
  async drain(ms: number): Promise<void> {
    this.served.stop();
    await Promise.all([...this.consumers, ...this.paused].map((consumer) => consumer.drain(ms)));
  }

  async close(ms: number): Promise<void> {
    clearInterval(this.polling);
    await Promise.all(this.consumers.map((consumer) => consumer.close(ms)));
    this.quiet?.bells.close();
    this.quiet?.tickets.close();
  }

  /** Slots by lane, and how many are taken. A call that was taken ahead has none. */
  usage(): { queue: string; lane: string; slots: number; busy: number }[] {
    return this.options.queues.flatMap((queue) =>
      LANES.map((lane) => {
        const slots = slotsOf(lane, this.options.slots);
        return { queue, lane, slots, busy: Math.min(slots, this.held.get(`${queue}.${lane}`) ?? 0) };
      }),
    );
  }

  private consumerOf(address: PartitionLane, redis: Redis, takes: Takes): LaneConsumer {
    const { leaseMs, syncCarrier, activity, onError } = this.options;
    const { partition, queue, lane } = address;
    const isTicketed = carrierOf(lane, syncCarrier) === 'bullmq';
    const counted = ({ serve, handBack }: TakenCall): TakenCall => ({
      serve: (lane) => this.counted(address, () => serve(lane)),
      handBack,
    });
    const laneOffer = isTicketed ? undefined : takes.offerIn(address, counted);
    const options = {
      address,
      tag: tagOf(address.partition),
      slots: slotsHere(address, this.options),
      redis,
      lockMs: leaseMs,
      take: async (count: number, byTicket: boolean) => {
        const { calls, more } = await takes.take(address, count, byTicket, laneOffer);
        // A poll may have found them.
        if (calls.length > 0) activity.note(partition);
        return { calls: calls.map(counted), more };
      },
      offer: laneOffer,
      bellKey: () => bellKey(partition, queue, lane, this.served.now.digest),
      quiet: this.quiet,
      onRung: () => activity.note(partition),
      onError,
    };
    return isTicketed ? new BullConsumer(options) : new ReadyQueueConsumer(options);
  }

  private pollActive(): void {
    this.consumers.forEach((consumer, i) => {
      if (this.options.activity.isActive(this.partitions[i])) consumer.pollIfQuiet();
    });
  }

  private addresses(): PartitionLane[] {
    const { queues, slots, partitions } = this.options;
    return placesOf(queues, slots).flatMap((place) =>
      Array.from({ length: partitions }, (_, partition) => ({ ...place, partition })),
    );
  }

  private async counted<T>(address: PartitionLane, work: () => Promise<T>): Promise<T> {
    const key = `${address.queue}.${address.lane}`;
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.held.set(key, (this.held.get(key) ?? 1) - 1);
      if (this.isAtRest) for (const listener of this.restListeners) listener();
    }
  }
}

function quietWaits(redis: Redis, onError: (error: Error) => void): QuietWaits {
  return {
    bells: new SharedWait(redis, { ...QUIET_BELLS, onError }),
    tickets: new SharedWait(redis, { ...QUIET_TICKETS, onError }),
  };
}

/** The lanes of which a worker takes calls. */
export function placesOf(queues: string[], slots: Slots): LaneRef[] {
  return queues
    .flatMap((queue) => LANES.map((lane) => ({ queue, lane })))
    .filter(({ lane }) => slotsOf(lane, slots) > 0);
}

/** Partitions share a lane's slots; each has at least one, so that none is starved. */
function slotsHere({ lane }: PartitionLane, { slots, partitions }: LaneRunnerOptions): number {
  return Math.max(1, Math.ceil(slotsOf(lane, slots) / partitions));
}
