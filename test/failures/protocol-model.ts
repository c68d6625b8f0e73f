/**
 * The record protocol as a table of rules in plain code, without Redis: what each script must answer, and how the record
 * must stand after it. `protocol.model.test.ts` holds the real scripts to it, over thousands of histories.
 */
import type { Mode, Status } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';
import type { PauseTarget } from '@invoq/store/operators/pause-store';
import type { Serving } from '@invoq/store/ready-queue/serving';
import { ProtocolLines } from './protocol-lines';
import type { ModelOffer } from './protocol-offers';
import {
  FIRST_LOOK_MS,
  FREE_BYTES,
  isCounted,
  isDead,
  LATE_MS,
  LOOK_AGAIN_MS,
  PASSED_OVER,
  READ_MS,
  QUOTAS,
  REPORT_GRACE_MS,
  REQUEUE_LOOK_MS,
  type ModelRecord,
  nameOf,
  waits,
} from './protocol-record';

export class ProtocolModel extends ProtocolLines {
  /** By idempotency key. */
  readonly keys = new Map<string, { requestID: string; hash: string }>();

  submit(
    made: Pick<
      ModelRecord,
      'requestID' | 'mode' | 'maxStarts' | 'timeoutMs' | 'queueAgeMs' | 'priority' | 'bytes' | 'deadMs' | 'isPlain'
    >,
    flow: string,
    maxQueued: number,
    delayMs: number,
    idempotency?: { key: string; hash: string },
    byBell = false,
  ): string {
    const known = idempotency && this.keys.get(idempotency.key);
    const before = known && this.records.find(({ requestID }) => requestID === known.requestID);
    // What expired never ran: its key is free.
    const isFree = before?.status === 'expired';
    if (known && !isFree) return `${known.hash === idempotency.hash ? 'replay' : 'conflict'} ${known.requestID}`;
    const delayed = delayMs > 0;
    const depth = delayed ? this.records.filter(({ end }) => !end).length : this.depth(made.mode);
    if (depth >= (delayed ? 2 * maxQueued : maxQueued)) return `full ${depth}`;
    const limit = this.limits.get(nameOf(flow));
    if (made.mode === 'sync' && limit && limit.permits.size >= limit.max) return `busy ${limit.max}`;
    if (made.bytes > FREE_BYTES) {
      const [waiting, dead] = [this.waitingBytes(), this.deadBytes()];
      if (waiting + made.bytes > QUOTAS.maxWaiting) return `bytes waiting ${waiting}`;
      if (made.deadMs !== undefined && dead >= QUOTAS.maxDead) return `bytes dead ${dead}`;
    }
    const notBefore = delayed ? this.now + delayMs : undefined;
    const expiresAt = this.now + delayMs + made.queueAgeMs;
    const firstLook = Math.min(this.now + Math.min(FIRST_LOOK_MS, Math.floor(made.queueAgeMs / 3)), expiresAt);
    const nextLook = notBefore ?? firstLook;
    const fresh = { status: 'queued', attempt: 0, leaseMs: 0, losses: 0 } as const;
    const waitsFrom = this.now + delayMs;
    const record: ModelRecord = { ...made, ...fresh, flow, notBefore, waitsFrom, expiresAt, nextLook, past: [] };
    if (made.mode === 'sync') limit?.permits.add(record);
    const offer =
      made.isPlain && byBell && depth === 0 && this.paused.size === 0
        ? this.offers.take(made.mode, `default:${nameOf(flow)}`, this.now)
        : undefined;
    record.counted = !delayed && !offer;
    if (offer) this.dispatch(record, offer);
    else if (!delayed && this.permitted(record)) record.turn = this.turnOf(made.mode, flow, depth === 0);
    this.records.push(record);
    if (isFree) before.isReplaced = true;
    if (idempotency) this.keys.set(idempotency.key, { requestID: made.requestID, hash: idempotency.hash });
    return 'new';
  }

  /** Those that are next of what this kind of worker serves, one for each token. `more`: more of them wait. */
  take(mode: Mode, kind: Serving, tokens: string[], leaseMs: number): { taken: ModelRecord[]; more: boolean } {
    const taken = tokens.flatMap((token) => this.startNext(mode, kind, token, leaseMs) ?? []);
    const more = this.line(mode, kind).length > 0;
    this.kinds.looks(mode, kind, more);
    return { taken, more };
  }

  /** The start is undone: it waits as before. */
  handBack(record: ModelRecord, attempt: number, token: string): string {
    if (record.status !== 'running' || record.attempt !== attempt || record.token !== token) return 'lost';
    return this.undoStart(record);
  }

  private dispatch(record: ModelRecord, { token, leaseMs }: ModelOffer): void {
    record.turn = 0;
    this.start(record, token, leaseMs);
    record.nextLook = this.now + READ_MS;
    this.offers.unread.push(record);
    this.offers.dispatched++;
  }

  private undoStart(record: ModelRecord): string {
    record.status = 'queued';
    record.attempt--;
    record.counted = true;
    record.leaseUntil = record.suspectAt = record.token = undefined;
    record.nextLook = Math.min(this.now + REQUEUE_LOOK_MS, record.expiresAt);
    record.taken = record.cancelAsked;
    if (record.cancelAsked) {
      record.nextLook = this.now;
      return 'cancel';
    }
    this.standAgain(record);
    return 'back';
  }

  renew(record: ModelRecord, attempt: number): string {
    if (record.status !== 'running' || record.attempt !== attempt) return 'lost';
    record.leaseUntil = this.now + record.leaseMs;
    record.suspectAt = undefined;
    record.nextLook = record.leaseUntil;
    return record.cancelAsked ? 'cancel' : 'kept';
  }

  finish(record: ModelRecord, attempt: number, outcome: Outcome, by: string): boolean {
    if (record.end) return record.attempt === attempt && record.end.by === by;
    if (record.status !== 'running' || record.attempt !== attempt) return false;
    this.end(record, outcome, by);
    return true;
  }

  /** The same by a worker that goes on: who it has next, if anybody can be started. */
  finishAndGoOn(
    record: ModelRecord,
    attempt: number,
    outcome: Outcome,
    by: string,
    kind: Serving,
    token: string,
    leaseMs: number,
    mayOffer = false,
  ): { recorded: boolean; next?: ModelRecord; offered?: boolean } {
    if (record.end) {
      const { next } = record;
      const again = this.finish(record, attempt, outcome, by);
      // Sent once more, as a connection that broke does: it has the same one.
      return again && next?.token === token && next.status === 'running'
        ? { recorded: true, next }
        : { recorded: again, offered: again && !next && mayOffer };
    }
    if (record.status !== 'running' || record.attempt !== attempt) return { recorded: false };
    const next = this.startNext(record.mode, kind, token, leaseMs);
    record.next = next;
    this.end(record, outcome, by);
    if (next || !mayOffer) return { recorded: true, next };
    this.offers.leave({ mode: record.mode, kind, token, leaseMs }, this.now);
    return { recorded: true, offered: true };
  }

  /** The same of several at a time: first all have their next ones, in their order, then all end. */
  finishTogether(
    ends: { record: ModelRecord; attempt: number; by: string; token: string }[],
    kind: Serving,
    leaseMs: number,
  ): { recorded: boolean; next?: ModelRecord }[] {
    const runs = ({ record, attempt }: (typeof ends)[number]): boolean =>
      record.status === 'running' && record.attempt === attempt;
    const reply = new Map(
      ends.filter((one) => !runs(one)).map((one) => [one, this.finish(one.record, one.attempt, 'succeeded', one.by)]),
    );
    const ended = new Map(
      ends.filter(runs).map((one) => [one, this.startNext(one.record.mode, kind, one.token, leaseMs)] as const),
    );
    return ends.map((one) => {
      if (!ended.has(one)) return { recorded: reply.get(one)! };
      const next = ended.get(one);
      one.record.next = next;
      this.end(one.record, 'succeeded', one.by);
      return { recorded: true, next };
    });
  }

  retry(record: ModelRecord, attempt: number, afterMs: number, outcome: Outcome, by: string): string {
    if (record.status === 'retrying' && record.attempt === attempt) return 'retrying';
    if (record.status !== 'running' || record.attempt !== attempt) return 'lost';
    if (record.cancelAsked) return 'end';
    record.status = 'retrying';
    record.notBefore = this.now + afterMs;
    record.nextLook = record.notBefore;
    record.waitsFrom = record.notBefore;
    record.expiresAt = record.notBefore + record.queueAgeMs;
    record.failure = { outcome, by };
    record.past.push(`${attempt} ${outcome}`);
    record.leaseUntil = record.suspectAt = record.token = record.turn = undefined;
    this.giveBack(record);
    return 'retrying';
  }

  release(record: ModelRecord, attempt: number): void {
    if (record.status !== 'running' || record.attempt !== attempt) return;
    record.leaseUntil = 0;
    record.nextLook = 0;
  }

  expire(record: ModelRecord): void {
    if (record.end) return;
    if (waits(record) && this.isLate(record)) this.expireQueued(record);
    else if (record.status === 'running' && record.mode === 'sync' && this.now >= record.deadline! + REPORT_GRACE_MS)
      this.end(record, 'lost', 'lost');
  }

  cancel(record: ModelRecord): Status {
    if (record.end) return record.status;
    if (record.status === 'running') record.cancelAsked = true;
    else this.end(record, 'cancelled', record.attempt > 0 ? 'cancelled, started' : 'cancelled');
    return record.status;
  }

  /** Sync calls that stand in a line and are held back; how many there were. */
  turnAway(target: PauseTarget): number {
    const held = this.line('sync').filter((record) => this.isPaused(record) && record.attempt === 0);
    const turned = held.filter(({ flow }) => 'queue' in target || target.function === nameOf(flow));
    for (const record of turned) this.end(record, 'expired', 'paused');
    return turned.length;
  }

  sweep(record: ModelRecord): string {
    if (record.end) return 'gone';
    if (waits(record)) {
      if (record.cancelAsked) {
        this.end(record, 'cancelled', record.attempt > 0 ? 'cancelled, started' : 'cancelled');
        return 'ended';
      }
      if (this.isLate(record)) {
        this.expireQueued(record);
        return 'ended';
      }
      if (this.now < (record.notBefore ?? 0)) {
        record.nextLook = record.notBefore!;
        return 'later';
      }
      let checked = 'later';
      let again = Math.min(LOOK_AGAIN_MS, Math.floor(record.queueAgeMs / 3));
      record.counted = true;
      if (!this.permitted(record)) {
        record.status = 'queued';
        record.nextLook = Math.min(this.now + again, record.expiresAt);
        return 'later';
      }
      if (record.turn === undefined) {
        record.turn = this.turnOf(record.mode, record.flow, this.line(record.mode).length === 0);
        record.status = 'queued';
        again = Math.min(again, REQUEUE_LOOK_MS);
        checked = 'enqueue';
      } else if (record.taken) this.standAgain(record);
      record.nextLook = Math.min(this.now + again, record.expiresAt);
      record.taken = false;
      return checked;
    }
    if (this.offers.takeBack(record)) {
      this.undoStart(record);
      this.offers.takenBack++;
      return 'later';
    }
    if (this.now < record.leaseUntil!) {
      record.nextLook = record.leaseUntil!;
      return 'later';
    }
    if (record.leaseUntil !== 0) {
      const suspectMs = Math.ceil(record.leaseMs / 3);
      if (record.suspectAt === undefined || this.now >= record.suspectAt + suspectMs + LATE_MS)
        record.suspectAt = this.now;
      if (this.now < record.suspectAt + suspectMs) {
        record.nextLook = record.suspectAt + suspectMs;
        return 'later';
      }
    }
    if (record.cancelAsked) {
      this.end(record, 'cancelled', 'cancelled, started');
      return 'ended';
    }
    record.losses++;
    if (record.losses >= record.maxStarts) {
      this.end(record, 'lost', 'lost');
      return 'ended';
    }
    record.past.push(`${record.attempt} lost`);
    record.status = 'queued';
    record.counted = true;
    record.waitsFrom = this.now;
    record.expiresAt = this.now + record.queueAgeMs;
    record.nextLook = this.now + REQUEUE_LOOK_MS;
    record.leaseUntil = record.suspectAt = record.token = record.failure = undefined;
    this.standAgain(record);
    return 'enqueue';
  }

  /** What is counted of the data of calls without an end. */
  waitingBytes(): number {
    return sum(this.records.filter((record) => !record.end && isCounted(record)).map(({ bytes }) => bytes));
  }

  /** Of dead letters: their data, and their ends, which the history remembers. */
  deadBytes(): number {
    return sum(this.deadLetters().map(({ bytes, endBytes }) => bytes + endBytes!));
  }

  deadLetters(): ModelRecord[] {
    return this.records.filter((record) => isDead(record) && isCounted(record));
  }

  private startNext(mode: Mode, kind: Serving, token: string, leaseMs: number): ModelRecord | undefined {
    for (const record of this.line(mode, kind).slice(0, PASSED_OVER)) {
      // Too late: the sweeper ends it.
      if (this.isLate(record)) {
        record.taken = true;
        record.nextLook = this.now;
        continue;
      }
      this.start(record, token, leaseMs);
      return record;
    }
    return undefined;
  }

  private start(record: ModelRecord, token: string, leaseMs: number): void {
    record.status = 'running';
    record.counted = false;
    this.turns[record.mode].served = Math.max(this.turns[record.mode].served, record.turn!);
    record.attempt++;
    record.leaseMs = leaseMs;
    record.leaseUntil = this.now + leaseMs;
    record.nextLook = record.leaseUntil;
    record.deadline = record.mode === 'sync' ? record.expiresAt : this.now + record.timeoutMs;
    record.token = token;
  }

  /** EXPIRED says that it never ran; what waited for another attempt ends as the last one did. */
  private expireQueued(record: ModelRecord): void {
    if (record.failure) return this.end(record, record.failure.outcome, record.failure.by);
    const outcome = record.attempt > 0 ? 'lost' : 'expired';
    this.end(record, outcome, outcome);
  }

  private end(record: ModelRecord, outcome: Outcome, by: string): void {
    record.status = outcome;
    record.end = { outcome, by };
    record.counted = false;
    this.giveBack(record);
    record.suspectAt = undefined;
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
