/**
 * Keeps the registry true to what living workers serve. One process of the fleet does it at a time; it marks what nobody has
 * served for a while, forgets it much later, and changes no entry that a worker has written meanwhile.
 */
import type { FunctionSpec } from '@invoq/contract/function';
import { type Server, settledEntry } from '@invoq/policy/fleet';
import type { FleetMember } from './fleet-member';
import type { FleetStore } from './fleet-store';
import type { FunctionStore } from './function-store';
import { PeriodicTask } from '../background/periodic-task';

const PUBLISH_MS = 2_000;
/** Of a fleet in which nothing changes, ms: between two looks, and between two questions whose turn it is. */
const SELDOM_MS = 60_000;
const ASK_MS = 10_000;
/** Who keeps it is followed after so long a silence, ms. */
const TURN_MS = 6_000;

export interface RegistryKeeperOptions {
  /** How long a function that nobody serves stays known, ms. */
  keepMs: number;
  onError(error: unknown): void;
}

export class RegistryKeeper {
  private readonly task: PeriodicTask;
  /** What no heartbeat serves, by `<env>/<name>`: since when (ms, by a clock that never goes back). */
  private readonly missing = new Map<string, number>();
  private readonly lists = new Map<string, FunctionSpec[]>();
  private seen: readonly unknown[] | undefined;
  private seenAt = -Infinity;
  /** The members, and the time, when it last asked for the turn. */
  private asked: readonly unknown[] | undefined;
  private askedAt = -Infinity;

  constructor(
    private readonly fleet: FleetMember,
    private readonly store: FleetStore,
    private readonly functions: FunctionStore,
    private readonly options: RegistryKeeperOptions,
  ) {
    const { onError } = options;
    this.task = new PeriodicTask(() => this.publish(), { everyMs: PUBLISH_MS, onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  private async publish(): Promise<void> {
    const { members: known } = this.fleet;
    const isSettled = known === this.asked && this.missing.size === 0;
    if (isSettled && performance.now() - this.askedAt < ASK_MS) return;
    [this.asked, this.askedAt] = [known, performance.now()];
    const isMine = await this.store.keeps(this.fleet.id, TURN_MS);
    // What Redis has not told for a while, or was not asked, is no proof of anything.
    if (!isMine || this.fleet.answeredForMs === 0) return this.missing.clear();
    const now = performance.now();
    const { members } = this.fleet;
    if (members === this.seen && this.missing.size === 0 && now - this.seenAt < SELDOM_MS) return;
    const served = await this.served();
    if (served === undefined) return;
    for (const env of await this.functions.envs()) await this.settle(env, served);
    [this.seen, this.seenAt] = [members, now];
  }

  /** What each living worker has, by `<env>/<name>`, the newest worker last; undefined: a list is not there yet. */
  private async served(): Promise<Map<string, Server[]> | undefined> {
    const workers = this.fleet.members.filter(({ state, functions }) => state === 'ready' && functions !== undefined);
    const digests = new Set(workers.map(({ functions }) => functions!));
    for (const digest of this.lists.keys()) if (!digests.has(digest)) this.lists.delete(digest);
    for (const digest of digests) {
      const list = this.lists.get(digest) ?? (await this.store.list(digest));
      if (list === undefined) return undefined;
      this.lists.set(digest, list);
    }
    const served = new Map<string, Server[]>();
    for (const { id, functions } of [...workers].sort((a, b) => a.since - b.since)) {
      for (const spec of this.lists.get(functions!)!) {
        const key = `${spec.env}/${spec.name}`;
        const servers = served.get(key);
        if (servers) servers.push({ id, spec });
        else served.set(key, [{ id, spec }]);
      }
    }
    return served;
  }

  private async settle(env: string, served: Map<string, Server[]>): Promise<void> {
    const { keepMs } = this.options;
    for (const [name, entry] of await this.functions.entries(env)) {
      const key = `${env}/${name}`;
      const { published } = entry;
      const servers = served.get(key) ?? [];
      const isNews = servers.length === 0 && published.unservedSince === undefined;
      if (!isNews) this.missing.delete(key);
      const missingMs = isNews ? this.missingMs(key) : this.fleet.answeredForMs;
      const settled = settledEntry({ entry: published, servers, missingMs, now: this.fleet.redisNow, keepMs });
      if (settled.keep) continue;
      await this.functions.swap(env, name, entry, settled.entry);
      // Counted anew: a worker that has come since has published it, and may not be ready yet.
      this.missing.delete(key);
    }
  }

  /** Counted while Redis answers: in an outage every heartbeat is missing. */
  private missingMs(key: string): number {
    const now = performance.now();
    const since = this.missing.get(key) ?? now;
    this.missing.set(key, since);
    return Math.min(now - since, this.fleet.answeredForMs);
  }
}
