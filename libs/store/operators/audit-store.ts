/** What operators changed, newest first, for 30 days. */
import type { AuditAction, AuditEntry } from '@invoq/contract/operations/audit';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { auditKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

const KEEP_MS = 30 * 86_400_000;
/** So many at most, a little more: whoever writes more in 30 days keeps the latest. */
const MOST = 100_000;
/** Entries that are checked for one page at most. */
const MAX_SCANNED = 5_000;
const BATCH = 500;

export interface AuditQuery {
  action?: AuditAction;
  /** ms since the epoch, both ends included. */
  from?: number;
  to?: number;
  limit: number;
  /** The id that the page before ended with. */
  before?: string;
}

export class AuditStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  async write(entry: Omit<AuditEntry, 'id' | 'at'>): Promise<void> {
    await this.redis.invoqAudit({
      keys: { log: auditKey() },
      args: { entry: JSON.stringify(entry), keepMs: KEEP_MS, max: MOST },
    });
  }

  /** `next`: where the next page begins; undefined: there is none. */
  async read({ action, from, to, limit, before }: AuditQuery): Promise<{ entries: AuditEntry[]; next?: string }> {
    const oldest = Math.max((await timeAt(this.redis, auditKey())) - KEEP_MS, from ?? 0);
    let end = before === undefined ? (to === undefined ? '+' : String(to)) : `(${before}`;
    const entries: AuditEntry[] = [];
    for (let scanned = 0; scanned < MAX_SCANNED; scanned += BATCH) {
      const batch = await this.redis.xrevrange(auditKey(), end, String(oldest), 'COUNT', BATCH);
      for (const [id, [, text]] of batch) {
        const entry = { id, at: new Date(Number(id.split('-')[0])).toISOString(), ...JSON.parse(text) } as AuditEntry;
        if (action === undefined || entry.action === action) entries.push(entry);
        if (entries.length === limit) return { entries, next: id };
      }
      if (batch.length < BATCH) return { entries };
      end = `(${batch.at(-1)![0]}`;
    }
    return { entries, next: end.slice(1) };
  }
}
