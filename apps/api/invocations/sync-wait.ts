/** The wait of a sync caller: from the acceptance of a call to its end, or until the caller no longer waits. */
import type { Status } from '@invoq/contract/invocation';
import { Refusal } from '@invoq/contract/refusal';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { RecordReader } from '@invoq/store/record/record-reader';
import type { StatusSnapshot } from '@invoq/store/record/status-snapshot';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { Submission } from '@invoq/store/submission/submission';
import type { Acceptance } from './acceptance';
import type { HangUp } from './call';
import type { Ended, Waiter, Waiters } from './waiters';

/** A sync caller gets an answer by its deadline plus this, ms. */
export const HARD_END_MS = 1_000;
/** For reading how a call stands that its caller waits for no longer, ms. */
const STATUS_MS = 500;
/** Between reads of a call that is past its deadline and has no end yet, ms. */
const LATE_POLL_MS = 100;

/** What a wait came to: the end, or how the call stands when its caller is to go on without it. */
export interface WaitResult {
  requestID: string;
  ended?: Ended;
  status: Status;
}

export class SyncWait {
  constructor(
    private readonly acceptance: Acceptance,
    private readonly store: InvocationStore,
    private readonly waiters: Waiters,
    private readonly reader: Pick<RecordReader, 'standing'>,
    /** The channel on which this process is notified of ends. */
    private readonly replyTo: string,
    /** Hears of each call that ends because nobody waits for it any more. */
    private readonly onEnded: (requestID: string) => void,
  ) {}

  /** `holder`: whose place the wait takes. `hangUp`: the caller went away; the wait ends, the run does not. */
  async acceptAndWait(holder: string, submission: Submission, hangUp?: HangUp): Promise<WaitResult> {
    const waiter = this.waiters.open(submission.requestID, holder);
    try {
      const requestID = await this.acceptance.accept(submission);
      if (requestID !== submission.requestID) {
        waiter.close();
        return await this.join(holder, { ...submission, requestID }, hangUp);
      }
      return await this.outcomeOf(waiter, submission, hangUp);
    } finally {
      waiter.close();
    }
  }

  /** How an accepted call stands. While Redis is away, the answer is the status at acceptance. */
  async statusOf(requestID: string): Promise<Status> {
    const standing = await before(Date.now() + STATUS_MS, this.reader.standing(requestID)).catch(() => undefined);
    return standing?.status ?? 'queued';
  }

  /** A repeated Idempotency-Key: wait for the invocation that the first request made, on whichever API process. */
  private async join(holder: string, submission: Submission, hangUp?: HangUp): Promise<WaitResult> {
    const { requestID } = submission;
    const waiter = this.waiters.open(requestID, holder, 'unknown');
    try {
      const standing = await this.store.watch(requestID, this.replyTo).catch((error: unknown) => {
        throw storeRefusal(error, { requestID, started: 'unknown' });
      });
      if (isEnded(standing)) return { requestID, ended: standing, status: standing.status };
      return await this.outcomeOf(waiter, submission, hangUp);
    } finally {
      waiter.close();
    }
  }

  private outcomeOf(waiter: Waiter, submission: Submission, hangUp?: HangUp): Promise<WaitResult> {
    const { requestID, plan } = submission;
    const hardEnd = Date.now() + plan.waitMs + HARD_END_MS;
    return waiter.wait(plan.waitMs, hangUp).then(
      // Nearly every call ends in time.
      (ended) =>
        ended ? { requestID, ended, status: ended.status } : this.withoutEnd(waiter, submission, hardEnd, hangUp),
      (refusal: unknown) => {
        // A call that may detach is accepted already, whatever Redis does now.
        if (plan.mode === 'sync') throw refusal;
        return this.withoutEnd(waiter, submission, hardEnd, hangUp);
      },
    );
  }

  /** How a call stands that has not ended in time. */
  private async withoutEnd(
    waiter: Waiter,
    submission: Submission,
    hardEnd: number,
    hangUp?: HangUp,
  ): Promise<WaitResult> {
    const { requestID, plan } = submission;
    if (plan.mode === 'async') return { requestID, status: await this.statusOf(requestID) };
    const late = await this.late(waiter, submission, hardEnd, hangUp);
    return { requestID, ended: late, status: late.status };
  }

  /** The end of a sync call that has none at its deadline: now, or by `hardEnd` (ms since the epoch). */
  private async late(
    waiter: Waiter,
    { requestID, plan, queue, env, function: name }: Submission,
    hardEnd: number,
    hangUp?: HangUp,
  ): Promise<Ended> {
    let ended: Ended | undefined;
    while (!ended && !hangUp?.isGone && Date.now() < hardEnd) {
      const expiring = this.store
        .expire(requestID, { queue, lane: plan.lane, env, function: name })
        .catch((error: unknown) => {
          throw storeRefusal(error, { requestID, started: 'unknown' });
        });
      const standing = await before(hardEnd, expiring);
      if (isEnded(standing)) {
        if (standing.status === 'expired' || standing.status === 'lost') this.onEnded(requestID);
        return standing;
      }
      ended = await waiter.wait(LATE_POLL_MS, hangUp);
    }
    if (ended) return ended;
    throw new Refusal('STORE_UNAVAILABLE', 'How the call ended is not known yet. Ask for its result by requestID.', {
      requestID,
      started: 'unknown',
      retryAfterS: 1,
    });
  }
}

/** Undefined when it is not there by `endsAt` (ms since the epoch): a silent Redis must not keep a caller beyond it. */
async function before<T>(endsAt: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), endsAt - Date.now());
  });
  promise.catch(() => undefined);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function isEnded(standing: StatusSnapshot | undefined): standing is Ended {
  return standing?.envelope !== undefined;
}
