/** What became of every call of the fleet soak, counted from the ledger, the records, the starts and Redis' own file. */
import { readCallSpec } from '@invoq/store/record/call-spec';
import { readHistories } from '../failures/append-only-file';
import type { Stand } from '../failures/stand';

const ENDED = new Set(['succeeded', 'failed', 'timedOut', 'crashed', 'expired', 'cancelled', 'lost']);
/** Of a record whose terms say nothing. */
const MAX_STARTS = 3;
const BATCH = 500;

export interface Outcome {
  accepted: number;
  /** How many of each status and mode, such as "succeeded sync". */
  ends: Map<string, number>;
  lost: string[];
  writtenTwice: string[];
  notFound: string[];
  startedTooOften: string[];
  /** Calls that were started more than once. */
  startedAgain: number;
  starts: number;
}

export async function outcome(stand: Stand): Promise<Outcome> {
  const acked = stand.ledger.acked();
  const histories = readHistories(stand.redis.dir);
  const starts = new Map<string, number>();
  for (const { requestID } of stand.starts.read()) starts.set(requestID, (starts.get(requestID) ?? 0) + 1);
  const found: Outcome = {
    ...{ accepted: acked.length, ends: new Map(), lost: [], notFound: [], startedTooOften: [] },
    writtenTwice: [...histories].flatMap(([id, { ends }]) => (ends.length > 1 ? [id] : [])),
    startedAgain: [...starts.values()].filter((count) => count > 1).length,
    starts: [...starts.values()].reduce((sum, count) => sum + count, 0),
  };
  for (let at = 0; at < acked.length; at += BATCH) {
    const ids = acked.slice(at, at + BATCH);
    const records = await Promise.all(ids.map((id) => stand.fields(id, 'status', 'mode', 'terms', 'envelope')));
    ids.forEach((id, i) => {
      const [status, mode, terms, envelope] = records[i];
      const end = `${status} ${mode}`;
      found.ends.set(end, (found.ends.get(end) ?? 0) + 1);
      if (!ENDED.has(status ?? '')) found.lost.push(id);
      if (envelope?.includes('FUNCTION_NOT_FOUND')) found.notFound.push(id);
      if ((starts.get(id) ?? 0) > allowed(mode, terms)) found.startedTooOften.push(id);
    });
  }
  return found;
}

/** A sync call starts once; an async one once more for each of its losses but the last, and for each failure that is retried. */
function allowed(mode: string | null, text: string | null): number {
  if (mode === 'sync') return 1;
  if (text === null) return MAX_STARTS;
  const { maxStarts, retry } = readCallSpec(text);
  return maxStarts + (retry ? retry.attempts - 1 : 0);
}

export function print(rows: [string, string | number][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return `\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')}`;
}
