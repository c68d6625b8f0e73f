/** A packed record that runs, as its worker reads it, each call once: without a name for each word; see `packed.lua`. */

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

const LINES = 5;

/** @throws SyntaxError of a text that is none. */
export function readRunning(text: string): PackedRun {
  const lines: string[] = [];
  let from = 0;
  for (let line = 0; line < LINES; line++) {
    const end = text.indexOf('\n', from);
    if (end === -1) throw new SyntaxError('a record was started that cannot be read');
    lines.push(text.slice(from, end));
    from = end + 1;
  }
  const [head, terms, origin, traceparent, data] = lines;
  const [state, retainMs, , , mode, queuedAt, , timeoutMs] = head.split(' ');
  const [startedAt, worker, , leaseMs, deadline, tokenHash] = text.slice(from).split(' ');
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
