import type { Status } from '@invoq/contract/invocation';

/** Where an invocation stands. `envelope` is there once it has ended; see `stored-result.ts` for large ones. */
export interface StatusSnapshot {
  status: Status;
  envelope?: string;
}

/** Of `[status, envelope]`, as scripts and `HMGET` answer; undefined: no such record. */
export function readStanding(reply: unknown): StatusSnapshot | undefined {
  const [status, envelope] = reply as [Status | '' | null, string | null];
  return status ? { status, envelope: envelope || undefined } : undefined;
}
