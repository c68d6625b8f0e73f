/** Where what is too large for Redis is kept: the one interface of all blob stores, and the faults that they tell apart. */
import type { Readable } from 'node:stream';

export interface BlobStore {
  /**
   * Resolves with the size (bytes) once all of it is safely stored. Until then, and for ever when it rejects, there is
   * nothing under this id. Rejects with a `BlobError`, or with what the body itself failed with.
   */
  put(id: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<number>;
  /** Undefined: there is no such blob (any more). */
  about(id: string): Promise<BlobInfo | undefined>;
  /** The bytes from `range.start` to `range.end`, both included; all of them without a range. The caller ends the stream. */
  open(id: string, range?: BlobRange): Promise<OpenBlob | undefined>;
  /** An address at the store itself from which anybody may download for `lifeMs`; undefined: it has none to give. */
  link(id: string, lifeMs: number): Promise<string | undefined>;
  /** Drops what has expired by `now` (ms since the epoch); answers how many folders of blobs went. */
  sweep(now: number): Promise<number>;
  /** Rejects with a `BlobError` when nothing could be stored at this moment. */
  check(): Promise<void>;
  /**
   * A short text that is the same for all processes which keep their blobs in this place, and for no others. It gives away
   * neither paths nor names. Rejects with a `BlobError` when it cannot be told now.
   */
  identity(): Promise<string>;
  close(): void;
}

export interface PutOptions {
  contentType: string;
  /** A body that is larger is refused with `tooLarge`, and nothing of it is kept. */
  maxBytes: number;
}

export interface BlobInfo {
  contentType: string;
  /** Of the whole blob. */
  bytes: number;
}

export interface OpenBlob extends BlobInfo {
  body: Readable;
}

export interface BlobRange {
  start: number;
  end: number;
}

/** `full`: no room left. `away`: the store does not answer, or may not be written to. */
export type BlobFaultKind = 'full' | 'away' | 'tooLarge';

export class BlobError extends Error {
  constructor(
    readonly kind: BlobFaultKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BlobError';
  }
}

/** Passes the body on, and ends it with a `BlobError` where it grows beyond `maxBytes`. */
export async function* capped(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new BlobError('tooLarge', `More than ${maxBytes} bytes.`);
    yield chunk;
  }
}
