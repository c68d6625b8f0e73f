/** Answers in the platform's own envelope: data, or a refusal. */
import { failureJson, successJson } from '@invoq/contract/envelope';
import type { Refusal } from '@invoq/contract/refusal';
import { jsonHeaders } from './headers';
import type { DoorReply } from './wire';

/** `json`: the `data` of the envelope as JSON text. */
export function dataReply(requestID: string, json: string): DoorReply {
  return { status: 200, headers: jsonHeaders(requestID), body: successJson(requestID, json) };
}

export function refusalReply(refusal: Refusal, requestID: string): DoorReply {
  const id = refusal.requestID ?? requestID;
  const { type, message, retryable, started, fields } = refusal;
  const headers = jsonHeaders(id);
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(refusal.retryAfterS);
  if (type === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer';
  return {
    status: refusal.http,
    headers,
    body: failureJson(id, refusal.code, { type, message, retryable, started, fields }),
  };
}
