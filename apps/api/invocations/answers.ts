/** How a call stands, in the words of the native wire: it has ended, or it is accepted and under way. */
import { type Envelope, type EnvelopeError, successJson } from '@invoq/contract/envelope';
import { ERRORS } from '@invoq/contract/errors';
import type { Status } from '@invoq/contract/invocation';
import { jsonHeaders } from '../http/headers';
import type { DoorReply } from '../http/wire';

/** An end as a sync call is answered, byte for byte the same for every reader. */
export function endedReply(requestID: string, status: Status, envelope: string): DoorReply {
  const headers = jsonHeaders(requestID);
  if (status === 'succeeded') return { status: 200, headers, body: envelope };
  const { type, retryable } = (JSON.parse(envelope) as Envelope).error as EnvelopeError;
  const { http } = ERRORS[type];
  if (http === 200) headers['x-function-error'] = type;
  else if (retryable) headers['retry-after'] = '1';
  return { status: http, headers, body: envelope };
}

export interface AcceptedCall {
  requestID: string;
  status: Status;
  /** No living worker serves the function, since then (ms since the epoch). */
  unservedSince?: number;
  /** Seconds until it is worth while to ask for it; 1 by default. */
  pollAfterS?: number;
}

export function acceptedReply(
  { requestID, status, unservedSince, pollAfterS = 1 }: AcceptedCall,
  location: string,
): DoorReply {
  const headers = jsonHeaders(requestID);
  headers.location = location;
  headers['retry-after'] = String(pollAfterS);
  const unserved = unservedSince === undefined ? '' : `,"unservedSince":"${new Date(unservedSince).toISOString()}"`;
  return { status: 202, headers, body: successJson(requestID, `{"status":"${status}"${unserved}}`) };
}
