/** Makes a call a promise: the record, then its job, in that order on one connection. */
import { Refusal } from '@invoq/contract/errors';
import type { InvocationQueue } from '@invoq/queue/invocation-queue';
import type { InvocationStore, Submission } from '@invoq/store/invocation-store';
import { partitionOf } from '@invoq/store/partition';
import { isReply, storeRefusal } from '@invoq/store/store-fault';

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
    if (!this.isStoreThere()) throw new Refusal('STORE_UNAVAILABLE', undefined, { retryAfterS: 1 });
    try {
      return await this.write(submission);
    } catch (error) {
      // Redis said no: nothing was written. Silence: the call may be in, and whoever asks by its requestID will see.
      const { requestID } = submission;
      throw storeRefusal(error, { requestID, started: isReply(error) ? false : 'unknown' });
    }
  }

  private async write(submission: Submission): Promise<string> {
    const { requestID, queue, plan, idempotency } = submission;
    const address = { partition: partitionOf(requestID), queue, lane: plan.lane };
    const submitting = this.store.submit(submission);
    // With a key the verdict may be another invocation's id, so the job waits for it; without, both go at once.
    const adding = idempotency ? undefined : this.queue.enqueue(address, requestID);
    adding?.catch(() => undefined);
    const submitted = await submitting;
    switch (submitted.kind) {
      case 'new':
        await (adding ?? this.queue.enqueue(address, requestID)).catch((error: unknown) => {
          throw recordedOnly(requestID, error);
        });
        return requestID;
      case 'replay':
        return submitted.requestID;
      case 'conflict':
        throw new Refusal('IDEMPOTENCY_KEY_REUSED', undefined, { requestID: submitted.requestID });
      case 'full':
        await adding?.then(() => this.queue.withdraw(address, requestID)).catch(() => undefined);
        throw new Refusal('QUEUE_FULL', `${submitted.depth} calls wait in queue "${queue}", lane "${plan.lane}".`, {
          requestID,
          retryAfterS: 1,
        });
    }
  }
}
