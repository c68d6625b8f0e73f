/** Results of many jobs, each as it comes, in one long poll. */
import type { Invocation } from '@invoq/contract/invocation';
import { type Lookup, MAX_LOOKED_UP } from '@invoq/contract/lookup';
import { answerOf } from './answers';
import type { ReadOptions, ResultOptions } from './call-options';
import { errorOf, InvoqError } from './errors';
import { pause } from './pause';
import type { Wire } from './wire';

/** How one job ended: what `result` would resolve, or what it would reject with. */
export type JobResult<T = unknown> =
  { requestID: string; ok: true; data: T } | { requestID: string; ok: false; error: InvoqError };

/** What reads the whole of a large result. */
export type ReadWhole = (requestID: string, options: ReadOptions) => Promise<unknown>;

/** The longest that one request asks to be held, s. */
const HOLD_S = 20;
/** The same while there are more jobs than one request may name: each of them is to have its turn. */
const SHORT_HOLD_S = 1;
/** Between two questions, when an API holds none, ms. */
const POLL_MS = 1_000;

/** Ends when all have ended; throws STILL_PENDING when they have not within `wait` ms. */
export async function* results<T>(
  wire: Wire,
  requestIDs: Iterable<string>,
  { wait = Infinity, signal, env }: ResultOptions,
  readWhole: ReadWhole,
): AsyncGenerator<JobResult<T>, void, undefined> {
  const until = Date.now() + wait;
  let pending = [...new Set([...requestIDs].map((requestID) => requestID.toLowerCase()))];
  while (pending.length > 0) {
    const asked = pending.slice(0, MAX_LOOKED_UP);
    const rest = pending.slice(MAX_LOOKED_UP);
    const askedAt = Date.now();
    const leftS = Math.max(0, Math.ceil((until - askedAt) / 1_000));
    const hold = Math.min(rest.length > 0 ? SHORT_HOLD_S : HOLD_S, leftS);
    const found = await lookup(wire, asked, hold, { signal, env });
    for (const requestID of found.unknown) yield { requestID, ok: false, error: unknown(requestID) };
    const linked = new Set(found.links);
    const ended = found.invocations.filter(({ result }) => result !== undefined);
    for (const one of ended) yield await resultOf<T>(one, linked.has(one.requestID), readWhole, { signal, env });
    const over = new Set([...found.unknown, ...ended.map(({ requestID }) => requestID)]);
    // Those that were asked for go behind the others.
    pending = [...rest, ...asked.filter((requestID) => !over.has(requestID))];
    if (over.size > 0 || pending.length === 0) continue;
    if (Date.now() >= until) throw stillPending(pending);
    if (Date.now() - askedAt < Math.min(POLL_MS, hold * 1_000)) await pause(POLL_MS, signal);
  }
}

async function lookup(wire: Wire, requestIDs: string[], wait: number, options: ReadOptions): Promise<Lookup> {
  const limitMs = wait * 1_000 + wire.requestTimeoutMs;
  const body = JSON.stringify({ requestIDs, wait });
  // It changes nothing, so it may be sent again like a read.
  const response = await wire.read('/v1/invocations/lookup', options, { method: 'POST', body, limitMs });
  return answerOf(response).data as Lookup;
}

async function resultOf<T>(
  { requestID, result }: Invocation,
  isLinked: boolean,
  readWhole: ReadWhole,
  options: ReadOptions,
): Promise<JobResult<T>> {
  if (result!.code !== 0) return { requestID, ok: false, error: errorOf({ ...result!, requestID }, 200) };
  try {
    return { requestID, ok: true, data: (isLinked ? await readWhole(requestID, options) : result!.data) as T };
  } catch (error) {
    if (error instanceof InvoqError) return { requestID, ok: false, error };
    throw error;
  }
}

function unknown(requestID: string): InvoqError {
  return new InvoqError({
    type: 'INVOCATION_NOT_FOUND',
    message: `No invocation "${requestID}".`,
    code: 404,
    requestID,
  });
}

function stillPending({ length, 0: requestID }: string[]): InvoqError {
  const message = `${length} invocations have not ended yet, ${requestID} among them.`;
  return new InvoqError({ type: 'STILL_PENDING', message, requestID, retryable: true, started: 'unknown' });
}
