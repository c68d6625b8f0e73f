/** What operators changed. */
import type { AuditAction, AuditPage } from '@invoq/contract/operations/audit';
import type { ReadOptions } from '../call-options';
import type { Wire } from '../wire';
import { ask, queryOf, timeText } from './operate';

export interface AuditOptions extends ReadOptions {
  action?: AuditAction;
  since?: Date | string | number;
  until?: Date | string | number;
  /** 100 by default, 1,000 at most. */
  limit?: number;
  cursor?: string;
}

export class Audit {
  constructor(private readonly wire: Wire) {}

  /** Newest first. */
  list({ since, until, action, limit, cursor, ...options }: AuditOptions = {}): Promise<AuditPage> {
    const query = queryOf({ action, since: timeText(since), until: timeText(until), limit, cursor });
    return ask(this.wire, `/v1/audit${query}`, options);
  }
}
