/** Past calls as MinApp's job records: its words for a status, its filters, its pages. */
import { invalid } from '@invoq/contract/refusal';
import type { Status } from '@invoq/contract/invocation';
import type { PastCall } from '../../invocations/call';

const STATUS: Readonly<Record<Status, string>> = {
  queued: 'waiting',
  retrying: 'waiting',
  running: 'executing',
  succeeded: 'fulfilled',
  failed: 'execution_failed',
  crashed: 'execution_failed',
  timedOut: 'deadline_exceeded',
  expired: 'schedule_failed',
  cancelled: 'execution_rejected',
  lost: 'execution_failed',
};
const SERVICE_TYPE = { sync: 'time_sensitive', async: 'batch' } as const;
const MB = 1_024 * 1_024;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
const MAX_OFFSET = 1_000_000;

export interface JobQuery {
  limit: number;
  offset: number;
  source?: string;
  status?: string;
  serviceType?: string;
  /** Acceptance, ms since the epoch. */
  from?: number;
  to?: number;
}

/** Refuses with INVALID_REQUEST what is no number, or no status or service type of MinApp's. */
export function readJobQuery(query: Record<string, string>): JobQuery {
  return {
    limit: whole(query, 'limit', DEFAULT_LIMIT, 1, MAX_LIMIT),
    offset: whole(query, 'offset', 0, 0, MAX_OFFSET),
    source: query.source || undefined,
    status: oneOf(query, 'status', Object.values(STATUS)),
    serviceType: oneOf(query, 'service_type', Object.values(SERVICE_TYPE)),
    from: seconds(query, 'created_at__gte'),
    to: seconds(query, 'created_at__lte'),
  };
}

/** `path`: of the list itself, for the links to its next and previous page. `origin`: scheme and host of this API. */
export function jobPage(calls: readonly PastCall[], query: JobQuery, path: string, origin: string): object {
  const { limit, offset } = query;
  const found = calls.filter(
    (call) =>
      (query.source === undefined || call.eventType === query.source) &&
      (query.status === undefined || STATUS[call.status] === query.status) &&
      (query.serviceType === undefined || SERVICE_TYPE[call.mode] === query.serviceType),
  );
  const link = (at: number): string => `${path}?${linkParams(query, at)}`;
  return {
    meta: {
      limit,
      next: offset + limit < found.length ? link(offset + limit) : null,
      offset,
      previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
      total_count: found.length,
    },
    objects: found.slice(offset, offset + limit).map((call) => jobOf(call, origin)),
  };
}

function jobOf(call: PastCall, origin: string): object {
  return {
    id: call.requestID,
    status: STATUS[call.status],
    service_type: SERVICE_TYPE[call.mode],
    source: call.eventType,
    created_at: call.queuedAt / 1_000,
    started_at: call.startedAt === undefined ? null : call.startedAt / 1_000,
    finished_at: call.finishedAt === undefined ? null : call.finishedAt / 1_000,
    mem_usage: Math.round((call.peakRssMb ?? 0) * MB),
    user_log_url: `${origin}/v1/invocations/${call.requestID}/logs`,
  };
}

function linkParams({ limit, source, status, serviceType, from, to }: JobQuery, offset: number): string {
  const params = new URLSearchParams({ limit: String(limit), offset: String(offset) });
  if (source !== undefined) params.set('source', source);
  if (status !== undefined) params.set('status', status);
  if (serviceType !== undefined) params.set('service_type', serviceType);
  if (from !== undefined) params.set('created_at__gte', String(from / 1_000));
  if (to !== undefined) params.set('created_at__lte', String(to / 1_000));
  return params.toString();
}

function whole(query: Record<string, string>, field: string, otherwise: number, min: number, max: number): number {
  const text = query[field];
  if (text === undefined || text === '') return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw invalid(field, `must be a whole number from ${min} to ${max}`);
  return value;
}

/** Seconds since the epoch, perhaps with a fraction, to ms. */
function seconds(query: Record<string, string>, field: string): number | undefined {
  const text = query[field];
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,11}(\.\d{1,9})?$/.test(text)) throw invalid(field, 'must be a Unix time in seconds');
  return Math.round(Number(text) * 1_000);
}

function oneOf(query: Record<string, string>, field: string, choices: readonly string[]): string | undefined {
  const text = query[field];
  if (text === undefined || text === '') return undefined;
  if (!choices.includes(text)) throw invalid(field, `must be one of ${[...new Set(choices)].join(', ')}`);
  return text;
}
