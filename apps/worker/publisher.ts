/** Tells the fleet which functions this worker serves, and the registry what the API has to know of them. */
import type { FunctionSpec } from '@invoq/contract/function';
import type { Logger } from '@invoq/host/log';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';
import type { FunctionStore } from '@invoq/store/fleet/function-store';

export interface PublisherOptions {
  queues: string[];
  /** What there is to serve, at the time of asking. */
  specs(): FunctionSpec[];
}

export class Publisher {
  /** What this worker has written to the registry, by `<env>/<name>`. */
  private readonly written = new Map<string, string>();
  private last: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;

  constructor(
    private readonly store: FunctionStore,
    private readonly fleet: FleetMember,
    private readonly log: Logger,
    private readonly options: PublisherOptions,
  ) {}

  /** Functions of queues that this worker does not serve are somebody else's to publish. */
  served(): FunctionSpec[] {
    return this.options.specs().filter(({ queue }) => this.options.queues.includes(queue));
  }

  /** Is there any function, be it of other queues? Their calls may wait in the queues of this worker still. */
  get hasAny(): boolean {
    return this.options.specs().length > 0;
  }

  /**
   * One at a time, and each with what there is to serve when its turn comes: of two changes at the same moment the older
   * snapshot never comes last. Resolves when all that was there at the time of asking is published.
   */
  async publish(): Promise<void> {
    this.waiting ??= this.last
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined;
        return (this.last = this.publishNow());
      });
    return this.waiting;
  }

  /** After a silence: what the registry has lost or marked as unserved is written again, and nothing that others wrote. */
  async publishAgain(): Promise<void> {
    for (const env of new Set(this.served().map((spec) => spec.env))) {
      const entries = await this.store.entries(env);
      for (const { name } of this.served().filter((spec) => spec.env === env)) {
        const entry = entries.get(name);
        if (!entry || entry.published.unservedSince !== undefined) this.written.delete(`${env}/${name}`);
      }
    }
    await this.publish();
  }

  private async publishNow(): Promise<void> {
    const specs = this.served();
    const isNews = specs.filter((spec) => this.written.get(keyOf(spec)) !== JSON.stringify(spec));
    // The list first: an entry whose writer does not serve it would be taken for a stale one.
    await this.fleet.serves(specs);
    await this.store.publish(isNews, this.fleet.id);
    const names = new Set(specs.map(keyOf));
    for (const key of this.written.keys()) if (!names.has(key)) this.written.delete(key);
    for (const spec of specs) this.written.set(keyOf(spec), JSON.stringify(spec));
    this.log.info({ functions: [...names] }, `serving ${specs.length} functions`);
  }
}

function keyOf({ env, name }: FunctionSpec): string {
  return `${env}/${name}`;
}
