/**
 * Blobs as files of one directory: written under a temporary name, flushed to the disk, renamed. A file is one line of
 * JSON about the blob, then its bytes. Several machines need a directory that all of them share, or S3.
 */
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { isExpired, placeOf } from './blob-id';
import {
  BlobError,
  type BlobInfo,
  type BlobRange,
  type BlobStore,
  capped,
  type OpenBlob,
  type PutOptions,
} from './blob-store';
import { placeMark } from './place-mark';

/** Longer than any line that we write. */
const MAX_HEAD_BYTES = 1_024;
const NEWLINE = 0x0a;
/** The disk, the quota, or the largest file that this process may write. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export class FileBlobs implements BlobStore {
  /** `directory`: absolute; made when the first blob comes. */
  constructor(readonly directory: string) {}

  async put(id: string, body: AsyncIterable<Uint8Array>, { contentType, maxBytes }: PutOptions): Promise<number> {
    const file = this.fileOf(id);
    if (file === undefined) throw new TypeError(`"${id}" is not the id of a blob`);
    // On its own shelf, so that what a killed process leaves half-written goes with it.
    const part = `${file}.part`;
    const head = Buffer.from(`${JSON.stringify({ contentType } satisfies Omit<BlobInfo, 'bytes'>)}\n`);
    const source = new Source(capped(body, maxBytes));
    try {
      await this.shelve(dirname(file));
      await written(part, source.after(head));
      await rename(part, file);
      await flush(dirname(file));
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      // What the body itself failed with (a caller who hung up) is no fault of the store.
      throw error === source.fault ? error : faultOf(error);
    }
    return source.bytes;
  }

  async about(id: string): Promise<BlobInfo | undefined> {
    const found = await this.find(id);
    await found?.handle.close();
    return found && { contentType: found.contentType, bytes: found.bytes };
  }

  async open(id: string, range?: BlobRange): Promise<OpenBlob | undefined> {
    const found = await this.find(id);
    if (!found) return undefined;
    const { handle, contentType, bytes, headBytes } = found;
    if (bytes === 0) {
      await handle.close();
      return { body: Readable.from([]), contentType, bytes };
    }
    const { start, end } = range ?? { start: 0, end: bytes - 1 };
    return { body: handle.createReadStream({ start: headBytes + start, end: headBytes + end }), contentType, bytes };
  }

  async link(): Promise<undefined> {
    return undefined;
  }

  async sweep(now: number): Promise<number> {
    try {
      const shelves = (await readdir(this.directory)).filter((name) => isExpired(name, now));
      for (const shelf of shelves) await rm(join(this.directory, shelf), { recursive: true, force: true });
      return shelves.length;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0;
      throw faultOf(error);
    }
  }

  async check(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await access(this.directory, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw faultOf(error);
    }
  }

  async identity(): Promise<string> {
    try {
      return `folder ${await placeMark(this.directory)}`;
    } catch (error) {
      throw faultOf(error);
    }
  }

  close(): void {
    // Nothing is held open.
  }

  private fileOf(id: string): string | undefined {
    const place = placeOf(id);
    return place && join(this.directory, place.shelf, place.name);
  }

  private async shelve(folder: string): Promise<void> {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // A new folder is an entry of its parent: without this it could be gone after a power cut, with all in it.
    if (made !== undefined) await flush(dirname(made));
  }

  private async find(id: string): Promise<(BlobInfo & { handle: FileHandle; headBytes: number }) | undefined> {
    const file = this.fileOf(id);
    let handle: FileHandle | undefined;
    try {
      handle = file === undefined ? undefined : await open(file, 'r');
      if (!handle) return undefined;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_HEAD_BYTES), 0, MAX_HEAD_BYTES, 0);
      const headBytes = buffer.subarray(0, bytesRead).indexOf(NEWLINE) + 1;
      const { contentType } = JSON.parse(buffer.toString('utf8', 0, headBytes)) as { contentType: string };
      return { handle, contentType, headBytes, bytes: (await handle.stat()).size - headBytes };
    } catch (error) {
      await handle?.close();
      if (codeOf(error) === 'ENOENT') return undefined;
      throw faultOf(error);
    }
  }
}

async function written(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is safe once the folder is on the disk. Not every system lets folders be flushed; there it is done at once. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** A body on its way to the disk: counts it, and remembers whether it failed by itself. */
class Source {
  bytes = 0;
  fault: unknown;

  constructor(private readonly body: AsyncIterable<Uint8Array>) {}

  async *after(head: Uint8Array): AsyncGenerator<Uint8Array> {
    yield head;
    try {
      for await (const chunk of this.body) {
        this.bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      this.fault = error;
      throw error;
    }
  }
}

function faultOf(error: unknown): BlobError {
  const code = codeOf(error);
  const { message } = error as Error;
  if (code !== undefined && FULL.has(code)) return new BlobError('full', `No room left: ${message}`, { cause: error });
  return new BlobError('away', `The directory of blobs cannot be used: ${message}`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
