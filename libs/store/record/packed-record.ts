/**
 * The packed record, as it is read: the one text that a plain call has in place of a hash. `packed.lua` says what its lines are, and
 * writes it. A reader asks for fields by name, and need not know which of the two a record is.
 */
import type { Redis } from 'ioredis';

/** The words of the first line after the state. */
const HEAD = [
  'retainMs', 'replyTo', 'keepData', 'mode', 'queuedAt', 'expiresAt', 'timeoutMs', 'turn', 'deadMs', 'askedMs',
]; // prettier-ignore
/** The words of the line that is written when it is started, and of the one that stands there once it has ended. */
const RUN = ['startedAt', 'worker', 'leaseUntil', 'leaseMs', 'deadline', 'tokenHash'];
const END = ['startedAt', 'worker', 'leaseMs', 'deadline', 'finishedAt', 'next', 'used'];
/** Stands for what is not there. */
export const NONE = '-';
const WRONG_TYPE = 'WRONGTYPE';

/** By name; undefined of a text that is no packed record. */
export function readPacked(text: string): Map<string, string> | undefined {
  const lines = firstLines(text, 4);
  if (lines === undefined) return undefined;
  const [head, terms, origin, traceparent, rest] = lines;
  const [state, ...words] = head.split(' ');
  const fields = new Map([['terms', terms], ['origin', origin]]); // prettier-ignore
  if (traceparent !== '') fields.set('traceparent', traceparent);
  addWords(fields, HEAD, words);
  const [first, second] = cutOnce(rest);
  if (state === 'open') {
    fields.set('data', first).set('status', second === '' ? 'queued' : 'running');
    fields.set('attempt', second === '' ? '0' : '1');
    if (second !== '') addWords(fields, RUN, second.split(' '));
  } else {
    fields.set('status', state).set('attempt', '1').set('code', '0').set('envelope', second);
    addWords(fields, END, first.split(' '));
  }
  return fields;
}

/** So many lines, and the rest; undefined of a text that has fewer. */
export function firstLines(text: string, count: number): string[] | undefined {
  const lines: string[] = [];
  let from = 0;
  while (lines.length < count) {
    const end = text.indexOf('\n', from);
    if (end === -1) return undefined;
    lines.push(text.slice(from, end));
    from = end + 1;
  }
  lines.push(text.slice(from));
  return lines;
}

function cutOnce(text: string): [string, string] {
  const end = text.indexOf('\n');
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

function addWords(fields: Map<string, string>, names: string[], words: string[]): void {
  words.forEach((word, i) => {
    if (word !== NONE) fields.set(names[i], word);
  });
}

/** The text of a packed record; null: there is no record; undefined: it is a hash. */
export async function packedText(redis: Redis, key: string): Promise<string | null | undefined> {
  try {
    return await redis.get(key);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(WRONG_TYPE)) return undefined;
    throw error;
  }
}

/** These fields of a record, and the bytes of another one without reading it; 0 where it is not there. */
export async function fieldsAndBytes(
  redis: Redis,
  key: string,
  names: readonly string[],
  measured: string,
): Promise<[(string | null)[], number]> {
  const text = await packedText(redis, key);
  if (text === undefined) return Promise.all([redis.hmget(key, ...names), redis.hstrlen(key, measured)]);
  const fields = text === null ? undefined : readKey(key, text);
  return [names.map((name) => fields?.get(name) ?? null), Buffer.byteLength(fields?.get(measured) ?? '')];
}

/** These fields of a record, as `HMGET` answers. `readHash`: how they are read of a hash. */
export async function recordFields(
  redis: Redis,
  key: string,
  names: readonly string[],
  readHash: (redis: Redis) => Promise<(string | null)[]> = (of) => of.hmget(key, ...names),
): Promise<(string | null)[]> {
  const text = await packedText(redis, key);
  if (text === undefined) return readHash(redis);
  const fields = text === null ? undefined : readKey(key, text);
  return names.map((name) => fields?.get(name) ?? null);
}

/** @throws SyntaxError of a text that is no packed record: it is a fault that somebody should see, and no call that is unknown. */
function readKey(key: string, text: string): Map<string, string> {
  const fields = readPacked(text);
  if (fields === undefined) throw new SyntaxError(`${key} holds a text that is no record`);
  return fields;
}
