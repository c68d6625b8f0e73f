/**
 * What this worker serves, as announced to Redis: a worker is given the calls of these functions and no others. Said again
 * now and then, and whenever the functions change.
 */
import type { Catalog } from '@invoq/functions/catalog';
import type { LaneRef } from '@invoq/store/keys/lane-ref';
import { servedName, type Serving, servingOf, type ServingStore } from '@invoq/store/ready-queue/serving';

export interface ServedOptions {
  /** The lanes that this worker takes calls of. */
  places: LaneRef[];
  partitions: number;
  onError(error: unknown): void;
}

interface FunctionID {
  env: string;
  name: string;
}

/** Between two announcements, ms. */
const RENEW_MS = 10_000;
/** A function that the catalog lists and does not find is not served for so long, ms. */
const MISSING_MS = 1_000;

export class Served {
  /** As the next take goes by. */
  now: Serving = servingOf([], []);
  /** Those that could not be loaded when they were to run. */
  private readonly brokenAtLoad = new Set<string>();
  private readonly missing = new Map<string, NodeJS.Timeout>();
  private readonly listeners: (() => void)[] = [];
  /** What was last said, by partition. */
  private readonly said = new Map<number, Serving>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly catalog: Catalog,
    private readonly store: ServingStore,
    private readonly options: ServedOptions,
  ) {}

  /** Told after each change, once Redis knows of it. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.announce(), RENEW_MS).unref();
    await this.refresh();
    await this.announce();
  }

  /** This worker takes no more calls. A Redis that is away misses it, and forgets a silent worker after a while. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const [partition, serving] of this.said)
      this.store.retract(partition, this.options.places, serving).catch(this.options.onError);
    this.said.clear();
  }

  /** Reads the catalog again. `changed`: what was found out of these functions does not hold any more. */
  async refresh(changed: FunctionID[] = []): Promise<void> {
    for (const { env, name } of changed) this.brokenAtLoad.delete(servedName(env, name));
    const whole = this.catalog.specs().map(({ env, name }) => servedName(env, name));
    const refused = this.catalog
      .problems()
      .flatMap((problem) => (problem.function ? [servedName(problem.env, problem.function)] : []));
    const broken = [...refused, ...whole.filter((name) => this.brokenAtLoad.has(name))];
    const next = servingOf(
      whole.filter((name) => !this.brokenAtLoad.has(name) && !this.missing.has(name)),
      broken,
    );
    if (next.digest === this.now.digest) return;
    this.now = next;
    // Who takes no calls (yet) serves nobody.
    if (this.timer === undefined) return;
    await this.announce();
    for (const listener of this.listeners) listener();
  }

  /** It is there and does not load: from now on its calls are left to workers that have it whole, if there are any. */
  async isBroken({ env, name }: FunctionID): Promise<void> {
    this.brokenAtLoad.add(servedName(env, name));
    await this.refresh();
  }

  /** It loads after all. */
  async isWhole({ env, name }: FunctionID): Promise<void> {
    if (this.brokenAtLoad.delete(servedName(env, name))) await this.refresh();
  }

  /** It was listed, and is not there: its calls are left to others for a while. */
  async isMissing({ env, name }: FunctionID): Promise<void> {
    const served = servedName(env, name);
    if (this.missing.has(served)) return;
    const again = (): void => {
      this.missing.delete(served);
      void this.refresh();
    };
    this.missing.set(served, setTimeout(again, MISSING_MS).unref());
    await this.refresh();
  }

  /** After a silence. */
  async announceAgain(): Promise<void> {
    if (this.timer !== undefined) await this.announce();
  }

  /** Announces it in Redis, in every partition or in one. What fails is announced again later, and by a take that finds it unknown. */
  async announce(partition?: number): Promise<void> {
    const { places, partitions, onError } = this.options;
    const all = partition === undefined ? Array.from({ length: partitions }, (_, i) => i) : [partition];
    const results = await Promise.allSettled(
      all.map((each) => {
        const before = this.said.get(each)?.digest;
        this.said.set(each, this.now);
        return this.store.announce(each, places, this.now, before);
      }),
    );
    const failed = results.find((each) => each.status === 'rejected');
    if (failed) onError(failed.reason);
  }
}
