/** Makes a call a promise: the record, then its job, in that order on one connection. */
import { Refusal } from '@invoq/contract/errors';
import type { Quota } from '@invoq/contract/rate';
import type { InvocationQueue } from '@invoq/queue/invocation-queue';
import type { LaneAddress } from '@invoq/queue/lane-address';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { Submission, Submitted } from '@invoq/store/submission';
import { partitionOf } from '@invoq/store/partition';
import { isReply, storeRefusal } from '@invoq/store/store-fault';

/** Jobs sent at once: Redis serves others in between. */
const BATCH = 100;

/** The record is in, its job is not: the sweeper will add it. So the call is not refused, whatever Redis said of the job. */
function recordedOnly(requestID: string, cause: unknown): Refusal {
  return new Refusal('STORE_UNAVAILABLE', 'The call is recorded, and not in its queue yet. Ask for it by requestID.', {
    requestID,
    started: 'unknown',
    retryAfterS: 1,
    cause,
  });
}

export class Acceptance {
  constructor(
    private readonly store: InvocationStore,
    private readonly queue: InvocationQueue,
    /** Is Redis there to be written to? When not, nothing is sent, and the caller knows that it was not. */
    private readonly isStoreThere: () => boolean,
  ) {}

  /**
   * Resolves once record and job are written, with the requestID that the call goes by: another one than the
   * submission's when its Idempotency-Key was used before.
   */
  async accept(submission: Submission): Promise<string> {
    this.mustBeThere();
    try {
      return await this.write(submission);
    } catch (error) {
      throw notWritten(submission, error);
    }
  }

  /**
   * The same for many calls of one queue: their records in one pipeline, then the jobs of those that are new. Each has its
   * requestID or its refusal, in the order of `submissions`.
   */
  async acceptAll(submissions: Submission[]): Promise<(string | Refusal)[]> {
    this.mustBeThere();
    const verdicts = await this.store.submitAll(submissions);
    const results = verdicts.map((verdict, i): string | Refusal =>
      verdict.status === 'rejected'
        ? notWritten(submissions[i], verdict.reason)
        : idOrRefusal(submissions[i], verdict.value),
    );
    // The sweeper adds the jobs that did not get through: what is recorded is accepted.
    const isNew = (_: Submission, i: number): boolean => {
      const verdict = verdicts[i];
      return verdict.status === 'fulfilled' && verdict.value.kind === 'new';
    };
    await Promise.allSettled([...byLane(submissions.filter(isNew))].map(([, lane]) => this.enqueueAll(lane)));
    return results;
  }

  private async enqueueAll(submissions: Submission[]): Promise<void> {
    const ids = submissions.map(({ requestID }) => requestID);
    for (let at = 0; at < ids.length; at += BATCH) {
      await this.queue.enqueueAll(addressOf(submissions[0]), ids.slice(at, at + BATCH));
    }
  }

  private mustBeThere(): void {
    if (!this.isStoreThere()) throw new Refusal('STORE_UNAVAILABLE', undefined, { retryAfterS: 1 });
  }

  private async write(submission: Submission): Promise<string> {
    const { requestID, idempotency } = submission;
    const address = addressOf(submission);
    const submitting = this.store.submit(submission);
    // With a key the verdict may be another invocation's id, so the job waits for it; without, both go at once.
    const adding = idempotency ? undefined : this.queue.enqueue(address, requestID);
    adding?.catch(() => undefined);
    const submitted = await submitting;
    if (submitted.kind === 'new') {
      await (adding ?? this.queue.enqueue(address, requestID)).catch((error: unknown) => {
        throw recordedOnly(requestID, error);
      });
    } else if (submitted.kind === 'full' || submitted.kind === 'busy') {
      await adding?.then(() => this.queue.withdraw(address, requestID)).catch(() => undefined);
    }
    const verdict = idOrRefusal(submission, submitted);
    if (verdict instanceof Refusal) throw verdict;
    return verdict;
  }
}

/** The requestID that the call goes by, or why there is none. */
function idOrRefusal(
  { requestID, queue, plan, function: name, maxQueued }: Submission,
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
      return new Refusal('INVOCATION_NOT_FOUND', 'This dead letter was replayed or purged meanwhile.');
    case 'full': {
      const text = `${submitted.depth} calls wait in queue "${queue}", lane "${plan.lane}".`;
      const quotas: Quota[] = [{ name: 'queue-depth', limit: maxQueued, remaining: 0 }];
      return new Refusal('QUEUE_FULL', text, { requestID, retryAfterS: 1, quotas });
    }
    case 'busy': {
      const text = `${submitted.running} calls of "${name}" run already, as many as may at a time.`;
      const quotas: Quota[] = [{ name: 'function-concurrency', limit: submitted.running, remaining: 0 }];
      return new Refusal('RATE_LIMITED', text, { requestID, retryAfterS: 1, quotas });
    }
  }
}

/** Redis said no: nothing was written. Silence: the call may be in, and whoever asks by its requestID will see. */
function notWritten({ requestID }: Submission, error: unknown): Refusal {
  return storeRefusal(error, { requestID, started: isReply(error) ? false : 'unknown' });
}

function addressOf({ requestID, queue, plan }: Submission): LaneAddress {
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
