/**
 * What a watcher sees of a record in one read. Three numbers say where it stands, which mean the same to every API
 * process for as long as the record is kept: how many changes of status it has seen, how many times progress was said, and
 * how many bytes of the log it has read.
 */
import { type Invocation, isEnded, type Status } from '@invoq/contract/invocation';
import { HEAD_FIELDS, readHead, TERMS } from './record';

export const LIVE_FIELDS = [...HEAD_FIELDS, 'progress', 'progressed', 'envelope'] as const;
/** Of the log, in one read; more of it when that does not hold a whole line. */
export const SNAPSHOT_LOG_BYTES = 65_536;

export interface StatusChange {
  status: Status;
  /** Starts until then. */
  attempt: number;
  /** ISO 8601, by the clock of Redis. */
  at: string;
}

export interface LiveSnapshot {
  /** All of them, the first one first, the end included. */
  changes: StatusChange[];
  /** JSON text. */
  progress?: string;
  progressed: number;
  /** Whole lines (JSON text), and where the log goes on after each of them. */
  lines: { text: string; end: number }[];
  /** Bytes of the log as it is. Fewer than were read before: Redis came back without the last second of it. */
  logBytes: number;
  /** As it was recorded; there once it has ended. */
  envelope?: string;
}

const NEWLINE = 0x0a;

/** `values`: of `LIVE_FIELDS`. The log was read after them, so that of what has ended it is all there. */
export function readSnapshot(
  requestID: string,
  values: (string | null)[],
  log: { from: number; read: Buffer; bytes: number },
): LiveSnapshot | undefined {
  const field = (name: (typeof LIVE_FIELDS)[number]): string | undefined =>
    values[LIVE_FIELDS.indexOf(name)] ?? undefined;
  if (values[TERMS] === null) return undefined;
  const lines = linesOf(log.read, log.from);
  return {
    changes: changesOf(readHead(requestID, values, 0)),
    progress: field('progress'),
    progressed: Number(field('progressed') ?? 0),
    lines,
    logBytes: log.bytes,
    envelope: field('envelope'),
  };
}

/**
 * The same changes in the same order in every read, and only ever more of them. What waits for another try is `retrying`
 * until it is started; what its worker took along when it died is `queued` again.
 */
export function changesOf({ status, attempt, queuedAt, finishedAt, attempts = [] }: Invocation): StatusChange[] {
  const changes: StatusChange[] = [{ status: 'queued', attempt: 0, at: queuedAt }];
  for (const one of attempts) {
    changes.push({ status: 'running', attempt: one.attempt, at: one.startedAt });
    // The last attempt ends with the invocation, unless it was kept as one that is followed by another.
    if (one.endedAt === undefined || one.endedAt === finishedAt) continue;
    changes.push({ status: one.outcome === 'lost' ? 'queued' : 'retrying', attempt: one.attempt, at: one.endedAt });
  }
  if (isEnded(status) && finishedAt !== undefined) changes.push({ status, attempt, at: finishedAt });
  return changes;
}

function linesOf(read: Buffer, from: number): LiveSnapshot['lines'] {
  const lines: LiveSnapshot['lines'] = [];
  let start = 0;
  for (let end = read.indexOf(NEWLINE); end !== -1; end = read.indexOf(NEWLINE, start)) {
    const text = read.toString('utf8', start, end);
    // Whoever asks from amidst a line gets the next one.
    if (text.startsWith('{')) lines.push({ text, end: from + end + 1 });
    start = end + 1;
  }
  return lines;
}
