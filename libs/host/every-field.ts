/**
 * Node drops the header fields of a request beyond the 2,000th without a word. What comes last may be the field that decides:
 * an Origin, the X-Forwarded-For that a proxy appends, an Idempotency-Key. Node's limit of 16 KiB for a head bounds them all.
 */
import type { Server } from 'node:http';

export function keepEveryField(server: Pick<Server, 'maxHeadersCount'>): void {
  server.maxHeadersCount = 0;
}
