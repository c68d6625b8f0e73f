/**
 * What stands in a record in the place of an envelope whose result is too large for Redis: where the result is, and its
 * size. It is written only after the result is safely there. No envelope looks like it: those begin with `{`.
 */
import { successJson } from '@invoq/contract/envelope';

export interface StoredResult {
  /** Name of the blob that holds the result: JSON text, the `data` of the envelope. */
  blob: string;
  bytes: number;
}

const STORED = /^blob (\S+) (\d+)$/;

export function writeStored({ blob, bytes }: StoredResult): string {
  return `blob ${blob} ${bytes}`;
}

/** Undefined: what was recorded is the envelope itself. */
export function readStored(recorded: string): StoredResult | undefined {
  if (recorded.startsWith('{')) return undefined;
  const [, blob, bytes] = STORED.exec(recorded) ?? [];
  return blob === undefined ? undefined : { blob, bytes: Number(bytes) };
}

/** The envelope that was not recorded, made of the result: the very bytes that a small result would have given. */
export function wholeEnvelope(requestID: string, result: string): string {
  return successJson(requestID, result);
}
