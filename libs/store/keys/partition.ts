/**
 * Partitions: all keys of one invocation share the hash tag `{invoq:<partition>}`, so that they live on one node of a
 * Redis Cluster and its scripts stay atomic. The partition is read from the requestID, so no lookup is needed, and ids
 * made before the number of partitions grew are still found.
 */
import { createHash, randomUUID } from 'node:crypto';

export const MAX_PARTITIONS = 256;

/** Every byte as text. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A UUID (version 4 in form) that carries its partition: the last byte is the partition XOR the first byte. */
export function newRequestID(partition: number): string {
  // It draws its randomness in blocks, which `randomBytes` does not.
  return inPartition(randomUUID(), partition);
}

function idOf(bytes: Buffer, partition: number): string {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  bytes[15] = bytes[0] ^ partition;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The same id for the same text, made like any other; its partition follows from the text, too. */
export function requestIDOf(text: string, partitions: number): string {
  const bytes = createHash('sha256').update(`requestID ${text}`).digest().subarray(0, 16);
  return idOf(bytes, partitionOfText(text, partitions));
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
