/** Ends sync calls that wait where nobody will start them: their callers get the reason at once. They never ran. */
import { ERRORS } from '@invoq/contract/errors';
import { failureJson } from '@invoq/contract/envelope';
import type { LaneName } from '@invoq/policy/lanes';
import type { Redis } from 'ioredis';
import { frontsKey, functionReadyKey } from '../keys/keys';
import { endingKeys } from '../keys/lane-ref';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { endedCall, type OnEnd } from '../stats/ended';

/** Stands among the fronts of a lane in which something is held back; see `paused.lua`. */
export const PAUSED_MARK = '!paused';
/** Calls of one queue that are turned away in one pass. */
const AT_ONCE = 200;

export interface TurnedAway {
  queue: string;
  lanes: readonly LaneName[];
  /** Is it about this function? By its `servedName`. */
  isMeant(name: string): boolean;
  /** What the caller gets. With `PAUSED` only calls end that are held back still. */
  type: 'PAUSED' | 'NO_WORKER';
  message(name: string): string;
}

export class TurningAway {
  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly partitions: number,
    private readonly onEnd: OnEnd = () => undefined,
  ) {
    this.redis = withScripts(redis);
  }

  /** How many there were. */
  async turnAway(which: TurnedAway): Promise<number> {
    const lines = Array.from({ length: this.partitions }, (_, partition) =>
      which.lanes.map((lane) => this.inLane(partition, lane, which)),
    );
    return (await Promise.all(lines.flat())).reduce((sum, count) => sum + count, 0);
  }

  private async inLane(partition: number, lane: LaneName, which: TurnedAway): Promise<number> {
    const { queue, type } = which;
    const fronts = await this.redis.zrange(frontsKey(partition, queue, lane), 0, '-1');
    let count = 0;
    for (const name of fronts.filter((each) => each !== PAUSED_MARK && which.isMeant(each))) {
      const line = functionReadyKey(partition, queue, lane, name);
      for (const requestID of await this.redis.zrange(line, 0, String(AT_ONCE - 1))) {
        const keys = endingKeys(requestID, { queue, lane });
        const { code, retryable } = ERRORS[type];
        const error = { type, message: which.message(name), retryable, started: false };
        const envelope = failureJson(requestID, code, error);
        const args = { id: requestID, code, envelope, why: type };
        const waited = (await this.redis.invoqTurnaway({ keys, args })) as number;
        if (waited < 0) continue;
        count++;
        const [env, called] = name.split(':');
        this.onEnd(endedCall({ env, function: called }, 'expired', waited));
      }
    }
    return count;
  }
}
