/** The schedules: what was asked for, when each is due, and what came of its last run. All in one slot of a cluster. */
import type { LastRun, Schedule, ScheduleWish } from '@invoq/contract/schedule';
import type { Redis } from 'ioredis';
import { timeAt } from './clock';
import { lastRunsKey, schedulesDueKey, schedulesKey } from './keys';
import { type ScriptedRedis, withScripts } from './scripts';

export interface DueRun {
  env: string;
  id: string;
  /** When it was due, ms since the epoch. */
  runAt: number;
}

export class ScheduleStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** By the clock of Redis, ms since the epoch. */
  async now(): Promise<number> {
    return timeAt(this.redis, schedulesDueKey());
  }

  /** Makes it, or changes it. `nextRunAt`: ms since the epoch; a paused one is never due. */
  async put(env: string, id: string, wish: ScheduleWish, nextRunAt: number): Promise<void> {
    const change = this.redis.multi().hset(schedulesKey(env), id, JSON.stringify(wish));
    if (wish.paused) change.zrem(schedulesDueKey(), `${env}/${id}`);
    else change.zadd(schedulesDueKey(), nextRunAt, `${env}/${id}`);
    for (const [fault] of (await change.exec()) ?? []) if (fault) throw fault;
  }

  /** False: there was none. */
  async delete(env: string, id: string): Promise<boolean> {
    const change = this.redis.multi().hdel(schedulesKey(env), id).hdel(lastRunsKey(env), id);
    const results = (await change.zrem(schedulesDueKey(), `${env}/${id}`).exec()) ?? [];
    for (const [fault] of results) if (fault) throw fault;
    return results[0]?.[1] === 1;
  }

  async find(env: string, id: string): Promise<Schedule | undefined> {
    const [wish, last, nextRunAt] = await Promise.all([
      this.redis.hget(schedulesKey(env), id),
      this.redis.hget(lastRunsKey(env), id),
      this.redis.zscore(schedulesDueKey(), `${env}/${id}`),
    ]);
    return wish === null ? undefined : scheduleOf(id, wish, last, nextRunAt);
  }

  /** Those of an env, by id. */
  async list(env: string): Promise<Schedule[]> {
    const [wishes, lasts] = await Promise.all([
      this.redis.hgetall(schedulesKey(env)),
      this.redis.hgetall(lastRunsKey(env)),
    ]);
    const ids = Object.keys(wishes).sort();
    if (ids.length === 0) return [];
    const times = await this.redis.zmscore(schedulesDueKey(), ...ids.map((id) => `${env}/${id}`));
    return ids.map((id, i) => scheduleOf(id, wishes[id], lasts[id] ?? null, times[i]));
  }

  count(env: string): Promise<number> {
    return this.redis.hlen(schedulesKey(env));
  }

  /** Those whose time has come, the longest due first. */
  async due(now: number, limit: number): Promise<DueRun[]> {
    const rows = await this.redis.zrangebyscore(schedulesDueKey(), '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit);
    return Array.from({ length: rows.length / 2 }, (_, i) => {
      const [env, id] = rows[2 * i].split('/');
      return { env, id, runAt: Number(rows[2 * i + 1]) };
    });
  }

  /** False: somebody else was first, or it is no longer what it was. */
  async advance({ env, id, runAt }: DueRun, nextRunAt: number, last: LastRun): Promise<boolean> {
    const keys = [schedulesDueKey(), lastRunsKey(env)];
    return (await this.redis.invoqAdvance(...keys, `${env}/${id}`, id, runAt, nextRunAt, JSON.stringify(last))) === 1;
  }

  /** A time without a schedule is of one that was deleted meanwhile. */
  async forget({ env, id }: DueRun): Promise<void> {
    await this.redis.zrem(schedulesDueKey(), `${env}/${id}`);
  }
}

function scheduleOf(id: string, wish: string, last: string | null, nextRunAt: string | null): Schedule {
  return {
    id,
    ...(JSON.parse(wish) as ScheduleWish),
    nextRunAt: nextRunAt === null ? null : new Date(Number(nextRunAt)).toISOString(),
    last: last === null ? undefined : (JSON.parse(last) as LastRun),
  };
}
