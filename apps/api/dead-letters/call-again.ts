/** A call that has ended, as a new one. */
import { Refusal } from '@invoq/contract/refusal';
import type { ReplayInput } from '@invoq/store/dead-letters/dead-letters';
import { newRequestID, partitionOf } from '@invoq/store/keys/partition';
import { expiredUploads } from '../blobs/expired-uploads';
import type { Call, Origin } from '../invocations/call';

/**
 * The same call, as an async one, under the limits that its function has now. In the same partition: letter and record change
 * in one step. NOT_REPLAYABLE: its data are not kept, or not all of them.
 */
export function callAgain(name: string, requestID: string, remains: ReplayInput): Call | Refusal {
  const { letter, data, origin, priority, askedMs, retry, callback, notes, attempt } = remains;
  const refusal = (why: string): Refusal =>
    new Refusal('NOT_REPLAYABLE', `${why} It cannot be done again.`, { requestID, started: attempt > 0 });
  if (data === undefined) return refusal('The data of this call are not kept (see keepData of its function).');
  const expired = expiredUploads(data, Date.now());
  if (expired > 0) return refusal(`Large fields of this call that were uploaded are not kept any more: ${expired}.`);
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
    notes,
    origin: JSON.parse(origin) as Origin,
    replay: { of: requestID, letter },
  };
}
