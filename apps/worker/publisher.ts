/** Tells the registry what this worker serves, so that the API can plan calls and answer 404 without asking a worker. */
import { hostname } from 'node:os';
import type { FunctionSpec } from '@invoq/contract/function';
import type { Logger } from '@invoq/host/log';
import type { FunctionStore } from '@invoq/store/function-store';

export interface PublisherOptions {
  envs: string[];
  queues: string[];
  /** Text of `INVOQ_FUNCTIONS`. */
  functions: string;
}

export class Publisher {
  /** The same deployment of the same functions, whichever process it is: it may take back what it published before. */
  private readonly source: string;

  constructor(
    private readonly store: FunctionStore,
    private readonly log: Logger,
    private readonly options: PublisherOptions,
  ) {
    this.source = `${hostname()} ${options.functions} ${[...options.queues].sort().join(',')}`;
  }

  /** Functions of queues that this worker does not serve are somebody else's to publish. */
  async publish(all: FunctionSpec[]): Promise<void> {
    const specs = all.filter(({ queue }) => this.options.queues.includes(queue));
    if (specs.length > 0) await this.store.publish(specs, this.source);
    for (const env of this.options.envs) {
      const present = new Set(specs.filter((spec) => spec.env === env).map(({ name }) => name));
      const gone = await this.store.retract(env, this.source, present);
      if (gone.length > 0) this.log.info({ env, functions: gone }, 'functions taken back');
    }
    this.log.info({ functions: specs.map(({ env, name }) => `${env}/${name}`) }, `serving ${specs.length} functions`);
  }
}
