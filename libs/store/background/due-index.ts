/** The due index: every invocation without an end, by the time of its next check. What the sweeper does; see `dueIndex.lua`. */
import { codeOf, envelopeJson, type Outcome } from '@invoq/contract/outcome';
import type { Redis } from 'ioredis';
import { nearTimeAt, timeAt } from '../scripts/clock';
import { attemptEnding } from '../record/kept-attempts';
import { leaderKey, openKey, recordKey } from '../keys/keys';
import { CANCELLED_IN_QUEUE, CANCELLED_IN_RUN, EXPIRED, LOST } from '../outcomes/platform-outcomes';
import { endingKeys, type FunctionRef } from '../keys/lane-ref';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { endedCall, type OnEnd } from '../stats/ended';
import { recordFields } from '../record/packed-record';
import { readCallSpec } from '../record/call-spec';

const RECHECK_MS = 60_000;
/** By how much running calls stand before waiting ones. */
const RUNS_FIRST_MS = 1e15;
/** After a record has joined its queue, until it is made sure that somebody has it or can have it. */
export const REQUEUE_CHECK_MS = 1_500;

/** The result of a check: see `sweep.lua`. */
export type CheckResult = 'gone' | 'unread' | 'ended' | 'later' | 'enqueue';

export class DueIndex {
  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly onEnd: OnEnd = () => undefined,
  ) {
    this.redis = withScripts(redis);
  }

  /** Does `who` lead the sweeping of a partition for the next `ms`? */
  async lead(partition: number, who: string, ms: number): Promise<boolean> {
    return (await this.redis.invoqElectLeader({ keys: { leader: leaderKey(partition) }, args: { who, ms } })) === 1;
  }

  /** Calls whose check has been due for `overdueMs`: at most `limit` running and `limit` waiting ones. */
  async due(partition: number, limit: number, overdueMs = 0): Promise<string[]> {
    const open = openKey(partition);
    const now = (await nearTimeAt(this.redis, open)) - overdueMs;
    // Most looks find nothing: whatever is due stands before all that is not, but for what runs.
    const [first] = await this.redis.zrangebyscore(open, '-inf', now, 'LIMIT', 0, 1);
    if (first === undefined) return [];
    const [running, waiting] = await Promise.all([
      this.redis.zrangebyscore(open, '-inf', now - RUNS_FIRST_MS, 'LIMIT', 0, limit),
      this.redis.zrangebyscore(open, 0, now, 'LIMIT', 0, limit),
    ]);
    return [...running, ...waiting];
  }

  /** ms until the next check is due; Infinity: nothing is open. */
  async dueIn(partition: number): Promise<number> {
    const open = openKey(partition);
    const [[, first], [, waiting]] = await Promise.all([
      this.redis.zrange(open, 0, '0', 'WITHSCORES'),
      this.redis.zrangebyscore(open, 0, '+inf', 'WITHSCORES', 'LIMIT', 0, 1),
    ]);
    if (first === undefined) return Infinity;
    const times = [waiting ?? Infinity, Number(first) < 0 ? Number(first) + RUNS_FIRST_MS : Infinity].map(Number);
    return Math.max(0, Math.min(...times) - (await timeAt(this.redis, open)));
  }

  /** Where it waits or waited, and how often it was started; undefined: no such record, or none that can be read. */
  async homeOf(requestID: string): Promise<(FunctionRef & { attempt: number }) | undefined> {
    const [spec, attempt] = await recordFields(this.redis, recordKey(requestID), ['terms', 'attempt']);
    if (spec === null) return undefined;
    try {
      return { ...readCallSpec(spec), attempt: Number(attempt) };
    } catch {
      return undefined;
    }
  }

  /** One look. */
  async check(requestID: string, home: FunctionRef): Promise<CheckResult> {
    const reply = await this.redis.invoqSweep({
      keys: endingKeys(requestID, home),
      args: {
        id: requestID,
        recheckMs: RECHECK_MS,
        requeueCheckMs: REQUEUE_CHECK_MS,
        expiredCode: codeOf(EXPIRED),
        expiredEnvelope: envelopeJson(requestID, EXPIRED),
        lostCode: codeOf(LOST),
        lostEnvelope: envelopeJson(requestID, LOST),
        cancelledCode: codeOf(CANCELLED_IN_RUN),
        cancelledEnvelope: envelopeJson(requestID, CANCELLED_IN_RUN),
        neverEnvelope: envelopeJson(requestID, CANCELLED_IN_QUEUE),
        lostEnding: attemptEnding(LOST),
      },
    });
    const [result, outcome, waited] = reply as [CheckResult, Outcome?, number?];
    if (outcome !== undefined) this.onEnd(endedCall(home, outcome, waited!));
    return result;
  }
}
