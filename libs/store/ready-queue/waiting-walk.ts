/**
 * Walks what has no end yet, in steps: all that waits in a queue's lanes, or all that is open. What stands there for the
 * whole walk is met at least once, whatever comes and goes meanwhile; what came after its beginning is passed over.
 */
import { LANES, type LaneName } from '@invoq/policy/lanes';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { openKey, queuedKey } from '../keys/keys';
import { DueIndex } from '../background/due-index';
import type { FunctionRef } from '../keys/lane-ref';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** Where a walk stands: which of its sets, where in it, and when it began (ms since the epoch). */
export interface WalkStep {
  set: number;
  place: string;
  began: number;
}

export interface Met {
  requestID: string;
  home: FunctionRef;
}

export class WaitingWalk {
  private readonly open: DueIndex;

  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly partitions: number,
  ) {
    this.redis = withScripts(redis);
    this.open = new DueIndex(redis);
  }

  /** One step through what waits in a queue; `lanes`: all by default. */
  async ofQueue(
    queue: string,
    lanes: readonly LaneName[] = LANES,
    most: number,
    from?: WalkStep,
  ): Promise<{ met: Met[]; next?: WalkStep }> {
    const sets = this.everywhere().flatMap((partition) => lanes.map((lane) => queuedKey(partition, queue, lane)));
    return this.step(sets, most, true, from);
  }

  /** One step through all that is open: also what runs, or waits for its time. */
  async ofAll(most: number, from?: WalkStep): Promise<{ met: Met[]; next?: WalkStep }> {
    return this.step(this.everywhere().map(openKey), most, false, from);
  }

  private async step(
    sets: string[],
    most: number,
    isByTime: boolean,
    from?: WalkStep,
  ): Promise<{ met: Met[]; next?: WalkStep }> {
    const began = from?.began ?? (await timeAt(this.redis, sets[0]));
    let { set, place } = from ?? { set: 0, place: '0' };
    const ids: string[] = [];
    while (set < sets.length && ids.length < most) {
      const [next, found] = await this.redis.zscan(sets[set], place, 'COUNT', most);
      for (let i = 0; i < found.length; i += 2) if (!isByTime || Number(found[i + 1]) <= began) ids.push(found[i]);
      place = next;
      if (next === '0') set++;
    }
    const homes = await Promise.all(ids.map((requestID) => this.open.homeOf(requestID)));
    const met = ids.flatMap((requestID, i) => (homes[i] ? [{ requestID, home: homes[i] }] : []));
    return { met, next: set < sets.length ? { set, place, began } : undefined };
  }

  private everywhere(): number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }
}
