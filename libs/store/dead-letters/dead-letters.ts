/**
 * The async calls that failed for good, by function, newest first. A letter is text (see `deadLetters.lua`): it tells its function,
 * its time and its requestID, and a function's letters stand side by side, so a page or a count costs what it tells.
 */
import type { CallNotes } from '@invoq/contract/call-notes';
import type { CallbackInput } from '@invoq/contract/callback';
import type { EnvelopeError } from '@invoq/contract/envelope';
import type { Status } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';
import type { RetryRule } from '@invoq/contract/retry';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { deadExpiryKey, deadKey, recordKey } from '../keys/keys';
import { partitionOf } from '../keys/partition';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { fieldsAndBytes, recordFields } from '../record/packed-record';
import { readCallSpec } from '../record/call-spec';
import { readNotes } from '../record/record';

export interface DeadLetterPage {
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
export interface ReplayInput {
  /** Missing: it is no dead letter (any more). */
  letter?: string;
  /** JSON text. Missing: they are not kept, so it cannot be done again. */
  data?: string;
  /** Starts. */
  attempt: number;
  origin: string;
  priority: number;
  /** The longest run that it asked for itself, ms. */
  askedMs?: number;
  retry?: RetryRule;
  callback?: CallbackInput;
  notes?: CallNotes;
}

const FIELDS = ['status', 'attempt', 'queuedAt', 'envelope', 'replayOf'] as const;
const REMAINS = [
  'letter',
  'terms',
  'data',
  'origin',
  'callbackUrl',
  'callbackEvents',
  'askedMs',
  'attempt',
  'notes',
] as const;
/** Sorts behind everything that a letter may go on with. */
const END = '\xff';

/** Letters whose ends, which may be large, are read at once. */
const READ_AT_ONCE = 50;
/** Letters in one script: Redis serves others in between. */
const PURGED_AT_ONCE = 100;

export class DeadLetters {
  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly partitions: number,
  ) {
    this.redis = withScripts(redis);
  }

  /** Newest first. `before`: where the page before said that the next one begins. */
  async list(env: string, name: string, limit: number, before?: string): Promise<DeadLetterPage> {
    const prefix = `${env}/${name}/`;
    const from = before === undefined ? `[${prefix}${END}` : `(${prefix}${before}`;
    const texts = await Promise.all(
      this.keys().map((key) => this.redis.zrange(key, from, `[${prefix}`, 'BYLEX', 'REV', 'LIMIT', 0, limit)),
    );
    const newest = texts.flat().sort().reverse().slice(0, limit);
    const letters: DeadLetter[] = [];
    const gone: string[] = [];
    for (let at = 0; at < newest.length; at += READ_AT_ONCE) {
      const some = newest.slice(at, at + READ_AT_ONCE);
      // No pipeline: the records are of all partitions, which may be on different nodes of a Redis Cluster. All are hashes.
      const rows = await Promise.all(some.map((letter) => this.redis.hmget(recordKey(idOf(letter)), ...FIELDS)));
      some.forEach((letter, i) => {
        const read = letterOf(letter, rows[i]);
        if (read) letters.push(read);
        else gone.push(letter);
      });
    }
    await this.take(gone);
    return { letters, next: newest.length === limit ? newest[limit - 1].slice(prefix.length) : undefined };
  }

  /** Those of an env, or of one of its functions: in the order of their text, `limit` of them behind `after`. */
  async walk(
    env: string,
    name: string | undefined,
    limit: number,
    after?: string,
  ): Promise<{ letter: string; requestID: string; function: string; diedAt: number }[]> {
    const prefix = name === undefined ? `${env}/` : `${env}/${name}/`;
    const from = after === undefined ? `[${prefix}` : `(${after}`;
    const texts = await Promise.all(
      this.keys().map((key) => this.redis.zrange(key, from, `[${prefix}${END}`, 'BYLEX', 'LIMIT', 0, limit)),
    );
    return texts
      .flat()
      .sort()
      .slice(0, limit)
      .map((letter) => {
        const [, of, diedAt, requestID] = letter.split('/');
        return { letter, requestID, function: of, diedAt: Number(diedAt) };
      });
  }

  async count(env: string, name: string): Promise<number> {
    return this.countBehind(`${env}/${name}/`);
  }

  /** Of all functions of an env. */
  async countAll(env: string): Promise<number> {
    return this.countBehind(`${env}/`);
  }

  private async countBehind(prefix: string): Promise<number> {
    const counts = await Promise.all(
      this.keys().map((key) => this.redis.zlexcount(key, `[${prefix}`, `[${prefix}${END}`)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The oldest ones' requestIDs. */
  async oldest(env: string, name: string, limit: number): Promise<string[]> {
    return (await this.oldestLetters(env, name, limit)).map(idOf);
  }

  /** `until`: no later ones, ms since the epoch. */
  private async oldestLetters(env: string, name: string, limit: number, until?: number): Promise<string[]> {
    const prefix = `${env}/${name}/`;
    const end = until === undefined ? `${prefix}${END}` : `${prefix}${String(until).padStart(13, '0')}/${END}`;
    const texts = await Promise.all(
      this.keys().map((key) => this.redis.zrange(key, `[${prefix}`, `[${end}`, 'BYLEX', 'LIMIT', 0, limit)),
    );
    return texts.flat().sort().slice(0, limit);
  }

  /** By the clock of Redis, ms since the epoch. */
  async now(): Promise<number> {
    return timeAt(this.redis, deadKey(0));
  }

  /** Bytes of the data of each; 0 where there are none. */
  async sizes(requestIDs: string[]): Promise<number[]> {
    const read = await Promise.all(
      requestIDs.map((requestID) => fieldsAndBytes(this.redis, recordKey(requestID), ['status'], 'data')),
    );
    return read.map(([, bytes]) => bytes);
  }

  /** Undefined: there is no such dead letter of this function. */
  async remains(env: string, name: string, requestID: string): Promise<ReplayInput | undefined> {
    const [text] = await recordFields(this.redis, recordKey(requestID), ['terms']);
    if (text === null) return undefined;
    const spec = readCallSpec(text);
    if (spec.env !== env || spec.function !== name) return undefined;
    const remains = await this.remainsOf(requestID);
    return remains?.letter === undefined ? undefined : remains;
  }

  /** Of any call that has ended; undefined: its record is gone. */
  async remainsOf(requestID: string): Promise<ReplayInput | undefined> {
    const remains = await recordFields(this.redis, recordKey(requestID), REMAINS);
    const [letter, text, data, origin, url, events, asked, attempt, notes] = remains;
    if (!text) return undefined;
    const { priority, retry } = readCallSpec(text);
    const stands = letter && (await this.redis.zscore(deadKey(partitionOf(requestID)), letter)) !== null;
    return {
      letter: stands ? letter : undefined,
      data: data ?? undefined,
      attempt: Number(attempt),
      origin: origin ?? '{}',
      priority,
      askedMs: asked === null ? undefined : Number(asked),
      retry,
      callback: url ? { url, events: (events ?? '').split(' ') as Outcome[] } : undefined,
      notes: readNotes(notes ?? undefined),
    };
  }

  /** Takes these off the list; their records go when those of other calls would. How many were there. */
  async purge(env: string, name: string, requestIDs: string[]): Promise<number> {
    const letters = await Promise.all(
      requestIDs.map(async (requestID) => {
        const [letter] = await recordFields(this.redis, recordKey(requestID), ['letter']);
        return letter?.startsWith(`${env}/${name}/`) ? letter : undefined;
      }),
    );
    return this.take(letters.filter((letter) => letter !== undefined));
  }

  /**
   * The same for the oldest ones, `limit` of them at most, whether or not their records are still there. `until`: none that
   * came later, ms since the epoch.
   */
  async purgeOldest(
    env: string,
    name: string,
    limit: number,
    until: number,
  ): Promise<{ found: number; purged: number }> {
    const letters = await this.oldestLetters(env, name, limit, until);
    return { found: letters.length, purged: await this.take(letters) };
  }

  private async take(letters: string[]): Promise<number> {
    let taken = 0;
    for (let partition = 0; partition < this.partitions; partition++) {
      const here = letters.filter((letter) => partitionOf(idOf(letter)) === partition);
      for (let at = 0; at < here.length; at += PURGED_AT_ONCE) {
        const some = here.slice(at, at + PURGED_AT_ONCE);
        const keys = { dead: deadKey(partition), deadExpiry: deadExpiryKey(partition) };
        taken += (await this.redis.invoqPurge({ keys, args: { letters: some } })) as number;
      }
    }
    return taken;
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
