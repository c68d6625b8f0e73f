/**
 * Timer triggers of functions as schedules: one process of the fleet at a time makes those that are missing, changes those that
 * are no longer what their files say, and deletes those without a trigger. A schedule that was paused stays paused.
 */
import { createHash } from 'node:crypto';
import { type FunctionSpec, TRIGGER_TIMEZONE } from '@invoq/contract/function';
import { type ListedSchedule, type ScheduleInput, TRIGGER_SCHEDULE } from '@invoq/contract/schedule';
import { nextRun } from '@invoq/policy/cron';
import type { FunctionStore } from '@invoq/store/fleet/function-store';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import type { ScheduleBounds, ScheduleStore } from '@invoq/store/schedules/schedule-store';
import type { ClusterLock } from '@invoq/store/background/cluster-lock';

export interface TriggerSchedulesOptions {
  who: string;
  bounds: ScheduleBounds;
  /** All processes of the fleet: other ones after each change of one, as of what a worker serves. */
  members(): readonly unknown[];
  onError(error: unknown): void;
}

const POLL_MS = 3_000;
/** While the fleet is as it was for so long, ms. */
const IDLE_POLL_MS = 10_000;
const TURN_MS = 2_900;
const MAX_ID = 60;

type TriggerInput = Omit<ScheduleInput, 'paused'>;

export class TriggerSchedules {
  private readonly task: PeriodicTask;
  private published = '';
  private members: readonly unknown[] | undefined;
  private changedAt = 0;
  private passedAt = -Infinity;

  constructor(
    private readonly functions: FunctionStore,
    private readonly schedules: ScheduleStore,
    private readonly turns: ClusterLock,
    private readonly options: TriggerSchedulesOptions,
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
    const at = performance.now();
    const members = this.options.members();
    if (members !== this.members) [this.members, this.changedAt] = [members, at];
    if (at - this.changedAt > IDLE_POLL_MS && at - this.passedAt < IDLE_POLL_MS) return;
    this.passedAt = at;
    const now = await this.turns.take('triggers', this.options.who, TURN_MS);
    if (now === undefined) return;
    for (const env of await this.functions.envs()) await this.settle(env, now);
  }

  private async settle(env: string, now: number): Promise<void> {
    const specs = await this.functions.list(env);
    const all = (await this.schedules.list(env, this.options.bounds.max)).schedules;
    const made = new Map(all.filter(({ id }) => id.startsWith(TRIGGER_SCHEDULE)).map((each) => [each.id, each]));
    for (const [id, input] of specs.flatMap(inputsOf)) {
      const before = made.get(id);
      made.delete(id);
      if (!before || !isSame(before, input)) await this.put(env, id, input, before?.paused ?? false, now);
    }
    // What does not load says nothing of its triggers.
    const unsure = new Set(specs.filter(({ loadProblem }) => loadProblem).map(({ name }) => name));
    for (const [id, schedule] of made) if (!unsure.has(schedule.function)) await this.schedules.delete(env, id);
  }

  private async put(env: string, id: string, input: TriggerInput, paused: boolean, now: number): Promise<void> {
    const next = nextRun(input.cron, input.timezone, now);
    const put = await this.schedules.put(env, id, { ...input, paused }, next, this.options.bounds);
    const fault = put.kind === 'put' ? '' : `the trigger ${id} of env ${env} has no schedule: no room for it`;
    if (fault !== '' && fault !== this.published) this.options.onError(new Error(fault));
    this.published = fault;
  }
}

function inputsOf({ name, triggers = [] }: FunctionSpec): [id: string, input: TriggerInput][] {
  return triggers.map(({ name: trigger, cron }) => [
    idOf(name, trigger),
    { function: name, cron, timezone: TRIGGER_TIMEZONE, trigger, overlap: 'skip', data: {} },
  ]);
}

function idOf(name: string, trigger: string): string {
  const id = `${TRIGGER_SCHEDULE}${name}.${trigger}`;
  if (id.length <= MAX_ID) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return `${id.slice(0, MAX_ID - digest.length - 1)}-${digest}`;
}

function isSame(before: ListedSchedule, input: TriggerInput): boolean {
  return (
    before.function === input.function &&
    before.cron === input.cron &&
    before.timezone === input.timezone &&
    before.trigger === input.trigger
  );
}
