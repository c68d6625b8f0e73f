/**
 * The producing side: has idle slots of a lane brought to its waiting line. A job is a ticket: it says that somebody waits,
 * not who; the ready queue says who is next (`libs/store/ready-queue/readyQueue.lua`), and a slot that came stays while anybody does.
 */
import type { Redis } from 'ioredis';
import { Queue } from 'bullmq';
import { type Carrier, carrierOf, type LaneName } from '@invoq/policy/lanes';
import { bullName, JOB_OPTIONS, STREAMS } from './bull-queue';
import type { PartitionLane } from './partition-lane';

export class InvocationQueue {
  private readonly queues = new Map<string, Queue>();

  /**
   * `redis` is shared with the store, so that what is written first on it also arrives first. `tagOf` gives the hash tag of
   * a partition's records: a Redis Cluster keeps its tickets on the same node.
   */
  constructor(
    private readonly redis: Redis,
    private readonly tagOf: (partition: number) => string,
    private readonly syncCarrier: Carrier,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Whether tickets bring slots to this lane. One that the waiting line carries by itself needs none. */
  isTicketed(lane: LaneName): boolean {
    return carrierOf(lane, this.syncCarrier) === 'bullmq';
  }

  /**
   * Rejects when Redis did not take it. A ticket that is there already is not added twice; `attempt` (starts so far) makes
   * it another one when the call waits again.
   */
  async enqueue(address: PartitionLane, requestID: string, attempt = 0): Promise<void> {
    if (!this.isTicketed(address.lane)) return;
    await this.queueOf(address).add('run', null, { ...JOB_OPTIONS, jobId: ticket(requestID, attempt) });
  }

  /** The same for many. */
  async enqueueAll(address: PartitionLane, requestIDs: string[]): Promise<void> {
    if (!this.isTicketed(address.lane)) return;
    const jobs = requestIDs.map((id) => ({ name: 'run', data: null, opts: { ...JOB_OPTIONS, jobId: ticket(id, 0) } }));
    await this.queueOf(address).addBulk(jobs);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private queueOf(address: PartitionLane): Queue {
    const key = `${address.partition}.${bullName(address)}`;
    let queue = this.queues.get(key);
    if (!queue) {
      const prefix = this.tagOf(address.partition);
      queue = new Queue(bullName(address), { connection: this.redis, prefix, streams: STREAMS });
      queue.on('error', this.onError);
      this.queues.set(key, queue);
      queue.waitUntilReady().catch(() => this.forget(key));
    }
    return queue;
  }

  /** One that came to be while Redis was away rejects all it is given, for ever: the next call makes a new one. */
  private forget(key: string): void {
    const queue = this.queues.get(key);
    this.queues.delete(key);
    queue?.close().catch(this.onError);
  }
}

function ticket(requestID: string, attempt: number): string {
  return `${requestID}-${attempt}`;
}
