/**
 * What operators want of single workers. An order is kept in Redis for as long as its worker lives, and the worker reads it
 * with each heartbeat (2 s). A bell makes it read at once; a lost one costs a heartbeat.
 */
import type { Member, WorkerOrder } from '@invoq/contract/member';
import type { Redis } from 'ioredis';
import { LIST_MS } from '../fleet/fleet-store';
import { fleetKey, orderKey, workerChannel } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** On the channel of a worker. One of the release before takes it for a call that it does not run. */
const BELL = 'order';

export interface Ordered {
  /** As of its last heartbeat. */
  member: Member;
  /** What stands: `exit` is never taken back. Undefined: its release knows no orders. */
  wanted?: WorkerOrder;
}

export class WorkerOrders {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Undefined: no living worker has this id. */
  async give(worker: string, order: WorkerOrder): Promise<Ordered | undefined> {
    const raw = await this.redis.invoqOrder({
      keys: { seen: fleetKey('seen'), members: fleetKey('members'), order: orderKey(worker) },
      args: { worker, order, keepMs: LIST_MS, channel: workerChannel(worker), message: BELL },
    });
    if (raw === null) return undefined;
    const [text, wanted] = raw as [string, WorkerOrder | ''];
    const member = JSON.parse(text) as Member;
    if (member.app !== 'worker') return undefined;
    return wanted === '' ? { member } : { member, wanted };
  }

  /** Undefined: it is gone. */
  async member(worker: string): Promise<Member | undefined> {
    const text = await this.redis.hget(fleetKey('members'), worker);
    return text === null ? undefined : (JSON.parse(text) as Member);
  }
}

/** Is this message on the channel of a worker the bell? */
export function isOrderBell(message: string): boolean {
  return message === BELL;
}
