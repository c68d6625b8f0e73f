/** The schedules: what was asked for, when each is due, and what came of its last run. All in one slot of a cluster. */
import type { LastRun, ListedSchedule, Schedule, ScheduleInput } from '@invoq/contract/schedule';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { lastRunsKey, lateRunsKey, schedulesDueKey, schedulesKey } from '../keys/keys';
import { readSchedule, readWithoutData, type ScheduleParts, writeSchedule } from './schedule-text';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** A due check of a schedule. Times are ms since the epoch. */
export interface DueRun {
  env: string;
  id: string;
  /** Of the look. */
  at: number;
  /** When the run was due: before the look, when it was put off. */
  runAt: number;
  /** How often it was put off. */
  tries: number;
}

/** As many schedules in one env, and as many bytes. */
export interface ScheduleBounds {
  max: number;
  maxBytes: number;
}

export type SchedulePut = { kind: 'put' } | { kind: 'many'; count: number } | { kind: 'bytes'; held: number };

/** A schedule as it is run: its data are JSON text. */
export interface RunnableSchedule extends ScheduleParts {
  last?: LastRun;
}

export interface SchedulePage {
  schedules: ListedSchedule[];
  /** The last id, when others follow. */
  next?: string;
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

  /** Makes it, or changes it. `nextRunAt`: ms since the epoch, undefined when it has no run left; a paused one is never due. */
  async put(
    env: string,
    id: string,
    input: ScheduleInput,
    nextRunAt: number | undefined,
    bounds: ScheduleBounds,
  ): Promise<SchedulePut> {
    const reply = await this.redis.invoqSchedule({
      keys: { schedules: schedulesKey(env), due: schedulesDueKey(), late: lateRunsKey() },
      args: {
        id,
        schedule: `${env}/${id}`,
        text: writeSchedule(input),
        nextRunAt: input.paused ? '' : (nextRunAt ?? NEVER),
        max: bounds.max,
        maxBytes: bounds.maxBytes,
      },
    });
    const [kind, count = 0] = reply as [SchedulePut['kind'], number?];
    if (kind === 'many') return { kind, count };
    return kind === 'bytes' ? { kind, held: count } : { kind };
  }

  /** False: there was none. */
  async delete(env: string, id: string): Promise<boolean> {
    const change = this.redis.multi().hdel(schedulesKey(env), id).hdel(lastRunsKey(env), id);
    change.hdel(lateRunsKey(), `${env}/${id}`);
    const results = (await change.zrem(schedulesDueKey(), `${env}/${id}`).exec()) ?? [];
    for (const [fault] of results) if (fault) throw fault;
    return results[0]?.[1] === 1;
  }

  async find(env: string, id: string): Promise<Schedule | undefined> {
    const [runnable, nextRunAt] = await Promise.all([
      this.runnable(env, id),
      this.redis.zscore(schedulesDueKey(), `${env}/${id}`),
    ]);
    if (!runnable) return undefined;
    const { terms, data, last } = runnable;
    return { id, ...terms, data: JSON.parse(data) as unknown, nextRunAt: isoOf(nextRunAt), last };
  }

  /** What it takes to run it. */
  async runnable(env: string, id: string): Promise<RunnableSchedule | undefined> {
    const [text, last] = await Promise.all([
      this.redis.hget(schedulesKey(env), id),
      this.redis.hget(lastRunsKey(env), id),
    ]);
    return text === null ? undefined : { ...readSchedule(text), last: lastOf(last) };
  }

  /** Those of an env by id, without their data. `after`: the last id of the page before. */
  async list(env: string, limit: number, after?: string): Promise<SchedulePage> {
    const all = (await this.redis.hkeys(schedulesKey(env))).sort();
    const from = after === undefined ? 0 : all.findIndex((id) => id > after);
    const ids = from === -1 ? [] : all.slice(from, from + limit);
    const schedules: ListedSchedule[] = [];
    for (let at = 0; at < ids.length; at += LISTED_AT_ONCE) {
      const some = ids.slice(at, at + LISTED_AT_ONCE);
      const keys = { schedules: schedulesKey(env), lastRuns: lastRunsKey(env), due: schedulesDueKey() };
      const rows = (await this.redis.invoqListed({ keys, args: { env, ids: some } })) as string[];
      some.forEach((id, i) => {
        const [text, last, due] = rows.slice(3 * i, 3 * i + 3);
        // Deleted since its id was read.
        if (text === '') return;
        schedules.push({ id, ...readWithoutData(text), nextRunAt: isoOf(due || null), last: lastOf(last || null) });
      });
    }
    const isMore = from !== -1 && from + limit < all.length;
    return { schedules, next: isMore ? ids.at(-1) : undefined };
  }

  /** When the first of them is due, ms since the epoch; Infinity: none ever is. One command, for looks that find nothing. */
  async firstDueAt(): Promise<number> {
    const [, at] = await this.redis.zrange(schedulesDueKey(), 0, '0', 'WITHSCORES');
    return at === undefined || at === 'inf' ? Infinity : Number(at);
  }

  /** Those whose time has come, the longest due first. */
  async due(now: number, limit: number): Promise<DueRun[]> {
    const keys = { due: schedulesDueKey(), late: lateRunsKey() };
    const rows = (await this.redis.invoqDue({ keys, args: { now, limit } })) as string[];
    return Array.from({ length: rows.length / 3 }, (_, i) => {
      const [env, id] = rows[3 * i].split('/');
      const at = Number(rows[3 * i + 1]);
      const [lateAt, runAt, tries] = rows[3 * i + 2].split(' ').map(Number);
      return lateAt === at ? { env, id, at, runAt, tries } : { env, id, at, runAt: at, tries: 0 };
    });
  }

  /** The run has come to something. `nextRunAt` undefined: it was the last one. False: somebody else was first, or the schedule is no longer what it was. */
  advance(due: DueRun, nextRunAt: number | undefined, last: LastRun): Promise<boolean> {
    return this.move(due, nextRunAt ?? NEVER, last, '');
  }

  /** The run could not be taken, and is tried again at `tryAt`. False: as `advance` answers. */
  putOff(due: DueRun, tryAt: number, last: LastRun): Promise<boolean> {
    return this.move(due, tryAt, last, `${tryAt} ${due.runAt} ${due.tries + 1}`);
  }

  /** A time without a schedule is of one that was deleted meanwhile. */
  async forget({ env, id }: DueRun): Promise<void> {
    await this.redis.zrem(schedulesDueKey(), `${env}/${id}`);
  }

  private async move(
    { env, id, at }: DueRun,
    nextAt: number | typeof NEVER,
    last: LastRun,
    late: string,
  ): Promise<boolean> {
    const keys = { due: schedulesDueKey(), last: lastRunsKey(env), late: lateRunsKey() };
    const args = { schedule: `${env}/${id}`, id, at, nextAt, outcome: JSON.stringify(last), late };
    return (await this.redis.invoqAdvance({ keys, args })) === 1;
  }
}

/** In one script: Redis serves others in between. */
const LISTED_AT_ONCE = 50;
/** The time of a schedule that has no run left: it is kept, and never due. */
const NEVER = '+inf';

function isoOf(ms: string | null): string | null {
  return ms === null || ms === 'inf' ? null : new Date(Number(ms)).toISOString();
}

function lastOf(text: string | null): LastRun | undefined {
  return text === null ? undefined : (JSON.parse(text) as LastRun);
}
