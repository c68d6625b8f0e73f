/** Workers: what they have to do, and taking them out of service. */
import type { FleetWorkers, WorkerView } from '@invoq/contract/fleet-views';
import type { DrainRequest, WorkerDrain } from '@invoq/contract/operations/drain';
import type { Reasoned } from '@invoq/contract/operations/pause';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf } from './operate';

export class Workers {
  constructor(private readonly wire: Wire) {}

  /** The living ones. A key for single envs sees those that serve its env. `functions`: with the names of theirs. */
  async list({ functions, ...options }: ReadOptions & { functions?: boolean } = {}): Promise<WorkerView[]> {
    const path = `/v1/workers${queryOf({ include: functions ? 'functions' : undefined })}`;
    return (await ask<FleetWorkers>(this.wire, path, options)).workers;
  }

  /** It takes no more calls, and ends what runs. It stays up until it is resumed; with `exit` it ends. */
  drain(id: string, { exit, reason, ...options }: ReadOptions & DrainRequest = {}): Promise<WorkerDrain> {
    return ask(this.wire, `${pathOf(id)}/drain`, options, { exit, reason });
  }

  /** It takes calls again. One that is about to end does not: `WORKER_ENDING`. */
  resume(id: string, { reason, ...options }: ReadOptions & Reasoned = {}): Promise<WorkerDrain> {
    return ask(this.wire, `${pathOf(id)}/resume`, options, { reason });
  }
}

function pathOf(id: string): string {
  return `/v1/workers/${encodeURIComponent(id)}`;
}
