/** What the processes of the fleet write and read of each other. */
import { createHash } from 'node:crypto';
import type { FunctionSpec } from '@invoq/contract/function';
import { type Member, type MemberLoad, WORKER_ORDERS, type WorkerOrder } from '@invoq/contract/member';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { fleetKey, orderKey, queuesKey, servedKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** A heartbeat counts for so long, ms: three may be lost. */
export const LIFE_MS = 7_000;
/** Who leads is followed after so long a silence, ms. */
const LEAD_MS = 6_000;
/** A list of functions, and an order, are kept so long after the last heartbeat that named them, ms. */
export const LIST_MS = 3_600_000;

/** The functions of a worker as one text, and its digest. */
export interface ServedList {
  digest: string;
  text: string;
}

export interface Beat {
  member: Member;
  /** Undefined: as before. */
  load?: MemberLoad;
  /** Of the members that this process knows, itself among them as it is now; '' for none. */
  version: string;
  /** When its heartbeat before runs out, ms since the epoch, by Redis' clock; undefined: it is the first. */
  outAt?: number;
  /** The list of its functions, and the order for it, are kept for another while; by default they are. */
  keepsList?: boolean;
  /** The format that all are to write, if this process leads. */
  format?: number;
}

export interface BeatReply {
  /** ms since the epoch, by Redis' clock. */
  now: number;
  /** There was no heartbeat of this process any more. */
  isBack: boolean;
  leads: boolean;
  format: string | null;
  version: string;
  /** The list of its functions is to be written again. */
  listMissing: boolean;
  /** All of the fleet; undefined: as before. */
  members?: Member[];
  /** What operators want of this process; undefined: nobody has said so, or Redis has lost it. */
  order?: WorkerOrder;
}

type RawReply = [number, number, number, string, string, number, string[] | null, string];

export class FleetStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Changes nothing: for a process that may have to refuse to start. */
  async readFormat(): Promise<{ format: string | null; now: number }> {
    const [format, now] = await Promise.all([
      this.redis.get(fleetKey('format')),
      timeAt(this.redis, fleetKey('format')),
    ]);
    return { format, now };
  }

  /**
   * Did a release that writes neither number nor heartbeats leave data here? It published functions, and their queues stay
   * known for ever. Changes nothing.
   */
  async hasUnnumbered(): Promise<boolean> {
    const [beaten, published] = await Promise.all([
      this.redis.exists(fleetKey('version'), fleetKey('format')),
      this.redis.exists(queuesKey()),
    ]);
    return beaten === 0 && published === 1;
  }

  async beat({ member, load, version, outAt = 0, keepsList = true, format }: Beat): Promise<BeatReply> {
    const reply = await this.redis.invoqBeat({
      keys: { format: fleetKey('format'), functions: servedKey(member.functions ?? 'none'), ...memberKeys(member.id) },
      args: {
        id: member.id,
        ttlMs: LIFE_MS,
        member: JSON.stringify(member),
        load: load === undefined ? '' : JSON.stringify(load),
        version,
        leadMs: LEAD_MS,
        format,
        functionsTtlMs: keepsList ? LIST_MS : '',
        outAt,
      },
    });
    const [now, isBack, leads, inForce, newVersion, listMissing, all, order] = reply as RawReply;
    return {
      now,
      isBack: isBack === 1,
      leads: leads === 1,
      format: inForce === '' ? null : inForce,
      version: newVersion,
      listMissing: listMissing === 1 && member.functions !== undefined,
      members: all?.map((text) => JSON.parse(text) as Member),
      order: WORKER_ORDERS.find((known) => known === order),
    };
  }

  async leave(id: string): Promise<void> {
    await this.redis.invoqLeave({ keys: memberKeys(id), args: { id } });
  }

  async keepList({ digest, text }: ServedList): Promise<void> {
    await this.redis.set(servedKey(digest), text, 'PX', LIST_MS);
  }

  /** Undefined: it is not there (yet). */
  async list(digest: string): Promise<FunctionSpec[] | undefined> {
    const text = await this.redis.get(servedKey(digest));
    return text === null ? undefined : (JSON.parse(text) as FunctionSpec[]);
  }

  /** The living with their loads, and the time of each one's last heartbeat (ms since the epoch). */
  async living(): Promise<{ member: Member; load: MemberLoad; seenAt: number }[]> {
    const [seen, members, loads, now] = await Promise.all([
      this.redis.zrange(fleetKey('seen'), 0, '-1', 'WITHSCORES'),
      this.redis.hgetall(fleetKey('members')),
      this.redis.hgetall(fleetKey('loads')),
      timeAt(this.redis, fleetKey('seen')),
    ]);
    const living: { member: Member; load: MemberLoad; seenAt: number }[] = [];
    for (let i = 0; i < seen.length; i += 2) {
      const [id, endsAt] = [seen[i], Number(seen[i + 1])];
      if (endsAt <= now || members[id] === undefined) continue;
      const load = loads[id] === undefined ? { memoryMb: 0 } : (JSON.parse(loads[id]) as MemberLoad);
      living.push({ member: JSON.parse(members[id]) as Member, load, seenAt: endsAt - LIFE_MS });
    }
    return living;
  }

  /** Another text after each change of a member; null: nobody is there. */
  version(): Promise<string | null> {
    return this.redis.get(fleetKey('version'));
  }

  /** Takes or keeps the turn to keep the registry, for `ms`. */
  async keeps(who: string, ms: number): Promise<boolean> {
    return (await this.redis.invoqElectLeader({ keys: { leader: fleetKey('keeper') }, args: { who, ms } })) === 1;
  }
}

function memberKeys(id: string) {
  return {
    seen: fleetKey('seen'),
    members: fleetKey('members'),
    loads: fleetKey('loads'),
    version: fleetKey('version'),
    leader: fleetKey('leader'),
    order: orderKey(id),
  };
}

/** In one order, whatever the order in which files were read. */
export function servedList(specs: readonly FunctionSpec[]): ServedList {
  const sorted = [...specs].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const text = JSON.stringify(sorted);
  return { digest: createHash('sha256').update(text).digest('base64url').slice(0, 22), text };
}

function nameOf({ env, name }: FunctionSpec): string {
  return `${env}/${name}`;
}
