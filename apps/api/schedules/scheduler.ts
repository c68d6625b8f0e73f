/**
 * Submits what is due, one process of the fleet at a time. Two at once do no harm: the requestID of a run is made of its
 * schedule and its time, so it is one call whoever submits it, and only one of them moves the schedule on.
 */
import { notesIn } from '@invoq/contract/call-notes';
import { type FieldError, invalid, Refusal } from '@invoq/contract/refusal';
import { isEnded } from '@invoq/contract/invocation';
import type { LastRun, TimerEvent } from '@invoq/contract/schedule';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { cronError, nextRun } from '@invoq/policy/cron';
import { fairly, putOffMs } from '@invoq/policy/schedule-turns';
import type { RecordReader } from '@invoq/store/record/record-reader';
import { requestIDOf } from '@invoq/store/keys/partition';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import type { DueRun, RunnableSchedule, ScheduleStore } from '@invoq/store/schedules/schedule-store';
import type { ClusterLock } from '@invoq/store/background/cluster-lock';
import type { Caller } from '../auth/caller';
import type { Invocations } from '../invocations/invocations';

export interface SchedulerOptions {
  /** Names this process among those that could have the turn. */
  who: string;
  partitions: number;
  /** ms since the epoch, by Redis' clock as far as this process knows it. */
  now(): number;
  /** While traces are exported. */
  tracing?: Tracing;
  onError(error: unknown): void;
}

const POLL_MS = 1_000;
/** The time that this process knows without asking Redis may be behind by so much, ms. */
const SOON_MS = 1_000;
/** Shorter than a pass: the same process may have the lock again. */
const TURN_MS = 900;
/** Names of due schedules that are read in one pass. */
const MAX_DUE = 5_000;
/** Runs in one pass; the others wait for the next. */
const BATCH = 200;
/** Runs under way, each with its data. */
const AT_ONCE = 20;
/** Runs that are not older are made one by one: a schedule of each second loses none to a late pass. */
const ONE_BY_ONE_MS = 5_000;

export class Scheduler {
  private readonly task: PeriodicTask;

  constructor(
    private readonly schedules: ScheduleStore,
    private readonly reader: RecordReader,
    private readonly invocations: Invocations,
    private readonly turns: ClusterLock,
    private readonly options: SchedulerOptions,
  ) {
    this.task = new PeriodicTask(() => this.pass(), { everyMs: POLL_MS, onError: options.onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  private async pass(): Promise<void> {
    if ((await this.schedules.firstDueAt()) > this.options.now() + SOON_MS) return;
    const now = await this.turns.take('schedules', this.options.who, TURN_MS);
    if (now === undefined) return;
    const runs = fairly(await this.schedules.due(now, MAX_DUE), BATCH).values();
    const work = async (): Promise<void> => {
      for (const run of runs) await this.run(run, now).catch(this.options.onError);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private async run(due: DueRun, now: number): Promise<void> {
    try {
      const schedule = await this.schedules.runnable(due.env, due.id);
      if (!schedule) return await this.schedules.forget(due);
      const fault = cronError(schedule.terms.cron, schedule.terms.timezone);
      if (fault) return await this.putOff(due, now, unsound(fault), schedule.last?.requestID);
      const came = await this.submitted(due, schedule);
      if ('refusal' in came) return await this.putOff(due, now, came.refusal, schedule.last?.requestID);
      const next = followingRun(schedule.terms, due.runAt, now);
      const isMine = await this.schedules.advance(due, next, came.last);
      if (isMine && next !== undefined && next <= now) {
        await this.run({ ...due, at: next, runAt: next, tries: 0 }, now);
      }
    } catch (error) {
      // Whatever it is that this one runs into, the others go on.
      await this.putOff(due, now, new Refusal('INTERNAL', undefined, { cause: error }));
      throw error;
    }
  }

  /** It is nobody's hindrance until it is tried again, also after a restart. */
  private async putOff(due: DueRun, now: number, refusal: Refusal, requestID?: string): Promise<void> {
    const tryAt = now + putOffMs(due.tries, (refusal.retryAfterS ?? 0) * 1_000);
    const { type, message } = refusal;
    const last: LastRun = {
      runAt: new Date(due.runAt).toISOString(),
      what: 'delayed',
      requestID,
      refused: { type, message },
    };
    await this.schedules.putOff(due, tryAt, last);
  }

  /** What came of the run, or why it has to be tried again. */
  private async submitted(
    { env, id, runAt }: DueRun,
    { terms, data, last }: RunnableSchedule,
  ): Promise<{ last: LastRun } | { refusal: Refusal }> {
    const at = new Date(runAt).toISOString();
    const before = last?.requestID;
    const requestID = requestIDOf(`${env}/${id}/${runAt}`, this.options.partitions);
    if (terms.overlap === 'skip' && before !== undefined && before !== requestID && (await this.isOpen(before))) {
      return { last: { runAt: at, what: 'skipped', requestID: before } };
    }
    const { function: name, retry, priority, timeoutMs } = terms;
    const holder = `schedule ${env}/${id}`;
    const caller: Caller = { id: holder, holder, env, scopes: new Set(['invoke']), depth: 0 };
    // Nobody has sent it: the trace of a run, with all its attempts, begins here.
    const span = this.options.tracing?.start('schedule', {
      kind: 'producer',
      attributes: { 'invoq.schedule': id, 'invoq.request_id': requestID, 'invoq.env': env, 'invoq.function': name },
    });
    const call = {
      requestID,
      function: name,
      data: terms.trigger === undefined ? data : JSON.stringify(timerEvent(terms.trigger, runAt)),
      sync: false,
      onTimeout: 'fail',
      retry,
      priority,
      timeoutMs,
      notes: notesIn(terms),
      ...span?.context,
      origin: { eventType: 'schedule', source: terms.trigger === undefined ? undefined : 'wx_trigger' },
    } as const;
    const [answer] = await this.invocations.submitAll(caller, name, [call]).catch((error: unknown) => {
      if (error instanceof Refusal) return [error];
      throw error;
    });
    span?.end(answer instanceof Refusal ? answer.message : undefined);
    if (!(answer instanceof Refusal)) return { last: { runAt: at, what: 'submitted', requestID } };
    if (answer.retryable) return { refusal: answer };
    if (answer.type === 'INTERNAL') this.options.onError(answer);
    const { type, message } = answer;
    return { last: { runAt: at, what: 'refused', requestID: before, refused: { type, message } } };
  }

  private async isOpen(requestID: string): Promise<boolean> {
    const standing = await this.reader.standing(requestID);
    return standing !== undefined && !isEnded(standing.status);
  }
}

/** Whole seconds, as the original tells them. */
function timerEvent(trigger: string, runAt: number): TimerEvent {
  const time = new Date(Math.floor(runAt / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  return { Type: 'Timer', TriggerName: trigger, Time: time };
}

/** However many older runs were missed, the one at hand makes up for them. */
function followingRun({ cron, timezone }: RunnableSchedule['terms'], runAt: number, now: number): number | undefined {
  const next = nextRun(cron, timezone, runAt);
  return next === undefined || next > now - ONE_BY_ONE_MS ? next : nextRun(cron, timezone, now);
}

/** An expression that an earlier release has taken, and this one does not. */
function unsound(fault: FieldError): Refusal {
  return invalid(fault.field, fault.rule);
}
