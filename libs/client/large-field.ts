/**
 * Large fields: what is marked with `CDN` is uploaded before the call, and the function gets the address of it, a string,
 * from which it can download. Marked is uploaded, whatever its size, so that a function always gets what it expects.
 */

/** From this size on it is worth marking a field, bytes. */
export const CDN_THRESHOLD = 262_144;

/** Text, bytes, or anything that is JSON. In Node.js also a file: `{ type: 'filePath', filePath }`. */
export type LargeValue = string | ArrayBuffer | ArrayBufferView | Blob | object;

export interface LargeFieldOptions {
  /** Kept with the upload; by default that of the Blob, text, JSON or `application/octet-stream`. */
  contentType?: string;
}

/** A marked field. One object is uploaded once in a call, however many places it stands in. */
export class LargeField {
  constructor(
    readonly value: LargeValue,
    readonly contentType: string,
  ) {}
}

interface Mark {
  (value: LargeValue, options?: LargeFieldOptions): LargeField;
  /** Marks what is larger than `bytes` (256 KB by default), and leaves the rest as it is. */
  ifLarge<T extends LargeValue>(value: T, bytes?: number, options?: LargeFieldOptions): T | LargeField;
}

function mark(value: LargeValue, options: LargeFieldOptions = {}): LargeField {
  if (value instanceof LargeField) return value;
  if ((typeof value !== 'object' && typeof value !== 'string') || value === null) {
    throw new TypeError(`CDN takes text, bytes, a Blob or an object; got ${value === null ? 'null' : typeof value}.`);
  }
  return new LargeField(value, options.contentType ?? typeOf(value));
}

export const CDN: Mark = Object.assign(mark, {
  ifLarge: <T extends LargeValue>(value: T, bytes = CDN_THRESHOLD, options?: LargeFieldOptions): T | LargeField =>
    sizeOf(value) > bytes ? mark(value, options) : value,
});

/** As it goes over the wire. */
export async function bodyOf({ value }: LargeField): Promise<string | Blob | Uint8Array> {
  if (isFilePath(value)) return fileOf(value.filePath);
  if (typeof value === 'string' || isBlob(value)) return value;
  return bytesOf(value) ?? JSON.stringify(value);
}

/** The bytes of a buffer or a view of one; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // Not `instanceof`: one from another realm (a frame, a vm) is one too.
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') return new Uint8Array(value as ArrayBuffer);
  return undefined;
}

export function isBlob(value: unknown): value is Blob {
  return /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(value));
}

interface FilePath {
  type: 'filePath';
  filePath: string;
}

function isFilePath(value: LargeValue): value is FilePath {
  const { type, filePath } = value as Partial<FilePath>;
  return type === 'filePath' && typeof filePath === 'string';
}

/** A file of this machine, read as it is sent. */
async function fileOf(path: string): Promise<Blob> {
  const node = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const files = node.process?.getBuiltinModule?.('node:fs') as { openAsBlob?(path: string): Promise<Blob> } | undefined;
  if (!files?.openAsBlob)
    throw new TypeError('CDN({ type: "filePath" }) works in Node.js alone: give the bytes or a Blob.');
  return files.openAsBlob(path);
}

function typeOf(value: LargeValue): string {
  if (isFilePath(value)) return 'application/octet-stream';
  if (typeof value === 'string') return 'text/plain; charset=utf-8';
  if (isBlob(value)) return value.type || 'application/octet-stream';
  return bytesOf(value) === undefined ? 'application/json' : 'application/octet-stream';
}

function sizeOf(value: LargeValue): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (isBlob(value)) return value.size;
  return bytesOf(value)?.length ?? new TextEncoder().encode(JSON.stringify(value)).length;
}
