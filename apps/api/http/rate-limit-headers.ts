/**
 * `RateLimit` and `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers (10) has them: each limit by its name, what is
 * left of it (`r`), and the seconds until all of it is there again (`t`).
 */
import { BYTE_QUOTAS, type Quota, type QuotaName } from '@invoq/contract/rate';

/** What is given back when a request has ended is counted by those at work, not by time. */
const CONCURRENT: ReadonlySet<QuotaName> = new Set([
  'function-concurrency',
  'waits',
  'event-streams',
  'uploads',
  'open-results',
]);

export function rateLimitHeaders(quotas: readonly Quota[] = []): Record<string, string> {
  if (quotas.length === 0) return {};
  return { 'ratelimit-policy': quotas.map(policy).join(', '), ratelimit: quotas.map(standing).join(', ') };
}

function policy({ name, limit, windowMs }: Quota): string {
  const unit = CONCURRENT.has(name) ? ';qu="concurrent-requests"' : name in BYTE_QUOTAS ? ';qu="content-bytes"' : '';
  return `"${name}";q=${limit}${unit}${windowMs === undefined ? '' : `;w=${seconds(windowMs)}`}`;
}

function standing({ name, remaining, wholeInMs }: Quota): string {
  return wholeInMs === undefined ? `"${name}";r=${remaining}` : `"${name}";r=${remaining};t=${seconds(wholeInMs)}`;
}

/** Whole ones; a part of one counts. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
