/** A record as it is read: from hash fields to the invocation that callers see. */
import { createHash } from 'node:crypto';
import type { CallNotes } from '@invoq/contract/call-notes';
import { cutText } from '@invoq/contract/cut-text';
import { type Invocation, isEnded, type Mode, type Status } from '@invoq/contract/invocation';
import type { LaneName } from '@invoq/policy/lanes';
import { pollAfterS } from '@invoq/policy/polling';
import { iso } from '@invoq/contract/iso';
import { readAttempts } from './kept-attempts';
import { readStored } from './stored-result';
import { readCallSpec } from './call-spec';

/** What every telling of an invocation begins with. */
export const HEAD_FIELDS = [
  'terms', 'mode', 'status', 'attempt', 'queuedAt', 'startedAt', 'finishedAt', 'worker', 'attempts', 'notBefore', 'readyAt',
  'runAt', 'replayOf', 'origin', 'notes',
] as const; // prettier-ignore

export const VIEW_FIELDS = [...HEAD_FIELDS, 'progress', 'envelope'] as const;

/** How the envelope of a failure begins; that of a success has the code 0. */
const FAILURE = /^\{"code":[1-9]/;

/** Where each stands among `VIEW_FIELDS`, and so among `HEAD_FIELDS`. */
const AT = Object.fromEntries(VIEW_FIELDS.map((name, i) => [name, i])) as Record<(typeof VIEW_FIELDS)[number], number>;

/** Whatever has no terms is no record. */
export const TERMS = AT.terms;

export interface RecordView {
  requestID: string;
  function: string;
  env: string;
  mode: Mode;
  status: Status;
  queue: string;
  lane: LaneName;
  attempt: number;
  /** The answer, byte for byte, once there is an end; or, as it was recorded, where its large result is. */
  envelope?: string;
  /** `data` of `GET /v1/invocations/{requestID}` as JSON text. */
  json: string;
  /** Says the same for as long as nothing of it has changed but its times so far and what stands before it. */
  tag: string;
  /** Seconds until it is worth while to ask again; missing once it has ended. */
  pollAfterS?: number;
}

/**
 * `values`: those of `HEAD_FIELDS`, and perhaps more. `now`: ms by the clock of Redis. Without the `envelope` the last
 * attempt's error is not shown.
 */
export function readHead(requestID: string, values: (string | null)[], now: number, envelope?: string): Invocation {
  const { function: name, env } = readCallSpec(values[TERMS]!);
  const queuedAt = numberAt(values, AT.queuedAt) ?? now;
  const startedAt = numberAt(values, AT.startedAt);
  const finishedAt = numberAt(values, AT.finishedAt);
  const runAt = numberAt(values, AT.runAt);
  const status = values[AT.status] as Status;
  const attempt = numberAt(values, AT.attempt) ?? 0;
  const worker = values[AT.worker] ?? undefined;
  const last = { status, attempt, startedAt, finishedAt, worker, envelope };
  const { list, lastEndedAt } = readAttempts(values[AT.attempts] ?? undefined, last);
  const notBefore = numberAt(values, AT.notBefore) ?? queuedAt;
  // What waits for another attempt has the times of the last one.
  const readyAt =
    startedAt !== undefined && startedAt < notBefore ? (numberAt(values, AT.readyAt) ?? queuedAt) : notBefore;
  return {
    requestID,
    function: name,
    env,
    mode: values[AT.mode] as Mode,
    status,
    attempt,
    replayOf: values[AT.replayOf] ?? undefined,
    queuedAt: iso(queuedAt),
    runAt: runAt === undefined ? undefined : iso(runAt),
    startedAt: startedAt === undefined ? undefined : iso(startedAt),
    finishedAt: finishedAt === undefined ? undefined : iso(finishedAt),
    nextAttemptAt: status === 'retrying' ? iso(notBefore) : undefined,
    queueMs: Math.max(0, (startedAt ?? finishedAt ?? now) - readyAt),
    runMs: startedAt === undefined ? 0 : (lastEndedAt ?? now) - startedAt,
    attempts: list.length > 0 ? list : undefined,
    error: errorIn(envelope),
    ...callerIn(values[AT.origin] ?? undefined),
    workerID: worker,
    ...readNotes(values[AT.notes] ?? undefined),
  };
}

function numberAt(values: (string | null)[], place: number): number | undefined {
  const text = values[place];
  return text === null || text === undefined ? undefined : Number(text);
}

/** Of an error in a record, characters. */
const MAX_MESSAGE = 500;

/** The end of an envelope is left out where it is stored elsewhere: that is a large result, and no error. */
function errorIn(envelope: string | undefined): Invocation['error'] {
  if (envelope === undefined || !FAILURE.test(envelope)) return undefined;
  const { error } = JSON.parse(envelope) as { error?: Invocation['error'] };
  return error && { type: error.type, message: cutText(error.message, MAX_MESSAGE) };
}

/** What its caller noted on it, as it was said: JSON text of `CallNotes`. */
export function readNotes(text: string | undefined): CallNotes | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as CallNotes);
}

/** Looked for before it is parsed: most records have neither. */
function callerIn(origin: string | undefined): Pick<Invocation, 'keyID' | 'parentID'> {
  if (origin === undefined || !(origin.includes('"keyID":') || origin.includes('"parentID":'))) return {};
  const { keyID, parentID } = JSON.parse(origin) as Pick<Invocation, 'keyID' | 'parentID'>;
  return { keyID, parentID };
}

/** `now`: ms by the clock of Redis. `ahead`: calls that wait before it, where it waits. */
export function readRecord(requestID: string, values: (string | null)[], now: number, ahead?: number): RecordView {
  const envelope = values[AT.envelope] ?? undefined;
  const progress = values[AT.progress] ?? undefined;
  const head = readHead(requestID, values, now, envelope);
  // What has ended stands before nothing.
  if (ahead !== undefined) head.ahead = ahead;
  const { queue, lane } = readCallSpec(values[TERMS]!);
  const stored = envelope !== undefined && readStored(envelope) !== undefined;
  return {
    requestID,
    function: head.function,
    env: head.env,
    mode: head.mode,
    status: head.status,
    queue,
    lane,
    attempt: head.attempt,
    envelope,
    json: spliced(head, progress, stored ? undefined : envelope),
    tag: tagOf(head, progress),
    pollAfterS: isEnded(head.status)
      ? undefined
      : pollAfterS({ ageMs: now - (numberAt(values, AT.queuedAt) ?? now), ahead }),
  };
}

function tagOf({ status, attempt, finishedAt, nextAttemptAt }: Invocation, progress: string | undefined): string {
  const said = progress === undefined ? '' : createHash('sha1').update(progress).digest('base64url').slice(0, 12);
  return [status, attempt, Date.parse(finishedAt ?? nextAttemptAt ?? '') || '', said].join('.');
}

/** The record with an answer that was brought from where it is stored. */
export function withEnvelope(record: RecordView, envelope: string): RecordView {
  const json = `${record.json.slice(0, -1)},"result":${withoutRequestID(envelope, record.requestID)}}`;
  return { ...record, envelope, json };
}

/** Progress and envelope are JSON text already: they go in as they are, unparsed, whatever their size. */
function spliced(head: Invocation, progress: string | undefined, envelope: string | undefined): string {
  let json = JSON.stringify(head).slice(0, -1);
  if (progress !== undefined) json += `,"progress":${progress}`;
  if (envelope !== undefined) json += `,"result":${withoutRequestID(envelope, head.requestID)}`;
  return `${json}}`;
}

/** Every envelope ends with its requestID (`envelope.ts` writes it last), which the invocation says already. */
function withoutRequestID(envelope: string, requestID: string): string {
  const tail = `,"requestID":"${requestID}"}`;
  return envelope.endsWith(tail) ? `${envelope.slice(0, -tail.length)}}` : envelope;
}
