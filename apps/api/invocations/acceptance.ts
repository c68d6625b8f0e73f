/**
 * Makes a call a promise: its record and its place in the ready queue are written in one step. What else its lane's queue
 * is told only brings idle slots sooner.
 */
import { Refusal } from '@invoq/contract/refusal';
import type { Quota } from '@invoq/contract/rate';
import type { InvocationQueue } from '@invoq/queue/invocation-queue';
import type { PartitionLane } from '@invoq/queue/partition-lane';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { Submission, Submitted } from '@invoq/store/submission/submission';
import { partitionOf } from '@invoq/store/keys/partition';
import { isRefused, storeRefusal } from '@invoq/store/connection/store-error';
import { bytesRefusal, type Room } from './room';

export class Acceptance {
  constructor(
    private readonly store: InvocationStore,
    private readonly queue: InvocationQueue,
    private readonly room: Room,
    /** Is Redis there to be written to? When not, nothing is sent, and the caller knows that it was not. */
    private readonly isStoreThere: () => boolean,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * Resolves once it is written, with the requestID that the call goes by: another one than the submission's when its
   * Idempotency-Key was used before.
   */
  async accept(submission: Submission): Promise<string> {
    this.mustBeThere();
    if (!this.room.isThere) await this.room.settled();
    const full = this.room.refusal(submission);
    if (full) throw full;
    const { lane } = submission.plan;
    let submitted: Submitted;
    try {
      submitted = await this.store.submit(submission, this.queue.isTicketed(lane));
    } catch (error) {
      throw notWritten(submission, error);
    }
    if (hasTicket(submitted)) this.bringSlots([submission]);
    const verdict = idOrRefusal(submission, submitted);
    if (verdict instanceof Refusal) throw verdict;
    return verdict;
  }

  /** The same for many calls: each has its requestID or its refusal, in the order of `submissions`. */
  async acceptAll(submissions: Submission[]): Promise<(string | Refusal)[]> {
    this.mustBeThere();
    if (!this.room.isThere) await this.room.settled();
    const full = submissions.map((submission) => this.room.refusal(submission));
    const fit = submissions.filter((_, i) => full[i] === undefined);
    const verdicts = await this.store.submitAll(fit, (lane) => this.queue.isTicketed(lane));
    this.bringSlots(
      fit.filter((_, i) => {
        const verdict = verdicts[i];
        return verdict.status === 'fulfilled' && hasTicket(verdict.value);
      }),
    );
    const results = verdicts.values();
    return submissions.map((submission, i): string | Refusal => {
      if (full[i]) return full[i];
      const verdict = results.next().value!;
      return verdict.status === 'rejected'
        ? notWritten(submission, verdict.reason)
        : idOrRefusal(submission, verdict.value);
    });
  }

  /** Nobody waits for this: should it fail, slots come by themselves, a moment later. */
  private bringSlots(submissions: Submission[]): void {
    for (const lane of byLane(submissions).values()) {
      const ids = lane.map(({ requestID }) => requestID);
      this.queue.enqueueAll(addressOf(lane[0]), ids).catch(this.onError);
    }
  }

  private mustBeThere(): void {
    if (!this.isStoreThere()) throw new Refusal('STORE_UNAVAILABLE', undefined, { retryAfterS: 1 });
  }
}

function hasTicket(submitted: Submitted): boolean {
  return submitted.kind === 'new' && submitted.ticket;
}

/** The requestID that the call goes by, or why there is none. */
function idOrRefusal(
  { requestID, env, queue, plan, function: name, maxQueued, quotas }: Submission,
  submitted: Submitted,
): string | Refusal {
  switch (submitted.kind) {
    case 'new':
      return requestID;
    case 'replay':
      return submitted.requestID;
    case 'conflict':
      return new Refusal('IDEMPOTENCY_KEY_REUSED', undefined, { requestID: submitted.requestID });
    case 'gone':
      return new Refusal(
        'INVOCATION_NOT_FOUND',
        'This dead letter was replayed or purged meanwhile. There is nothing left to replay.',
      );
    case 'full': {
      const text = `${submitted.depth} calls wait in queue "${queue}", lane "${plan.lane}", which is the limit (INVOQ_MAX_QUEUED). Wait for Retry-After.`;
      const quotas: Quota[] = [{ name: 'queue-depth', limit: maxQueued, remaining: 0 }];
      return new Refusal('QUEUE_FULL', text, { requestID, retryAfterS: 1, quotas });
    }
    case 'bytes': {
      const { maxWaiting = 0, maxDead = 0 } = quotas ?? {};
      return submitted.of === 'waiting'
        ? bytesRefusal('QUEUE_FULL', { name: 'queued-bytes', env, held: submitted.held, limit: maxWaiting, requestID })
        : bytesRefusal('STORE_FULL', {
            name: 'dead-letter-bytes',
            env,
            held: submitted.held,
            limit: maxDead,
            requestID,
          });
    }
    case 'busy': {
      const text = `${submitted.running} calls of "${name}" run already, as many as may at a time.`;
      const quotas: Quota[] = [{ name: 'function-concurrency', limit: submitted.running, remaining: 0 }];
      return new Refusal('RATE_LIMITED', text, { requestID, retryAfterS: 1, quotas });
    }
  }
}

/** Redis refused it: nothing was written. Anything else: the call may be in, and whoever asks by its requestID will see. */
function notWritten({ requestID }: Submission, error: unknown): Refusal {
  return storeRefusal(error, { requestID, started: isRefused(error) ? false : 'unknown' });
}

function addressOf({ requestID, queue, plan }: Submission): PartitionLane {
  return { partition: partitionOf(requestID), queue, lane: plan.lane };
}

function byLane(submissions: Submission[]): Map<string, Submission[]> {
  const lanes = new Map<string, Submission[]>();
  for (const submission of submissions) {
    const { partition, queue, lane } = addressOf(submission);
    const key = `${partition}.${queue}.${lane}`;
    const others = lanes.get(key);
    if (others) others.push(submission);
    else lanes.set(key, [submission]);
  }
  return lanes;
}
