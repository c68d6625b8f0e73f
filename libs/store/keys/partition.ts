/**
 * Partitions: all keys of one invocation share the hash tag `{invoq:<partition>}`, so that they live on one node of a
 * Redis Cluster and its scripts stay atomic. The partition is read from the requestID, so no lookup is needed, and ids
 * made before the number of partitions grew are still found.
 */
import { createHash, randomFillSync } from 'node:crypto';

export const MAX_PARTITIONS = 256;

/** Every byte as text. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const ID_BYTES = 16;
/** Where the digits of each byte stand in an id. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from('0123456789abcdef');
const written = Buffer.from('00000000-0000-0000-0000-000000000000');
/** Randomness is drawn for many ids at a time. */
const random = Buffer.alloc(256 * ID_BYTES);
let drawn = random.length;

/** A UUID (version 4 in form) that carries its partition: the last byte is the partition XOR the first byte. */
export function newRequestID(partition: number): string {
  if (drawn === random.length) {
    randomFillSync(random);
    drawn = 0;
  }
  drawn += ID_BYTES;
  return idOf(random, drawn - ID_BYTES, partition);
}

/** Of 16 bytes from `at` on. By way of one buffer, as each request has an id: a third of what putting texts together takes. */
function idOf(bytes: Buffer, at: number, partition: number): string {
  for (let i = 0; i < ID_BYTES; i++) {
    let byte = bytes[at + i];
    if (i === 6) byte = (byte & 0x0f) | 0x40;
    else if (i === 8) byte = (byte & 0x3f) | 0x80;
    else if (i === 15) byte = bytes[at] ^ partition;
    written[PLACES[i]] = DIGITS[byte >> 4];
    written[PLACES[i] + 1] = DIGITS[byte & 0x0f];
  }
  return written.toString('latin1');
}

/** The same id for the same text, made like any other; its partition follows from the text, too. */
export function requestIDOf(text: string, partitions: number): string {
  const bytes = createHash('sha256').update(`requestID ${text}`).digest();
  return idOf(bytes, 0, partitionOfText(text, partitions));
}

export function partitionOf(requestID: string): number {
  return byteAt(requestID, 0) ^ byteAt(requestID, requestID.length - 2);
}

/** Of lower-case hexadecimal text. Asked several times for each call, so no text is cut out for it. */
function byteAt(text: string, at: number): number {
  return (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1));
}

function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/** Racers with one Idempotency-Key must meet in one partition. */
export function partitionOfText(text: string, partitions: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) % partitions;
}

/** Where all calls of a function with a limit are: what is counted together must be in one place. */
export function partitionOfFunction(env: string, name: string, partitions: number): number {
  return partitionOfText(`${env}\n${name}`, partitions);
}

export function anyPartition(partitions: number): number {
  return partitions === 1 ? 0 : Math.floor(Math.random() * partitions);
}

/** The same id, moved to a partition. */
export function inPartition(requestID: string, partition: number): string {
  return requestID.slice(0, -2) + BYTES[byteAt(requestID, 0) ^ partition];
}
