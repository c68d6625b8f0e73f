/** Async calls that failed for good: looked at, done again, or let go. Another env's are answered like unknown ones. */
import { type ErrorType, Refusal } from '@invoq/contract/errors';
import { isRequestID } from '@invoq/contract/invocation';
import type { DeadLetters, LetterPage, Remains } from '@invoq/store/dead-letters';
import { newRequestID, partitionOf } from '@invoq/store/partition';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Caller } from '../callers/caller';
import type { Call, Origin } from '../invocations/call';
import type { Invocations } from '../invocations/invocations';

/** As many in one request, listed, replayed or purged. */
export const MAX_LETTERS = 1_000;

export interface Replay {
  /** Of the call that failed. */
  replayOf: string;
  /** Of the one that does it again; missing: it was refused. */
  requestID?: string;
  refused?: { type: ErrorType; message: string };
}

export class DeadLetterOffice {
  constructor(
    private readonly letters: DeadLetters,
    private readonly invocations: Invocations,
    private readonly partitions: number,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Newest first; `total`: on all pages. */
  async list({ env }: Caller, name: string, limit: number, before?: string): Promise<LetterPage & { total: number }> {
    const [page, total] = await this.asked(
      Promise.all([this.letters.list(env, name, limit, before), this.letters.count(env, name)]),
    );
    return { ...page, total };
  }

  /** What it was called with, as JSON text. */
  async dataOf(caller: Caller, name: string, requestID: string): Promise<string> {
    return (await this.remains(caller, name, requestID)).data;
  }

  /**
   * Each one gets a new call with the same data; what is not there (any more) is refused, and so is what the platform does
   * not take now: that stays a dead letter. Without `requestIDs` the oldest ones. `left`: as many are dead letters after that.
   */
  async replay(
    caller: Caller,
    name: string,
    requestIDs: string[] | undefined,
  ): Promise<{ replays: Replay[]; left: number }> {
    const { env } = caller;
    const ids = requestIDs ?? (await this.asked(this.letters.oldest(env, name, MAX_LETTERS)));
    const found = await Promise.all(
      [...new Set(ids)].map(async (id) => ({ id, remains: await this.find(caller, name, id) })),
    );
    const dead = found.flatMap(({ id, remains }) => (remains ? [callAgain(name, id, remains)] : []));
    const answers = await this.invocations.submitAll(caller, name, dead);
    const results = answers.values();
    const replays = found.map(({ id, remains }): Replay => {
      const result = remains ? results.next().value! : unknown(id);
      if (!(result instanceof Refusal)) return { replayOf: id, requestID: result.requestID };
      if (result.type === 'INTERNAL') this.onFault(result);
      return { replayOf: id, refused: { type: result.type, message: result.message } };
    });
    return { replays, left: await this.asked(this.letters.count(env, name)) };
  }

  /** Takes them off the list, all of them without `requestIDs`. How many were there. */
  async purge(caller: Caller, name: string, requestIDs: string[] | undefined): Promise<number> {
    const { env } = caller;
    if (requestIDs)
      return this.asked(
        this.letters.purge(
          env,
          name,
          requestIDs.filter((id) => this.isOurs(id)),
        ),
      );
    for (let purged = 0; ;) {
      const ids = await this.asked(this.letters.oldest(env, name, MAX_LETTERS));
      if (ids.length === 0) return purged;
      purged += await this.asked(this.letters.purge(env, name, ids));
    }
  }

  private async remains(caller: Caller, name: string, requestID: string): Promise<Remains> {
    const remains = await this.find(caller, name, requestID);
    if (!remains) throw unknown(requestID);
    return remains;
  }

  private async find({ env }: Caller, name: string, requestID: string): Promise<Remains | undefined> {
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

/** The same call, under the limits that its function has now. In the same partition: letter and record change in one step. */
function callAgain(
  name: string,
  requestID: string,
  { letter, data, origin, priority, askedMs, retry, callback }: Remains,
): Call {
  return {
    requestID: newRequestID(partitionOf(requestID)),
    function: name,
    data,
    sync: false,
    onTimeout: 'fail',
    timeoutMs: askedMs,
    priority,
    retry,
    callback: callback ?? null,
    origin: JSON.parse(origin) as Origin,
    replay: { of: requestID, letter },
  };
}

function unknown(requestID: string): Refusal {
  return new Refusal('INVOCATION_NOT_FOUND', `No dead letter "${requestID}" of this function.`);
}
