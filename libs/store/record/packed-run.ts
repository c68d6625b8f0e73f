/** A packed record that runs, as its worker reads it, each call once: without a name for each word; see `packed.lua`. */
import { firstLines } from './packed-record';

/** Times are of the clock of Redis, ms since the epoch. */
export interface PackedRun {
  retainMs: number;
  mode: string;
  queuedAt: number;
  timeoutMs: number;
  /** JSON of a `CallSpec`. */
  terms: string;
  /** JSON. */
  origin: string;
  /** '': there is none. */
  traceparent: string;
  /** JSON. */
  data: string;
  startedAt: number;
  worker: string;
  leaseMs: number;
  deadline: number;
  tokenHash: string;
}

/** @throws SyntaxError of a text that is none. */
export function readRunning(text: string): PackedRun {
  const lines = firstLines(text, 5);
  if (lines === undefined) throw new SyntaxError('a record was started that cannot be read');
  const [head, terms, origin, traceparent, data, run] = lines;
  const [state, retainMs, , , mode, queuedAt, , timeoutMs] = head.split(' ');
  const [startedAt, worker, , leaseMs, deadline, tokenHash] = run.split(' ');
  if (state !== 'open' || tokenHash === undefined) throw new SyntaxError('a record was started that does not run');
  return {
    retainMs: Number(retainMs),
    mode,
    queuedAt: Number(queuedAt),
    timeoutMs: Number(timeoutMs),
    terms,
    origin,
    traceparent,
    data,
    startedAt: Number(startedAt),
    worker,
    leaseMs: Number(leaseMs),
    deadline: Number(deadline),
    tokenHash,
  };
}
