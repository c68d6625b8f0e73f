/** Listing calls on the native wire: a query in, a page and its cursor out. */
import { invalid } from '@invoq/contract/refusal';
import { beginsRequestID, isRequestID, writtenAsOurs } from '@invoq/contract/invocation';
import { readFilters } from '@invoq/contract/list-filters';
import type { CallPage, CallQuery } from './call';
import type { FindDto } from './find.dto';

const DEFAULT_LIMIT = 20;
const DAY_MS = 86_400_000;

/**
 * What a page is asked for. Refuses with INVALID_REQUEST a time that no calendar has, a requestID that none begins with, an
 * order without its function, and a cursor that is not ours.
 */
export function callQuery(query: FindDto): CallQuery {
  const { function: name, since, until, requestID, order, limit, cursor, ...filters } = query;
  if (order !== undefined && name === undefined) throw invalid('order', 'must come with a function');
  return {
    function: name,
    from: since === undefined ? undefined : spanOf('since', since).from,
    to: until === undefined ? undefined : spanOf('until', until).to,
    requestID: requestID === undefined ? undefined : startOf(requestID),
    filters: readFilters(filters),
    order,
    limit: limit === undefined ? DEFAULT_LIMIT : Number(limit),
    after: cursor === undefined ? undefined : placeOf(cursor, order),
  };
}

/** `data` of the answer, as JSON text. */
export function pageJson({ invocations, next }: CallPage, { order }: CallQuery): string {
  return JSON.stringify({ invocations, cursor: next ? cursorOf(next, order) : null });
}

/** Opaque to callers: where the page before ended, in which order. */
function cursorOf({ at, requestID }: NonNullable<CallQuery['after']>, order: CallQuery['order']): string {
  return Buffer.from([at, requestID, order].join(' ').trimEnd()).toString('base64url');
}

function placeOf(cursor: string, order: CallQuery['order']): CallQuery['after'] {
  const [at, requestID, ofOrder] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (!/^\d{1,15}$/.test(at) || !isRequestID(requestID ?? ''))
    throw invalid('cursor', 'must be the cursor of a page before');
  if (ofOrder !== order) throw invalid('cursor', 'must be of a page in the same order');
  return { at: Number(at), requestID };
}

function startOf(text: string): string {
  const start = writtenAsOurs(text);
  if (!beginsRequestID(start)) throw invalid('requestID', 'must be a requestID, or how one begins');
  return start;
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
