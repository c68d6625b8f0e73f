/** The schedules of an env: made, changed, paused, and told of. What is due is the scheduler's. */
import { type FieldFault, Refusal } from '@invoq/contract/errors';
import { type Schedule, SCHEDULE_ID, type ScheduleWish } from '@invoq/contract/schedule';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { cronFault, runsAfter } from '@invoq/policy/cron';
import type { ScheduleStore } from '@invoq/store/schedule-store';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Caller } from '../callers/caller';
import type { ScheduleDto } from './schedule.dto';

/** As many in one env. */
const MAX_SCHEDULES = 1_000;

export class Schedules {
  constructor(
    private readonly store: ScheduleStore,
    private readonly functions: RegistryCache,
  ) {}

  list({ env }: Caller): Promise<Schedule[]> {
    return asked(this.store.list(env));
  }

  async get({ env }: Caller, id: string): Promise<Schedule> {
    const schedule = SCHEDULE_ID.test(id) ? await asked(this.store.find(env, id)) : undefined;
    if (!schedule) throw new Refusal('SCHEDULE_NOT_FOUND', `No schedule "${id}".`);
    return schedule;
  }

  async put(caller: Caller, id: string, asking: ScheduleDto): Promise<Schedule> {
    if (!SCHEDULE_ID.test(id)) throw refused({ field: 'id', rule: 'must be 1-60 letters, digits, "_", "-" or "."' });
    const { env } = caller;
    const { data = {}, timezone = 'UTC', overlap = 'skip', paused = false } = asking;
    const fault = cronFault(asking.cron, timezone);
    if (fault) throw refused(fault);
    if (!(await asked(this.functions.find(env, asking.function)))) {
      throw new Refusal('FUNCTION_NOT_FOUND', `No function "${asking.function}" in env "${env}".`);
    }
    if (!(await asked(this.store.find(env, id))) && (await asked(this.store.count(env))) >= MAX_SCHEDULES) {
      throw refused({ field: 'id', rule: `must be one of the ${MAX_SCHEDULES} that there are: no env has more` });
    }
    return this.write(caller, id, { ...asking, data, timezone, overlap, paused });
  }

  async delete({ env }: Caller, id: string): Promise<void> {
    const deleted = SCHEDULE_ID.test(id) && (await asked(this.store.delete(env, id)));
    if (!deleted) throw new Refusal('SCHEDULE_NOT_FOUND', `No schedule "${id}".`);
  }

  async pause(caller: Caller, id: string, paused: boolean): Promise<Schedule> {
    const schedule = await this.get(caller, id);
    if (schedule.paused === paused) return schedule;
    const { id: _, nextRunAt: __, last: ___, ...wish } = schedule;
    return this.write(caller, id, { ...wish, paused });
  }

  /** ISO 8601. */
  async next(caller: Caller, id: string, count: number): Promise<string[]> {
    const { cron, timezone } = await this.get(caller, id);
    const runs = runsAfter(cron, timezone, await asked(this.store.now()), count);
    return runs.map((ms) => new Date(ms).toISOString());
  }

  private async write(caller: Caller, id: string, wish: ScheduleWish): Promise<Schedule> {
    const [next] = runsAfter(wish.cron, wish.timezone, await asked(this.store.now()), 1);
    await asked(this.store.put(caller.env, id, wish, next));
    return this.get(caller, id);
  }
}

function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw storeRefusal(error);
  });
}

function refused(fault: FieldFault): Refusal {
  return new Refusal('INVALID_REQUEST', `${fault.field} ${fault.rule}.`, { fields: [fault] });
}
