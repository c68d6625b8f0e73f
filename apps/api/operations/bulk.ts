/** One action on many calls, a bounded step at a time. Each step counts what it met, and says where to go on. */
import { BULK_STEP, type BulkAnswer, type BulkFilter } from '@invoq/contract/operations/bulk';
import { isEnded, type Status } from '@invoq/contract/invocation';
import { invalid } from '@invoq/contract/refusal';
import type { LaneName } from '@invoq/policy/lanes';
import type { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { RecordReader } from '@invoq/store/record/record-reader';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Met, WaitingWalk, WalkStep } from '@invoq/store/ready-queue/waiting-walk';
import type { Caller } from '../auth/caller';
import type { DeadLetterService } from '../dead-letters/dead-letter.service';
import type { HangUp } from '../invocations/call';

/** What one step is asked for. */
export interface StepInput {
  dryRun: boolean;
  cursor?: string;
}

interface Tally {
  looked: number;
  matched: number;
  done: number;
  refused: Record<string, number>;
}

/** Records that are read or ended at once. */
const AT_ONCE = 50;

export class Bulk {
  constructor(
    private readonly walk: WaitingWalk,
    private readonly store: InvocationStore,
    private readonly reader: RecordReader,
    private readonly letters: DeadLetters,
    private readonly deadLetters: DeadLetterService,
  ) {}

  /** Cancels what waits in a queue. What started meanwhile goes on. */
  async purge(
    queue: string,
    lanes: readonly LaneName[] | undefined,
    { dryRun, cursor }: StepInput,
  ): Promise<BulkAnswer> {
    const from = cursor === undefined ? undefined : stepOf(cursor);
    const { met, next } = await fromStore(this.walk.ofQueue(queue, lanes, BULK_STEP, from));
    const tally: Tally = { looked: met.length, matched: met.length, done: 0, refused: {} };
    if (!dryRun) await this.each(met, tally, (one) => this.cancel(one, true));
    return answerOf(dryRun, tally, next);
  }

  /** Cancels calls of the caller's env that have no end. */
  async cancelAll({ env }: Caller, filter: BulkFilter, { dryRun, cursor }: StepInput): Promise<BulkAnswer> {
    const from = cursor === undefined ? undefined : stepOf(cursor);
    const { met, next } = await fromStore(this.walk.ofAll(BULK_STEP, from));
    const ours = met.filter(({ home }) => home.env === env && (filter.function ?? home.function) === home.function);
    const named = await this.named(ours, filter, from?.began ?? next?.began);
    const tally: Tally = { looked: met.length, matched: named.length, done: 0, refused: {} };
    if (!dryRun) await this.each(named, tally, (one) => this.cancel(one, false));
    return answerOf(dryRun, tally, next);
  }

  /** Does dead letters of the caller's env again, the oldest first; each once, however many ask. */
  async replayAll(
    caller: Caller,
    filter: BulkFilter,
    { dryRun, cursor }: StepInput,
    hangUp: HangUp,
  ): Promise<BulkAnswer> {
    const began = cursor === undefined ? await fromStore(this.letters.now()) : letterStepOf(cursor).began;
    const after = cursor === undefined ? undefined : letterStepOf(cursor).after;
    const { since = 0, until = began } = timesOf(filter);
    const page = await fromStore(this.letters.walk(caller.env, filter.function, BULK_STEP, after));
    const inTime = page.filter(({ diedAt }) => diedAt >= since && diedAt <= Math.min(until, began));
    const statuses = filter.status === undefined ? undefined : new Set<Status>(filter.status);
    const named = statuses
      ? (await this.standing(inTime)).filter(({ status }) => status !== undefined && statuses.has(status))
      : inTime;
    const tally: Tally = { looked: page.length, matched: named.length, done: 0, refused: {} };
    if (!dryRun) {
      for (const name of new Set(named.map((letter) => letter.function))) {
        const ids = named.filter((letter) => letter.function === name).map(({ requestID }) => requestID);
        const { replays } = await this.deadLetters.replay(caller, name, ids, hangUp);
        for (const { refused } of replays) count(tally, refused?.type);
      }
    }
    const last = page.length < BULK_STEP ? undefined : page.at(-1)!.letter;
    const next = last === undefined ? undefined : { after: last, began };
    return { dryRun, ...tally, cursor: next ? written(next) : null };
  }

  /** Those that the filter names, by what stands in their records now. */
  private async named(met: Met[], filter: BulkFilter, began?: number): Promise<Met[]> {
    const { since = 0, until = began ?? Infinity } = timesOf(filter);
    const statuses = filter.status === undefined ? undefined : new Set<Status>(filter.status);
    const read = await this.standing(met);
    return read.filter(({ status, queuedAt }) => {
      if (status === undefined || isEnded(status)) return false;
      return (!statuses || statuses.has(status)) && queuedAt >= since && queuedAt <= until;
    });
  }

  private async standing<T extends { requestID: string }>(
    some: T[],
  ): Promise<(T & { status?: Status; queuedAt: number })[]> {
    const all: (T & { status?: Status; queuedAt: number })[] = [];
    for (let at = 0; at < some.length; at += AT_ONCE) {
      const batch = some.slice(at, at + AT_ONCE);
      const read = await fromStore(Promise.all(batch.map(({ requestID }) => this.reader.brief(requestID))));
      batch.forEach((one, i) => all.push({ ...one, status: read[i]?.status, queuedAt: read[i]?.queuedAt ?? 0 }));
    }
    return all;
  }

  private async cancel({ requestID, home }: Met, onlyWaiting: boolean): Promise<string | undefined> {
    const status = await this.store.cancel(requestID, home, onlyWaiting);
    if (status === 'cancelled' || (status === 'running' && !onlyWaiting)) return undefined;
    return status === undefined ? 'INVOCATION_NOT_FOUND' : status === 'running' ? 'STARTED' : 'ALREADY_ENDED';
  }

  private async each(some: Met[], tally: Tally, act: (one: Met) => Promise<string | undefined>): Promise<void> {
    for (let at = 0; at < some.length; at += AT_ONCE) {
      for (const refused of await fromStore(Promise.all(some.slice(at, at + AT_ONCE).map(act)))) count(tally, refused);
    }
  }
}

function count(tally: Tally, refused: string | undefined): void {
  if (refused === undefined) tally.done++;
  else tally.refused[refused] = (tally.refused[refused] ?? 0) + 1;
}

function answerOf(dryRun: boolean, tally: Tally, next: WalkStep | undefined): BulkAnswer {
  return { dryRun, ...tally, cursor: next ? written(next) : null };
}

function timesOf({ since, until }: BulkFilter): { since?: number; until?: number } {
  return {
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

/** Opaque to callers. */
function written(step: object): string {
  return Buffer.from(JSON.stringify(step)).toString('base64url');
}

function stepOf(cursor: string): WalkStep {
  const { set, place, began } = readCursor(cursor) as Partial<WalkStep>;
  if (Number.isInteger(set) && set! >= 0 && typeof place === 'string' && /^\d{1,20}$/.test(place) && isTime(began))
    return { set: set!, place, began };
  throw invalid('cursor', 'must be the cursor of an answer before');
}

function letterStepOf(cursor: string): { after: string; began: number } {
  const { after, began } = readCursor(cursor) as { after?: unknown; began?: unknown };
  if (typeof after === 'string' && after.length < 300 && isTime(began)) return { after, began };
  throw invalid('cursor', 'must be the cursor of an answer before');
}

function readCursor(cursor: string): object {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
