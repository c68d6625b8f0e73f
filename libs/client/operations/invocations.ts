/** What an operator does to calls that were made. */
import type { BulkAnswer, BulkRequest } from '@invoq/contract/operations/bulk';
import type { Replayed } from '@invoq/contract/operations/replay';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, operate } from './operate';

export class Invocations {
  constructor(private readonly wire: Wire) {}

  /** One that has ended, once more, as a new call. Rejects with NOT_REPLAYABLE when its data are not kept. */
  replay(requestID: string, options: ReadOptions = {}): Promise<Replayed> {
    return operate(this.wire, `/v1/invocations/${encodeURIComponent(requestID)}/replay`, options, {});
  }

  /** One step of an action on many. Go on with the cursor of the answer until it is null. */
  bulk({ signal, env, ...request }: ReadOptions & BulkRequest): Promise<BulkAnswer> {
    const send = request.action === 'replay' && !request.dryRun ? operate : ask;
    return send(this.wire, '/v1/invocations/bulk', { signal, env }, request);
  }
}
