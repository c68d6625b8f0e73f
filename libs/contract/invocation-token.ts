/**
 * The token by which a running function calls others: short-lived, worth nothing once its invocation has ended, and of
 * which the record holds only a hash.
 */
import { isRequestID } from './invocation';

const PREFIX = 'inv_';
const UUID_LENGTH = 36;

/** `secret`: base64url. */
export function invocationToken(requestID: string, secret: string): string {
  return `${PREFIX}${requestID}_${secret}`;
}

/** `secret` is also what a function signs requests with, where its SDK signs; undefined: this is no such token. */
export function parseInvocationToken(text: string): { requestID: string; secret: string } | undefined {
  if (!text.startsWith(PREFIX) || text[PREFIX.length + UUID_LENGTH] !== '_') return undefined;
  const requestID = text.slice(PREFIX.length, PREFIX.length + UUID_LENGTH);
  return isRequestID(requestID) ? { requestID, secret: text.slice(PREFIX.length + UUID_LENGTH + 1) } : undefined;
}
