/**
 * The newest calls of a function, as its list and their records tell. The list outlives records (those of sync calls are
 * kept for an hour, those of async calls for a day), so every entry is checked, and one without a record is taken out.
 */
import type { Mode, Status } from '@invoq/contract/invocation';
import type { Redis } from 'ioredis';
import type { Used } from '../record/record-reader';
import { recordFields } from '../record/packed-record';
import { callsKey, recordKey } from '../keys/keys';

export interface ListedCall {
  requestID: string;
  status: Status;
  mode: Mode;
  /** Where the call came from; JSON text, as it was submitted. */
  origin: string;
  /** ms since the epoch, by the clock of Redis. */
  queuedAt: number;
  startedAt?: number;
  finishedAt?: number;
  used?: Used;
}

/** Times of acceptance, ms since the epoch, both ends included. */
export interface TimeSpan {
  from?: number;
  to?: number;
}

const FIELDS = ['status', 'mode', 'origin', 'queuedAt', 'startedAt', 'finishedAt', 'used'] as const;
/** Records asked for at once: Redis and this process serve others in between. */
const BATCH = 100;
/** As many are read of one function, in each partition. */
export const MAX_READ = 10_000;

export class CallList {
  constructor(
    private readonly redis: Redis,
    private readonly partitions: number,
  ) {}

  /** All there are, newest first: at most `MAX_READ` in each partition. */
  async read(env: string, name: string, { from, to }: TimeSpan = {}): Promise<ListedCall[]> {
    const keys = Array.from({ length: this.partitions }, (_, partition) => callsKey(partition, env, name));
    const calls = await Promise.all(keys.map((key) => this.readOne(key, String(from ?? '-inf'), String(to ?? '+inf'))));
    return calls.flat().sort((a, b) => b.queuedAt - a.queuedAt);
  }

  private async readOne(key: string, from: string, to: string): Promise<ListedCall[]> {
    const ids = await this.redis.zrange(key, to, from, 'BYSCORE', 'REV', 'LIMIT', 0, MAX_READ);
    const calls: ListedCall[] = [];
    const gone: string[] = [];
    for (let at = 0; at < ids.length; at += BATCH) {
      const batch = ids.slice(at, at + BATCH);
      const rows = await Promise.all(batch.map((id) => recordFields(this.redis, recordKey(id), FIELDS)));
      rows.forEach((row, i) => {
        if (row[0] === null) gone.push(batch[i]);
        else calls.push(listed(batch[i], row));
      });
    }
    if (gone.length > 0) await this.redis.zrem(key, ...gone);
    return calls;
  }
}

function listed(requestID: string, row: (string | null)[]): ListedCall {
  const field = (name: (typeof FIELDS)[number]): string | undefined => row[FIELDS.indexOf(name)] ?? undefined;
  const at = (name: 'startedAt' | 'finishedAt'): number | undefined => {
    const text = field(name);
    return text === undefined ? undefined : Number(text);
  };
  const used = field('used');
  return {
    requestID,
    status: field('status') as Status,
    mode: field('mode') as Mode,
    origin: field('origin') ?? '{}',
    queuedAt: Number(field('queuedAt')),
    startedAt: at('startedAt'),
    finishedAt: at('finishedAt'),
    used: used === undefined ? undefined : (JSON.parse(used) as Used),
  };
}
