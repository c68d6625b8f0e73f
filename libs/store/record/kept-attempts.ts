/** The attempts of a record, as readers see them: those that are over and kept, and the last one, which its fields tell. */
import { cutText } from '@invoq/contract/cut-text';
import type { Envelope, EnvelopeError } from '@invoq/contract/envelope';
import { isEnded, type Status } from '@invoq/contract/invocation';
import { errorOf, type Ending } from '@invoq/contract/outcome';
import type { Attempt, AttemptError } from '@invoq/contract/retry';
import { iso } from '@invoq/contract/iso';

/** Text of an error that is kept of an attempt, characters; the last attempt's is whole in the envelope. */
const MAX_MESSAGE = 2_000;

/** As `attempts.lua` writes it; times in ms. */
interface KeptAttempt extends Omit<Attempt, 'startedAt' | 'endedAt'> {
  startedAt: number;
  endedAt: number;
}

/** What of the record tells its last attempt. Times in ms. */
export interface LastAttempt {
  status: Status;
  attempt: number;
  startedAt?: number;
  finishedAt?: number;
  worker?: string;
  /** Missing also when the result is kept elsewhere: then it is a success. */
  envelope?: string;
}

export interface AttemptsView {
  list: Attempt[];
  /** When the last attempt ended, ms; what waits for another one has ended the last. */
  lastEndedAt?: number;
}

/** How an attempt ended that is followed by another, as JSON text. */
export function attemptEnding(ending: Exclude<Ending, { outcome: 'succeeded' }>): string {
  return JSON.stringify({ outcome: ending.outcome, error: attemptError(errorOf(ending)) });
}

/** `kept`: the record's field `attempts`. */
export function readAttempts(kept: string | undefined, last: LastAttempt): AttemptsView {
  const past = kept === undefined ? [] : (JSON.parse(`[${kept}]`) as KeptAttempt[]);
  const list = past.map((each) => ({ ...each, startedAt: iso(each.startedAt), endedAt: iso(each.endedAt) }));
  const { attempt, startedAt, finishedAt, worker = '', status, envelope } = last;
  if (startedAt === undefined) return { list };
  if (past.at(-1)?.attempt === attempt) return { list, lastEndedAt: past.at(-1)?.endedAt };
  const ended = isEnded(status);
  const current: Attempt = {
    attempt,
    startedAt: iso(startedAt),
    endedAt: finishedAt === undefined ? undefined : iso(finishedAt),
    worker,
    outcome: ended ? status : undefined,
    error: ended && status !== 'succeeded' && envelope !== undefined ? errorIn(envelope) : undefined,
  };
  return { list: [...list, current], lastEndedAt: finishedAt };
}

/** A record stays readable whatever stands in its envelope. */
function errorIn(envelope: string): AttemptError | undefined {
  try {
    return attemptError((JSON.parse(envelope) as Envelope).error as EnvelopeError);
  } catch {
    return undefined;
  }
}

function attemptError({ type, message, name }: EnvelopeError): AttemptError {
  return { type, message: cutText(String(message ?? ''), MAX_MESSAGE), name };
}
