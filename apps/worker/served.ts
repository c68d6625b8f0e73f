/**
 * What this worker serves, as announced to Redis: a worker is given the calls of these functions and no others. Said again
 * now and then, and whenever the functions change.
 */
import type { Catalog } from '@invoq/functions/catalog';
import type { LaneRef } from '@invoq/store/keys/lane-ref';
import type { Activity } from '@invoq/store/background/activity';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FORGET_MS, servedName, type Serving, servingOf, type ServingStore } from '@invoq/store/ready-queue/serving';

export interface ServedOptions {
  /** The lanes that this worker takes calls of. */
  places: LaneRef[];
  partitions: number;
  activity: Activity;
  /** Asked late: it is made after this. */
  fleet(): Pick<FleetMember, 'saysBroken' | 'anyBroken' | 'isOnlyWorker'>;
  onError(error: unknown): void;
}

interface FunctionID {
  env: string;
  name: string;
}

/** Between two announcements in a partition in which something happens, ms. */
const RENEW_MS = 10_000;
/** Elsewhere, ms: well within the time after which a silent worker is forgotten. */
const RENEW_IDLE_MS = FORGET_MS / 3;
/** Between two checks of which partitions are to be told, ms. */
const CHECK_MS = 1_000;
/**
 * Who has functions that do not load says so to the fleet first, and waits so long before it is given their calls, ms: by
 * then every worker that has them whole has announced itself anew, in partitions in which nothing happens, too.
 */
const SETTLE_MS = 4_000;
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
  /** When, of `performance.now()`. */
  private readonly saidAt: number[] = [];
  /** When the fleet was told that some do not load, of `performance.now()`. */
  private toldAt: number | undefined;
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
    this.timer ??= setInterval(() => void this.renew(), CHECK_MS).unref();
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
    const takesBroken = await this.tell(this.found().broken);
    const { whole, broken } = this.found();
    const next = servingOf(whole, takesBroken ? broken : []);
    if (next.digest === this.now.digest) return;
    this.now = next;
    // Who takes no calls (yet) serves nobody.
    if (this.timer === undefined) return;
    await this.announce();
    for (const listener of this.listeners) listener();
  }

  private found(): { whole: string[]; broken: string[] } {
    const all = this.catalog.specs().map(({ env, name }) => servedName(env, name));
    const refused = this.catalog
      .problems()
      .flatMap((problem) => (problem.function ? [servedName(problem.env, problem.function)] : []));
    return {
      whole: all.filter((name) => !this.brokenAtLoad.has(name) && !this.missing.has(name)),
      broken: [...refused, ...all.filter((name) => this.brokenAtLoad.has(name))],
    };
  }

  /** Whether the calls of functions that do not load may be taken: not before the others can have heard of it. */
  private async tell(broken: string[]): Promise<boolean> {
    const { fleet, onError } = this.options;
    const hasSome = broken.length > 0;
    if (hasSome && this.toldAt === undefined) {
      this.toldAt = performance.now();
      setTimeout(() => void this.refresh(), SETTLE_MS).unref();
    }
    if (!hasSome) this.toldAt = undefined;
    await fleet().saysBroken(hasSome).catch(onError);
    return fleet().isOnlyWorker || performance.now() - (this.toldAt ?? Infinity) >= SETTLE_MS;
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

  /** Says it again where it was said too long ago. */
  private async renew(): Promise<void> {
    const { activity, fleet, partitions } = this.options;
    const now = performance.now();
    // Who has a function whole must be known to be alive wherever another one has it broken.
    const everywhere = fleet().anyBroken;
    const isDue = (partition: number): boolean => {
      const ms = everywhere || activity.isActive(partition) ? RENEW_MS : RENEW_IDLE_MS;
      return now - (this.saidAt[partition] ?? -Infinity) >= ms;
    };
    await this.announceIn(allOf(partitions).filter(isDue));
  }

  /** Announces it in Redis, in every partition or in one. What fails is announced again later, and by a take that finds it unknown. */
  async announce(partition?: number): Promise<void> {
    await this.announceIn(partition === undefined ? allOf(this.options.partitions) : [partition]);
  }

  private async announceIn(partitions: number[]): Promise<void> {
    const { places, onError } = this.options;
    const results = await Promise.allSettled(
      partitions.map(async (each) => {
        const before = this.said.get(each)?.digest;
        this.said.set(each, this.now);
        this.saidAt[each] = performance.now();
        await this.store.announce(each, places, this.now, before);
      }),
    );
    const failed = results.findIndex((each) => each.status === 'rejected');
    if (failed < 0) return;
    results.forEach(({ status }, i) => {
      if (status === 'rejected') this.saidAt[partitions[i]] = performance.now() - RENEW_IDLE_MS + RENEW_MS;
    });
    onError((results[failed] as PromiseRejectedResult).reason);
  }
}

function allOf(partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}
