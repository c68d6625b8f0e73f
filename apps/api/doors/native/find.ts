/** Listing calls on the native wire: a query in, a page and its cursor out. */
import { invalid } from '@invoq/contract/refusal';
import { isRequestID, type Status } from '@invoq/contract/invocation';
import type { CallPage, CallQuery } from '../../invocations/call';
import type { FindDto } from './find.dto';

const DEFAULT_LIMIT = 20;
const DAY_MS = 86_400_000;

/** What a page is asked for. Refuses with INVALID_REQUEST a time that no calendar has, and a cursor that is not ours. */
export function callQuery({ function: name, status, since, until, limit, cursor }: FindDto): CallQuery {
  return {
    function: name,
    statuses: status === undefined ? undefined : new Set(status.split(',') as Status[]),
    from: since === undefined ? undefined : spanOf('since', since).from,
    to: until === undefined ? undefined : spanOf('until', until).to,
    limit: limit === undefined ? DEFAULT_LIMIT : Number(limit),
    after: cursor === undefined ? undefined : placeOf(cursor),
  };
}

/** `data` of the answer, as JSON text. */
export function pageJson({ invocations, next }: CallPage): string {
  return JSON.stringify({ invocations, cursor: next ? cursorOf(next) : null });
}

/** Opaque to callers: where the page before ended. */
function cursorOf({ at, requestID }: NonNullable<CallQuery['after']>): string {
  return Buffer.from(`${at} ${requestID}`).toString('base64url');
}

function placeOf(cursor: string): CallQuery['after'] {
  const [at, requestID] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (!/^\d{1,15}$/.test(at) || !isRequestID(requestID ?? ''))
    throw invalid('cursor', 'must be the cursor of a page before');
  return { at: Number(at), requestID };
}

/** The whole of what is named: a time is one moment, a date is a day of UTC. Both ends are included, ms since the epoch. */
function spanOf(field: string, text: string): { from: number; to: number } {
  const [date] = text.split('T');
  const [from, midnight] = [Date.parse(text), Date.parse(date)];
  // `Date.parse` makes March of February 30th.
  if (Number.isNaN(from) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date))
    throw invalid(field, 'must be a time that there is');
  return { from, to: text === date ? from + DAY_MS - 1 : from };
}
