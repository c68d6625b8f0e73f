/** Reads that may be held open for what happens next. They end when the key of their caller may read no more. */
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller';
import { HeldAnswers } from '../auth/held-answers';
import type { Followed, HangUp, LargeResultOptions, LivePlace } from './call';
import { Following } from './following';
import { type LookedUp, Lookup } from './lookup';
import { type ReadRecord, Records } from './records';

@Injectable()
export class HeldReads {
  constructor(
    private readonly records: Records,
    private readonly lookups: Lookup,
    private readonly following: Following,
    private readonly held: HeldAnswers,
  ) {}

  /** How an invocation stands; held for its end for `waitMs` at most. */
  read(
    caller: Caller,
    requestID: string,
    waitMs: number,
    hangUp: HangUp,
    large?: LargeResultOptions,
  ): Promise<ReadRecord> {
    if (waitMs === 0) return this.records.now(caller, requestID, large);
    return this.held.answer(caller, hangUp, (watched) => this.records.read(caller, requestID, waitMs, watched, large));
  }

  /** How many invocations stand; with `waitMs`: those that have ended, as soon as there is any. */
  async lookup(
    caller: Caller,
    requestIDs: readonly string[],
    waitMs: number,
    hangUp: HangUp,
    link: LargeResultOptions,
  ): Promise<LookedUp> {
    if (waitMs === 0) return this.lookups.now(caller, requestIDs, link);
    return this.held.answer(caller, hangUp, (watched) => this.lookups.ended(caller, requestIDs, waitMs, link, watched));
  }

  /** What happens to an invocation, as it happens. `from`: the position of the last event that was received. */
  async follow(caller: Caller, requestID: string, from?: LivePlace, large?: LargeResultOptions): Promise<Followed> {
    return this.held.stream(caller, await this.following.follow(caller, requestID, from, large));
  }
}
