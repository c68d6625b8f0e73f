/**
 * Submits what is due, one process of the fleet at a time. Two at once do no harm: the requestID of a run is made of its
 * schedule and its time, so it is one call whoever submits it, and only one of them moves the schedule on.
 */
import { Refusal } from '@invoq/contract/errors';
import { isEnded } from '@invoq/contract/invocation';
import type { LastRun, Schedule } from '@invoq/contract/schedule';
import { runsAfter } from '@invoq/policy/cron';
import type { RecordReader } from '@invoq/store/record-reader';
import { requestIDOf } from '@invoq/store/partition';
import { Rounds } from '@invoq/store/rounds';
import type { DueRun, ScheduleStore } from '@invoq/store/schedule-store';
import type { Turns } from '@invoq/store/turns';
import type { Caller } from '../callers/caller';
import type { Invocations } from '../invocations/invocations';

export interface SchedulerOptions {
  /** Names this process among those that could have the turn. */
  who: string;
  partitions: number;
  onFault(error: unknown): void;
}

const LOOK_MS = 1_000;
/** Shorter than a look: whoever had the turn may have it again. */
const TURN_MS = 900;
/** Runs in one look; the others wait for the next. */
const BATCH = 200;

export class Scheduler {
  private readonly rounds: Rounds;

  constructor(
    private readonly schedules: ScheduleStore,
    private readonly reader: RecordReader,
    private readonly invocations: Invocations,
    private readonly turns: Turns,
    private readonly options: SchedulerOptions,
  ) {
    this.rounds = new Rounds(() => this.look(), { everyMs: LOOK_MS, onFault: options.onFault });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  private async look(): Promise<void> {
    const now = await this.turns.take('schedules', this.options.who, TURN_MS);
    if (now === undefined) return;
    const runs = await this.schedules.due(now, BATCH);
    await Promise.all(runs.map((run) => this.run(run, now).catch(this.options.onFault)));
  }

  private async run(due: DueRun, now: number): Promise<void> {
    const schedule = await this.schedules.find(due.env, due.id);
    if (!schedule) return this.schedules.forget(due);
    const last = await this.submitted(due, schedule);
    // What cannot be taken now is tried at the next look.
    if (!last) return;
    // However many runs were missed, this one makes up for them: the next is in the future.
    const [next] = runsAfter(schedule.cron, schedule.timezone, Math.max(now, due.runAt), 1);
    await this.schedules.advance(due, next, last);
  }

  /** What came of the run; undefined: nothing yet. */
  private async submitted({ env, id, runAt }: DueRun, schedule: Schedule): Promise<LastRun | undefined> {
    const at = new Date(runAt).toISOString();
    const before = schedule.last?.requestID;
    const requestID = requestIDOf(`${env}/${id}/${runAt}`, this.options.partitions);
    if (schedule.overlap === 'skip' && before !== undefined && before !== requestID && (await this.isOpen(before))) {
      return { runAt: at, what: 'skipped', requestID: before };
    }
    const { function: name, data, retry, priority, timeoutMs } = schedule;
    const holder = `schedule ${env}/${id}`;
    const caller: Caller = { id: holder, holder, env, scopes: new Set(['invoke']), depth: 0 };
    const call = {
      requestID,
      function: name,
      data: JSON.stringify(data),
      sync: false,
      onTimeout: 'fail',
      retry,
      priority,
      timeoutMs,
      origin: { eventType: 'schedule' },
    } as const;
    const [answer] = await this.invocations.submitAll(caller, name, [call]).catch((error: unknown) => {
      if (error instanceof Refusal) return [error];
      throw error;
    });
    if (!(answer instanceof Refusal)) return { runAt: at, what: 'submitted', requestID };
    if (answer.retryable) return undefined;
    if (answer.type === 'INTERNAL') this.options.onFault(answer);
    return { runAt: at, what: 'refused', requestID: before, refused: { type: answer.type, message: answer.message } };
  }

  private async isOpen(requestID: string): Promise<boolean> {
    const standing = await this.reader.standing(requestID);
    return standing !== undefined && !isEnded(standing.status);
  }
}
