/** What operators hold back: whole queues, and single functions. */
import type { Pause } from '@invoq/contract/operations/pause';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { heldBackKey, pausesKey } from '../keys/keys';
import { laneKeys } from '../keys/lane-ref';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { servedName } from '../ready-queue/serving';
import type { OnEnd } from '../stats/ended';
import { TurningAway } from './turning-away';

/** A queue, or one function of an env. */
export type PauseTarget = { queue: string } | { env: string; function: string };

/** Lanes of calls that nobody who runs waits for. */
const LANES = ['sync', 'async'] as const;
/** Pauses that are over are remembered so long, ms: nothing waits longer. */
const LOG_MS = 60 * 86_400_000;
/** Changes that operators make at the same time are retried so often at most. */
const MOST_TURNS = 20;

export class PauseStore {
  private readonly redis: ScriptedRedis;
  private readonly turning: TurningAway;

  constructor(
    redis: Redis,
    private readonly partitions: number,
    onEnd: OnEnd = () => undefined,
  ) {
    this.redis = withScripts(redis);
    this.turning = new TurningAway(redis, partitions, onEnd);
  }

  /** By `nameOf`. */
  async all(): Promise<Map<string, Pause>> {
    const all = Object.entries(await this.redis.hgetall(pausesKey()));
    return new Map(all.map(([name, text]) => [name, JSON.parse(text) as Pause]));
  }

  /** Holds it back; what stands after that. One that is held back already keeps its pause. `queues`: all that are known. */
  async pause(target: PauseTarget, why: Pick<Pause, 'reason' | 'by'>, queues: string[]): Promise<Pause | undefined> {
    const since = new Date(await timeAt(this.redis, pausesKey())).toISOString();
    await this.redis.hsetnx(pausesKey(), nameOf(target), JSON.stringify({ ...why, since } satisfies Pause));
    return this.settle(nameOf(target), queues);
  }

  /** Lets it go; what stands after that. */
  async resume(target: PauseTarget, queues: string[]): Promise<Pause | undefined> {
    await this.redis.hdel(pausesKey(), nameOf(target));
    return this.settle(nameOf(target), queues);
  }

  /**
   * Has every partition do as is written down, whoever wrote it: when another operator has changed it meanwhile, once more.
   * The last one who reads acts by what was written last.
   */
  async settle(name: string, queues: string[]): Promise<Pause | undefined> {
    for (let turn = 0; ; turn++) {
      const wanted = await this.redis.hget(pausesKey(), name);
      await Promise.all(this.everywhere().map((partition) => this.apply(partition, name, wanted !== null, queues)));
      const now = await this.redis.hget(pausesKey(), name);
      if (now === wanted || turn === MOST_TURNS) return now === null ? undefined : (JSON.parse(now) as Pause);
    }
  }

  /** Whatever a partition holds back that is not written down any more, it lets go: its process died halfway. */
  async letGo(held: ReadonlyMap<string, Pause>, queues: string[]): Promise<void> {
    for (const partition of this.everywhere()) {
      const here = await this.redis.hkeys(heldBackKey(partition));
      for (const name of here.filter((each) => !held.has(each))) await this.settle(name, queues);
    }
  }

  /** Ends the sync calls that wait and are held back. How many there were. */
  async turnAway(target: PauseTarget, queues: string[], message: string): Promise<number> {
    const places = 'queue' in target ? [target.queue] : queues;
    const isMeant = (name: string): boolean => 'queue' in target || name === servedName(target.env, target.function);
    const turned = await Promise.all(
      places.map((queue) =>
        this.turning.turnAway({ queue, lanes: ['sync'], isMeant, type: 'PAUSED', message: () => message }),
      ),
    );
    return turned.reduce((sum, count) => sum + count, 0);
  }

  private async apply(partition: number, name: string, isPaused: boolean, queues: string[]): Promise<void> {
    const lanes = queues.flatMap((queue) => LANES.map((lane) => laneKeys(partition, { queue, lane })));
    if (lanes.length === 0) return;
    const verb = isPaused ? 'pause' : 'resume';
    await this.redis.invoqPause({ keys: { lanes }, args: { verb, what: name, keepMs: LOG_MS } });
  }

  private everywhere(): number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }
}

export function nameOf(target: PauseTarget): string {
  return 'queue' in target ? `queue:${target.queue}` : `function:${servedName(target.env, target.function)}`;
}

export function targetOf(name: string): PauseTarget {
  const [kind, first, second] = name.split(':');
  return kind === 'queue' ? { queue: first } : { env: first, function: second };
}
