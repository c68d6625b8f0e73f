/** Queues: what waits and runs in them, and who may start. */
import type { FleetQueues, QueueView } from '@invoq/contract/fleet-views';
import type { BulkAnswer, PurgeRequest } from '@invoq/contract/operations/bulk';
import type { QueueLoad } from '@invoq/contract/operations/load';
import type { QueuePause, Reasoned } from '@invoq/contract/operations/pause';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf } from './operate';

export class Queues {
  constructor(private readonly wire: Wire) {}

  /** All of them, lane by lane. A key for single envs sees the queues of its functions, and counts their calls. */
  async list(options: ReadOptions = {}): Promise<QueueView[]> {
    return (await ask<FleetQueues>(this.wire, '/v1/queues', options)).queues;
  }

  /** One lane, in numbers. */
  load(queue: string, lane = 'async', options: ReadOptions = {}): Promise<QueueLoad> {
    return ask(this.wire, `${pathOf(queue)}/load${queryOf({ lane })}`, options);
  }

  /** Its calls wait from now on; what runs goes on. */
  pause(queue: string, { reason, ...options }: ReadOptions & Reasoned = {}): Promise<QueuePause> {
    return ask(this.wire, `${pathOf(queue)}/pause`, options, { reason });
  }

  resume(queue: string, { reason, ...options }: ReadOptions & Reasoned = {}): Promise<QueuePause> {
    return ask(this.wire, `${pathOf(queue)}/resume`, options, { reason });
  }

  /** Cancels one step of the calls that wait. Go on with the cursor of the answer until it is null. */
  purge(queue: string, { signal, env, ...request }: ReadOptions & PurgeRequest = {}): Promise<BulkAnswer> {
    return ask(this.wire, `${pathOf(queue)}/purge`, { signal, env }, request);
  }
}

function pathOf(queue: string): string {
  return `/v1/queues/${encodeURIComponent(queue)}`;
}
