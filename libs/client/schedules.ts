/** Calls that the platform makes again and again, by cron. */
import type { Schedule, ScheduleInput, SchedulePage } from '@invoq/contract/schedule';
import { answerOf } from './answers';
import type { ReadOptions } from './call-options';
import type { Method, Wire } from './wire';

/** All but function and cron have defaults. */
export type ScheduleOptions = Pick<ScheduleInput, 'function' | 'cron'> & Partial<ScheduleInput>;

export class Schedules {
  constructor(private readonly wire: Wire) {}

  /** By id, without their data; 100 on a page by default. */
  list({ limit, cursor, ...options }: ReadOptions & { limit?: number; cursor?: string } = {}): Promise<SchedulePage> {
    const query = new URLSearchParams();
    if (limit !== undefined) query.set('limit', String(limit));
    if (cursor !== undefined) query.set('cursor', cursor);
    return this.ask('GET', query.size === 0 ? '' : `?${query.toString()}`, options);
  }

  get(id: string, options: ReadOptions = {}): Promise<Schedule> {
    return this.ask('GET', pathOf(id), options);
  }

  /** Makes it, or puts this in the place of the one with this id. */
  put(id: string, schedule: ScheduleOptions, options: ReadOptions = {}): Promise<Schedule> {
    return this.ask('PUT', pathOf(id), options, JSON.stringify(schedule));
  }

  async delete(id: string, options: ReadOptions = {}): Promise<void> {
    // Sent once: the second of two would not find it.
    answerOf(await this.wire.send('DELETE', `/v1/schedules${pathOf(id)}`, options));
  }

  pause(id: string, options: ReadOptions = {}): Promise<Schedule> {
    return this.ask('POST', `${pathOf(id)}/pause`, options);
  }

  resume(id: string, options: ReadOptions = {}): Promise<Schedule> {
    return this.ask('POST', `${pathOf(id)}/resume`, options);
  }

  /** ISO 8601. */
  async next(id: string, count = 5, options: ReadOptions = {}): Promise<string[]> {
    return (await this.ask<{ runs: string[] }>('GET', `${pathOf(id)}/next?count=${count}`, options)).runs;
  }

  /** All of these are idempotent. */
  private async ask<T>(method: Method, tail: string, options: ReadOptions, body?: string): Promise<T> {
    return answerOf(await this.wire.read(`/v1/schedules${tail}`, options, { method, body })).data as T;
  }
}

function pathOf(id: string): string {
  return `/${encodeURIComponent(id)}`;
}
