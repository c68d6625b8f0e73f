/** The producing side: puts an invocation's requestID into the waiting line of its lane. */
import type { Redis } from 'ioredis';
import { Queue } from 'bullmq';
import { type Carrier, carrierOf } from '@invoq/policy/lanes';
import { bullName, bullPrefix, JOB_OPTIONS, STREAMS } from './bull-queue';
import type { LaneAddress } from './lane-address';

export class InvocationQueue {
  private readonly queues = new Map<string, Queue>();

  /** `redis` is shared with the store, so that what is written first on it also arrives first. */
  constructor(
    private readonly redis: Redis,
    private readonly syncCarrier: Carrier,
    private readonly onFault: (error: Error) => void,
  ) {}

  /**
   * Rejects when Redis did not take it. Adding an id that waits already changes nothing. A lane that is carried by the
   * waiting line itself has its id there since the record was written.
   */
  async enqueue(address: LaneAddress, requestID: string): Promise<void> {
    if (carrierOf(address.lane, this.syncCarrier) === 'line') return;
    await this.queueOf(address).add('run', null, { ...JOB_OPTIONS, jobId: requestID });
  }

  /** The same for many. */
  async enqueueAll(address: LaneAddress, requestIDs: string[]): Promise<void> {
    if (carrierOf(address.lane, this.syncCarrier) === 'line') return;
    const jobs = requestIDs.map((jobId) => ({ name: 'run', data: null, opts: { ...JOB_OPTIONS, jobId } }));
    await this.queueOf(address).addBulk(jobs);
  }

  /** Takes back a job whose invocation was refused. A worker that was quicker finds no record and drops it. */
  async withdraw(address: LaneAddress, requestID: string): Promise<void> {
    if (carrierOf(address.lane, this.syncCarrier) === 'line') return;
    await this.queueOf(address).remove(requestID);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private queueOf(address: LaneAddress): Queue {
    const key = `${address.partition}.${bullName(address)}`;
    let queue = this.queues.get(key);
    if (!queue) {
      queue = new Queue(bullName(address), { connection: this.redis, prefix: bullPrefix(address), streams: STREAMS });
      queue.on('error', this.onFault);
      this.queues.set(key, queue);
    }
    return queue;
  }
}
