/**
 * The async calls that failed for good, by function, newest first. A letter is text (see `dead.lua`): it tells its function,
 * its time and its requestID, and a function's letters stand side by side, so a page or a count costs what it tells.
 */
import type { CallbackWish } from '@invoq/contract/callback';
import type { EnvelopeError } from '@invoq/contract/envelope';
import type { Status } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';
import type { RetryRule } from '@invoq/contract/retry';
import type { Redis } from 'ioredis';
import { deadExpiryKey, deadKey, recordKey } from './keys';
import { partitionOf } from './partition';
import { readTerms } from './terms';

export interface LetterPage {
  letters: DeadLetter[];
  /** Where the next page begins; undefined: there is none. */
  next?: string;
}

export interface DeadLetter {
  requestID: string;
  status: Status;
  /** Starts. */
  attempt: number;
  /** ms since the epoch, by the clock of Redis. */
  queuedAt: number;
  diedAt: number;
  error: Pick<EnvelopeError, 'type' | 'message' | 'name'>;
  replayOf?: string;
}

/** What it takes to do it again. */
export interface Remains {
  letter: string;
  /** JSON text. */
  data: string;
  origin: string;
  priority: number;
  /** The longest run that it asked for itself, ms. */
  askedMs?: number;
  retry?: RetryRule;
  callback?: CallbackWish;
}

const FIELDS = ['status', 'attempt', 'queuedAt', 'envelope', 'replayOf'] as const;
const REMAINS = ['letter', 'terms', 'data', 'origin', 'callbackUrl', 'callbackEvents', 'askedMs'] as const;
/** Sorts behind everything that a letter may go on with. */
const END = '\xff';

export class DeadLetters {
  constructor(
    private readonly redis: Redis,
    private readonly partitions: number,
  ) {}

  /** Newest first. `before`: where the page before said that the next one begins. */
  async list(env: string, name: string, limit: number, before?: string): Promise<LetterPage> {
    const prefix = `${env}/${name}/`;
    const from = before === undefined ? `[${prefix}${END}` : `(${prefix}${before}`;
    const texts = await Promise.all(
      this.keys().map((key) => this.redis.zrange(key, from, `[${prefix}`, 'BYLEX', 'REV', 'LIMIT', 0, limit)),
    );
    const newest = texts.flat().sort().reverse().slice(0, limit);
    // No pipeline: the records are of all partitions, which may be on different nodes of a Redis Cluster.
    const rows = await Promise.all(newest.map((letter) => this.redis.hmget(recordKey(idOf(letter)), ...FIELDS)));
    const letters = newest.flatMap((letter, i) => letterOf(letter, rows[i]) ?? []);
    return { letters, next: newest.length === limit ? newest[limit - 1].slice(prefix.length) : undefined };
  }

  async count(env: string, name: string): Promise<number> {
    const prefix = `${env}/${name}/`;
    const counts = await Promise.all(
      this.keys().map((key) => this.redis.zlexcount(key, `[${prefix}`, `[${prefix}${END}`)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The oldest ones' requestIDs. */
  async oldest(env: string, name: string, limit: number): Promise<string[]> {
    const prefix = `${env}/${name}/`;
    const texts = await Promise.all(
      this.keys().map((key) => this.redis.zrange(key, `[${prefix}`, `[${prefix}${END}`, 'BYLEX', 'LIMIT', 0, limit)),
    );
    return texts.flat().sort().slice(0, limit).map(idOf);
  }

  /** Undefined: there is no such dead letter of this function. */
  async remains(env: string, name: string, requestID: string): Promise<Remains | undefined> {
    const remains = await this.redis.hmget(recordKey(requestID), ...REMAINS);
    const [letter, text, data, origin, url, events, asked] = remains;
    if (!letter || !text) return undefined;
    const terms = readTerms(text);
    if (terms.env !== env || terms.function !== name) return undefined;
    if ((await this.redis.zscore(deadKey(partitionOf(requestID)), letter)) === null) return undefined;
    return {
      letter,
      data: data ?? '{}',
      origin: origin ?? '{}',
      priority: terms.priority,
      askedMs: asked === null ? undefined : Number(asked),
      retry: terms.retry,
      callback: url ? { url, events: (events ?? '').split(' ') as Outcome[] } : undefined,
    };
  }

  /** Takes them off the list; their records go when those of other calls would. How many were there. */
  async purge(env: string, name: string, requestIDs: string[]): Promise<number> {
    let purged = 0;
    for (const requestID of requestIDs) {
      const found = await this.remains(env, name, requestID);
      if (!found) continue;
      const partition = partitionOf(requestID);
      await this.redis.zrem(deadExpiryKey(partition), found.letter);
      purged += await this.redis.zrem(deadKey(partition), found.letter);
      const retainMs = await this.redis.hget(recordKey(requestID), 'retainMs');
      if (retainMs !== null) await this.redis.pexpire(recordKey(requestID), retainMs, 'LT');
    }
    return purged;
  }

  private keys(): string[] {
    return Array.from({ length: this.partitions }, (_, partition) => deadKey(partition));
  }
}

function idOf(letter: string): string {
  return letter.slice(letter.lastIndexOf('/') + 1);
}

/** Undefined: its record is past retention, and so is the letter. */
function letterOf(letter: string, row: (string | null)[]): DeadLetter | undefined {
  const [status, attempt, queuedAt, envelope, replayOf] = row;
  if (!status || !envelope) return undefined;
  const { type, message, name } = (JSON.parse(envelope) as { error: EnvelopeError }).error;
  return {
    requestID: idOf(letter),
    status: status as Status,
    attempt: Number(attempt),
    queuedAt: Number(queuedAt),
    diedAt: Number(letter.split('/')[2]),
    error: { type, message, name },
    replayOf: replayOf ?? undefined,
  };
}
