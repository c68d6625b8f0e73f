/** What an outage of Redis looks like from outside: what callers are told and when, and what the processes use meanwhile. */
import { processorSeconds } from '../harness/process-facts';
import { until } from '../harness/until';
import type { ReportedAnswer } from './caller';
import { KEEPS_ALL, type Stand } from './stand';

/** The longest that a caller waits to hear that the store is away, ms; and some for two busy cores. */
const HEARS_MS = 2_500 + 300;
/** From the return of Redis to the first success, and to the result of what ended meanwhile, ms. */
export const BACK_MS = 2_000;
/** Processor time that a process may use while there is nothing that it can do, of one core. */
export const SPIN = 0.35;

/**
 * For a Redis that is killed: each acknowledged write is on the disk. With `everysec`, one that is killed in the midst of a slow
 * write forgets what it had answered; see docs/reliability.md.
 */
export const ALWAYS = { ...KEEPS_ALL, appendfsync: 'always' };

interface Timed {
  reply: ReportedAnswer;
  ms: number;
}

export async function timed(call: Promise<ReportedAnswer>): Promise<Timed> {
  const from = Date.now();
  const reply = await call;
  return { reply, ms: Date.now() - from };
}

/** It is no answer, and it says so at once: nobody ran it, or nobody knows. */
export function expectUnavailable({ reply, ms }: Timed, type = 'STORE_UNAVAILABLE'): void {
  expect(reply?.status).toBe(503);
  expect(reply?.body.error).toMatchObject({ type, retryable: true });
  expect([false, 'unknown']).toContain(reply?.body.error.started);
  expect(reply?.headers['retry-after']).toBeDefined();
  expect(ms).toBeLessThan(HEARS_MS);
}

/** The share of a core that each app used during `work`. */
export async function loads(stand: Stand, work: () => Promise<void>): Promise<number> {
  const apps = [...stand.apis, ...stand.workers];
  const before = apps.map(({ process }) => processorSeconds(process.pid));
  const from = Date.now();
  await work();
  const seconds = (Date.now() - from) / 1000;
  return Math.max(...apps.map(({ process }, i) => (processorSeconds(process.pid) - before[i]) / seconds));
}

/** Asks until it is answered; the ms that took. */
export async function firstSuccess(stand: Stand): Promise<number> {
  const from = Date.now();
  const success = async (): Promise<true> => {
    const reply = await stand.caller.sync('adds', { x: 1, y: 1 });
    if (reply?.status !== 200) throw new Error(reply?.text ?? 'the connection broke');
    return true;
  };
  await until('a call succeeds', success, 20_000);
  return Date.now() - from;
}

export async function accepted(stand: Stand, name: string, data: object): Promise<string> {
  const reply = await stand.caller.async(name, data);
  expect(reply?.status).toBe(202);
  return reply!.body.requestID as string;
}
