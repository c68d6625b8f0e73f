/** Async calls that failed for good: read, replayed or purged. Another env's are answered like unknown ones. */
import { type ErrorType, type Started } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import { isRequestID } from '@invoq/contract/invocation';
import type { DeadLetters, DeadLetterPage, ReplayInput } from '@invoq/store/dead-letters/dead-letters';
import { partitionOf } from '@invoq/store/keys/partition';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import type { Call, HangUp } from '../invocations/call';
import type { Invocations } from '../invocations/invocations';
import { callAgain } from './call-again';

/** As many in one request, listed, replayed or purged. */
export const MAX_LETTERS = 1_000;

/** Data that are read at once, bytes: a step of a replay. */
const STEP_BYTES = 1_048_576;
/** Letters in a step. */
const STEP_LETTERS = 50;
/** A replay begins no further step after this, ms. */
const REPLAY_MS = 10_000;

export interface Replay {
  /** Of the call that failed. */
  replayOf: string;
  /** Of the one that does it again. Missing when it was refused, unless nobody knows whether it was accepted. */
  requestID?: string;
  refused?: { type: ErrorType; message: string; started: Started };
}

export interface Replays {
  replays: Replay[];
  /** As many are dead letters after that; undefined: the store did not say. */
  left?: number;
}

export class DeadLetterService {
  constructor(
    private readonly letters: DeadLetters,
    private readonly invocations: Invocations,
    private readonly partitions: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Newest first; `total`: on all pages. */
  async list(
    { env }: Caller,
    name: string,
    limit: number,
    before?: string,
  ): Promise<DeadLetterPage & { total: number }> {
    const [page, total] = await this.asked(
      Promise.all([this.letters.list(env, name, limit, before), this.letters.count(env, name)]),
    );
    return { ...page, total };
  }

  /** What it was called with, as JSON text. Undefined: that is not kept. */
  async dataOf(caller: Caller, name: string, requestID: string): Promise<string | undefined> {
    return (await this.remains(caller, name, requestID)).data;
  }

  /**
   * Each one gets a new call with the same data; what is not there (any more) is refused, and so is what the platform does
   * not take now: that stays a dead letter. Without `requestIDs` the oldest ones. Goes in steps, until its time is over or
   * its caller is gone: the answer lists what was replayed until then.
   */
  async replay(caller: Caller, name: string, requestIDs: string[] | undefined, hangUp: HangUp): Promise<Replays> {
    const { env } = caller;
    const ids = [...new Set(requestIDs ?? (await this.asked(this.letters.oldest(env, name, MAX_LETTERS))))];
    const until = performance.now() + REPLAY_MS;
    const replays: Replay[] = [];
    let fault: Refusal | undefined;
    for (const step of await this.stepsOf(ids)) {
      if (fault || (replays.length > 0 && (hangUp.isGone || performance.now() > until))) break;
      try {
        replays.push(...(await this.step(caller, name, step)));
      } catch (error) {
        // This step accepted nothing. Earlier steps may have, and the answer must say so.
        fault = error instanceof Refusal ? error : new Refusal('INTERNAL', undefined, { cause: error });
        if (fault.type === 'INTERNAL') this.onError(error);
        if (replays.length === 0) throw fault;
      }
    }
    const why = fault ?? new Refusal('OVERLOADED', 'There was no time left for it in this request; ask again.');
    const left = ids.slice(replays.length);
    if (requestIDs || fault) replays.push(...left.map((id) => refusedReplay(id, why)));
    return { replays, left: await this.letters.count(env, name).catch(() => undefined) };
  }

  /** Takes them off the list, all that there are now without `requestIDs`. How many were there. */
  async purge(caller: Caller, name: string, requestIDs: string[] | undefined, hangUp: HangUp): Promise<number> {
    const { env } = caller;
    if (requestIDs) {
      const ours = requestIDs.filter((id) => this.isOurs(id));
      return this.asked(this.letters.purge(env, name, ours));
    }
    const until = await this.asked(this.letters.now());
    let all = 0;
    for (;;) {
      const { found, purged } = await this.asked(this.letters.purgeOldest(env, name, MAX_LETTERS, until));
      all += purged;
      if (found === 0 || hangUp.isGone) return all;
    }
  }

  /** A step's data are `STEP_BYTES` at most, or one letter's. */
  private async stepsOf(requestIDs: string[]): Promise<string[][]> {
    const ours = requestIDs.map((id) => (this.isOurs(id) ? id : undefined));
    const known = ours.filter((id) => id !== undefined);
    const sizes = new Map((await this.asked(this.letters.sizes(known))).map((bytes, i) => [known[i], bytes]));
    const steps: string[][] = [];
    let bytes = Infinity;
    for (const id of requestIDs) {
      bytes += sizes.get(id) ?? 0;
      if (bytes > STEP_BYTES || steps.at(-1)!.length === STEP_LETTERS) {
        steps.push([]);
        bytes = sizes.get(id) ?? 0;
      }
      steps.at(-1)!.push(id);
    }
    return steps;
  }

  private async step(caller: Caller, name: string, ids: string[]): Promise<Replay[]> {
    const found = await Promise.all(ids.map(async (id) => ({ id, remains: await this.find(caller, name, id) })));
    const inputs = found.map(({ id, remains }) => (remains ? callAgain(name, id, remains) : unknown(id)));
    const calls = inputs.filter((input): input is Call => !(input instanceof Refusal));
    const results = (await this.invocations.submitAll(caller, name, calls)).values();
    return found.map(({ id }, at): Replay => {
      const input = inputs[at];
      const result = input instanceof Refusal ? input : results.next().value!;
      if (!(result instanceof Refusal)) return { replayOf: id, requestID: result.requestID };
      if (result.type === 'INTERNAL') this.onError(result);
      return refusedReplay(id, result);
    });
  }

  private async remains(caller: Caller, name: string, requestID: string): Promise<ReplayInput> {
    const remains = await this.find(caller, name, requestID);
    if (!remains) throw unknown(requestID);
    return remains;
  }

  private async find({ env }: Caller, name: string, requestID: string): Promise<ReplayInput | undefined> {
    return this.isOurs(requestID) ? this.asked(this.letters.remains(env, name, requestID)) : undefined;
  }

  private isOurs(requestID: string): boolean {
    return isRequestID(requestID) && partitionOf(requestID) < this.partitions;
  }

  private asked<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }
}

function refusedReplay(replayOf: string, { type, message, started, requestID }: Refusal): Replay {
  const refused = { type, message, started };
  return started === 'unknown' ? { replayOf, requestID, refused } : { replayOf, refused };
}

function unknown(requestID: string): Refusal {
  return new Refusal('INVOCATION_NOT_FOUND', `No dead letter "${requestID}" of this function.`);
}
