/** Writes the data of a call as JSON, as the seed has it: bytes become `{"type":"Buffer","data":[…]}`, large fields addresses. */
import { bytesOf, isBlob, LargeField } from './large-field';

/** Uploads at the same time. */
const UPLOADS = 3;

/**
 * JSON text, or undefined for undefined. `upload` is asked once for each large field, before anything is written.
 */
export async function encode(
  data: unknown,
  upload: (field: LargeField) => Promise<string>,
): Promise<string | undefined> {
  const fields = new Set<LargeField>();
  const text = write(data, (field) => {
    fields.add(field);
    return '';
  });
  if (fields.size === 0) return text;
  const urls = await uploadAll([...fields], upload);
  return write(data, (field) => urls.get(field)!);
}

function write(data: unknown, urlOf: (field: LargeField) => string): string | undefined {
  return JSON.stringify(data, function (this: Record<string, unknown>, key: string, value: unknown): unknown {
    // As it was before its own toJSON: what a Buffer of Node says of itself is what all bytes are to say.
    const raw = this[key];
    if (raw instanceof LargeField) return urlOf(raw);
    const bytes = bytesOf(raw);
    if (bytes) return { type: 'Buffer', data: Array.from(bytes) };
    if (isBlob(raw)) throw new TypeError(`"${key}" is a Blob, which is not JSON. Mark it with CDN, or read its bytes.`);
    return value;
  });
}

async function uploadAll(
  fields: LargeField[],
  upload: (field: LargeField) => Promise<string>,
): Promise<Map<LargeField, string>> {
  const urls = new Map<LargeField, string>();
  const waiting = fields.values();
  const work = async (): Promise<void> => {
    for (const field of waiting) urls.set(field, await upload(field));
  };
  await Promise.all(Array.from({ length: Math.min(UPLOADS, fields.length) }, work));
  return urls;
}
