/**
 * The gauges of the whole fleet. One API process, the leader, reads what has changed every two seconds; a scrape tells what it has read,
 * and how long ago that was. The others report none of them, so a sum over all processes counts nothing twice.
 */
import type { FleetValues, Metrics } from '@invoq/host/metrics';
import type { Redis } from '@invoq/store/connection/connection';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';
import {
  type FleetSnapshot,
  type FleetSnapshots,
  registered,
  type Registered,
} from '@invoq/store/fleet/fleet-snapshot';
import { Leadership } from '@invoq/store/background/leadership';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import type { Room } from '../invocations/room';

const POLL_MS = 2_000;
/** Who leads is followed after so long a silence, ms. */
const LEAD_MS = 6_000;
/** The registry is read again after so long, and whenever the fleet changes, ms. */
const REGISTRY_MS = 10_000;

export interface FleetGaugesOptions {
  onError(error: unknown): void;
}

export class FleetGauges {
  private readonly task: PeriodicTask;
  private readonly leadership: Leadership;
  private known: { registry: Registered; members: unknown; at: number } | undefined;
  private values: Omit<FleetValues, 'invoq_fleet_snapshot_age_seconds'> | undefined;
  private readAt = 0;

  constructor(
    private readonly redis: Redis,
    private readonly fleet: FleetMember,
    private readonly room: Room,
    private readonly snapshots: FleetSnapshots,
    options: FleetGaugesOptions,
  ) {
    this.leadership = new Leadership(redis, 'gauges', fleet.id, LEAD_MS);
    const onError = (error: unknown): void => {
      if (redis.status === 'ready') options.onError(error);
    };
    this.task = new PeriodicTask(() => this.refresh(), { everyMs: POLL_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  attachTo(metrics: Metrics): void {
    metrics.onScrape(() => {
      if (!this.values) return metrics.forgetFleet();
      const age = (performance.now() - this.readAt) / 1_000;
      metrics.reportFleet({ ...this.values, invoq_fleet_snapshot_age_seconds: [{ value: age }] });
    });
  }

  private async refresh(): Promise<void> {
    if (!(await this.leadership.holds())) {
      this.values = undefined;
      return;
    }
    const began = performance.now();
    const registry = await this.registry();
    const served = new Set(this.fleet.members.flatMap(({ queues }) => queues ?? []));
    const queues = [...new Set([...registry.queues, ...served])].sort();
    const snapshot = await this.snapshots.read(queues, registry.limited);
    const isThere = new Set([...registry.inUse, ...served]);
    for (const { queue, waiting } of snapshot.lanes) if (waiting > 0) isThere.add(queue);
    this.values = { ...this.fromSnapshot(snapshot, isThere), ...this.ofMembers(isThere) };
    this.readAt = began;
  }

  private async registry(): Promise<Registered> {
    const { members } = this.fleet;
    const isFresh = this.known?.members === members && performance.now() - this.known.at < REGISTRY_MS;
    if (!isFresh) this.known = { registry: await registered(this.redis), members, at: performance.now() };
    return this.known!.registry;
  }

  private fromSnapshot(
    { lanes, callbacks, deadLetters, limited, running, delayed, retrying }: FleetSnapshot,
    isThere: Set<string>,
  ) {
    const there = lanes.filter(({ queue }) => isThere.has(queue));
    return {
      invoq_queue_depth: there.map(({ queue, lane, waiting }) => ({ labels: { queue, lane }, value: waiting })),
      invoq_queue_oldest_age_seconds: there.map(({ queue, lane, oldestMs }) => ({
        labels: { queue, lane },
        value: oldestMs / 1_000,
      })),
      invoq_calls_open: Object.entries({ running, delayed, retrying }).map(([state, value]) => ({
        labels: { state },
        value,
      })),
      invoq_callbacks_waiting: [{ value: callbacks.waiting }],
      invoq_callbacks_oldest_age_seconds: [{ value: callbacks.oldestMs / 1_000 }],
      invoq_dead_letters: deadLetters.map(({ env, function: name, count }) => ({
        labels: { function: name, env },
        value: count,
      })),
      invoq_function_running: limited.map(({ env, function: name, running: value }) => ({
        labels: { function: name, env },
        value,
      })),
      invoq_function_concurrency: limited.map(({ env, function: name, concurrency: value }) => ({
        labels: { function: name, env },
        value,
      })),
      invoq_redis_memory_ratio: [{ value: this.room.usedRatio }],
    };
  }

  private ofMembers(isThere: Set<string>) {
    const { members } = this.fleet;
    const counts = new Map<string, number>();
    for (const { app, state } of members) counts.set(`${app} ${state}`, (counts.get(`${app} ${state}`) ?? 0) + 1);
    return {
      invoq_fleet_members: [...counts].map(([key, value]) => {
        const [process, state] = key.split(' ');
        return { labels: { process, state }, value };
      }),
      invoq_queue_workers: [...isThere].map((queue) => ({
        labels: { queue },
        value: members.filter(({ state, queues }) => state === 'ready' && queues?.includes(queue)).length,
      })),
    };
  }
}
