/** Workers: which there are, and what they have to do. */
import type { WorkerView } from '@invoq/contract/fleet-views';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf } from './operate';

export class Workers {
  constructor(private readonly wire: Wire) {}

  /** The living ones. A key for single envs sees those that serve its env. `functions`: with the names of theirs. */
  async list({ functions, ...options }: ReadOptions & { functions?: boolean } = {}): Promise<WorkerView[]> {
    const path = `/v1/workers${queryOf({ include: functions ? 'functions' : undefined })}`;
    return (await ask<{ workers: WorkerView[] }>(this.wire, path, options)).workers;
  }
}
