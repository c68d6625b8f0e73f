/** The schedules of an env: created, changed, paused and read. The scheduler runs those that are due. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FieldError, invalid, Refusal } from '@invoq/contract/refusal';
import {
  MAX_SCHEDULE_DATA,
  type Schedule,
  SCHEDULE_ID,
  type ScheduleInput,
  TRIGGER_SCHEDULE,
} from '@invoq/contract/schedule';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { cronError, nextRun, runsFrom } from '@invoq/policy/cron';
import type { SchedulePage, ScheduleStore } from '@invoq/store/schedules/schedule-store';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import { OneByOne } from '../http/one-by-one';
import { bytesRefusal, type Room } from '../invocations/room';
import type { ScheduleDto } from './schedule.dto';

/** As many in one env. */
export const MAX_SCHEDULES = 1_000;
/** Requests for next runs that wait for each other; each run takes milliseconds to find. */
const MAX_STEPPING = 50;

export class Schedules {
  private readonly stepping = new OneByOne(MAX_STEPPING, 'next runs');

  constructor(
    private readonly store: ScheduleStore,
    private readonly functions: RegistryCache,
    private readonly room: Room,
    /** Of all schedules of an env. */
    private readonly maxBytes: number,
  ) {}

  /** By id, without their data. `after`: where the page before ended. */
  list({ env }: Caller, limit: number, after?: string): Promise<SchedulePage> {
    return fromStore(this.store.list(env, limit, after));
  }

  async get({ env }: Caller, id: string): Promise<Schedule> {
    const schedule = SCHEDULE_ID.test(id) ? await fromStore(this.store.find(env, id)) : undefined;
    if (!schedule) throw new Refusal('SCHEDULE_NOT_FOUND', `No schedule "${id}".`);
    return schedule;
  }

  async put(caller: Caller, id: string, asking: ScheduleDto): Promise<Schedule> {
    if (!SCHEDULE_ID.test(id)) throw refused({ field: 'id', rule: 'must be 1-60 letters, digits, "_", "-" or "."' });
    mustBeOwn(id);
    const { env } = caller;
    const { data = {}, timezone = 'UTC', overlap = 'skip', paused = false } = asking;
    mustBeSound(asking.cron, timezone);
    const fault = dataError(data);
    if (fault) throw refused(fault);
    await this.room.mustHave();
    if (!(await fromStore(this.functions.find(env, asking.function)))) {
      throw new Refusal('FUNCTION_NOT_FOUND', `No function "${asking.function}" in env "${env}".`);
    }
    return this.write(caller, id, { ...asking, data, timezone, overlap, paused });
  }

  async delete({ env }: Caller, id: string): Promise<void> {
    mustBeOwn(id);
    const deleted = SCHEDULE_ID.test(id) && (await fromStore(this.store.delete(env, id)));
    if (!deleted) throw new Refusal('SCHEDULE_NOT_FOUND', `No schedule "${id}".`);
  }

  async pause(caller: Caller, id: string, paused: boolean): Promise<Schedule> {
    const schedule = await this.get(caller, id);
    if (schedule.paused === paused) return schedule;
    const { id: _, nextRunAt: __, last: ___, ...input } = schedule;
    return this.write(caller, id, { ...input, paused });
  }

  /** ISO 8601. Found one by one, and for one request at a time: others are served in between. */
  async next(caller: Caller, id: string, count: number): Promise<string[]> {
    const { cron, timezone } = await this.get(caller, id);
    mustBeSound(cron, timezone);
    const now = await fromStore(this.store.now());
    const runs = await this.stepping.do(() => stepped(runsFrom(cron, timezone, now), count));
    return runs.map((ms) => new Date(ms).toISOString());
  }

  private async write(caller: Caller, id: string, input: ScheduleInput): Promise<Schedule> {
    const { cron, timezone } = input;
    if (!input.paused) mustBeSound(cron, timezone);
    const next = input.paused ? undefined : nextRun(cron, timezone, await fromStore(this.store.now()));
    const { env } = caller;
    const put = await fromStore(this.store.put(env, id, input, next, { max: MAX_SCHEDULES, maxBytes: this.maxBytes }));
    if (put.kind === 'many') {
      throw refused({ field: 'id', rule: `must be one of the ${put.count} that there are: no env has more` });
    }
    if (put.kind === 'bytes') {
      throw bytesRefusal('STORE_FULL', { name: 'schedule-bytes', env, held: put.held, limit: this.maxBytes });
    }
    return this.get(caller, id);
  }
}

/** Those of triggers are what the files of their functions say; they may be paused. */
function mustBeOwn(id: string): void {
  if (!id.startsWith(TRIGGER_SCHEDULE)) return;
  const rule = `must not begin with "${TRIGGER_SCHEDULE}": such schedules follow the triggers of functions, and can be paused`;
  throw refused({ field: 'id', rule });
}

/** Also of one that an earlier release has taken. */
function mustBeSound(cron: string, timezone: string): void {
  const fault = cronError(cron, timezone);
  if (fault) throw refused(fault);
}

function dataError(data: unknown): FieldError | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes <= MAX_SCHEDULE_DATA) return undefined;
  return { field: 'data', rule: `must be at most ${MAX_SCHEDULE_DATA} bytes of JSON, and is ${bytes}` };
}

async function stepped(runs: Iterable<number>, count: number): Promise<number[]> {
  const found: number[] = [];
  for (const run of runs) {
    found.push(run);
    if (found.length === count) break;
    await nextTurn();
  }
  return found;
}

function refused(fault: FieldError): Refusal {
  return invalid(fault.field, fault.rule);
}
