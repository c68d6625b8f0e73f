/** Large fields and large results, as the API handles them: kept, linked to, served, read whole. */
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expiryOf, isBlobID, newBlobID } from '@invoq/blobs/blob-id';
import { BlobError, type BlobInfo, type BlobRange, type BlobStore, type OpenBlob } from '@invoq/blobs/blob-store';
import { Refusal } from '@invoq/contract/refusal';
import type { Places } from '../auth/places';
import type { BlobLinks } from './blob-links';
import type { BlobQuota } from './blob-quota';

export interface BlobsOptions {
  /** Largest upload. */
  maxBytes: number;
  /** How long an upload is kept, and an address of it good, ms. */
  lifeMs: number;
}

export interface BlobLink {
  url: string;
  bytes: number;
  /** ISO 8601. */
  expiresAt: string;
}

export class Blobs {
  constructor(
    private readonly store: BlobStore,
    private readonly links: BlobLinks,
    /** Each upload holds a file, and with S3 8 MiB. */
    private readonly uploads: Places,
    /** What is being read holds a file, or a connection to S3. */
    private readonly reads: Places,
    private readonly quota: BlobQuota,
    private readonly options: BlobsOptions,
  ) {}

  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /**
   * Keeps a body and answers its address. `base`: where the API is reached; `by`: whose place it takes, and whose quota;
   * `saidBytes`: how long it is, as far as that was said.
   */
  async keep(
    by: { holder: string; env: string },
    body: AsyncIterable<Uint8Array>,
    { contentType, saidBytes }: { contentType: string; saidBytes?: number },
    base: string,
  ): Promise<BlobLink> {
    this.uploads.take(by.holder);
    try {
      const id = newBlobID(Date.now() + this.options.lifeMs);
      const { maxBytes } = this.options;
      const taken = Math.min(saidBytes ?? maxBytes, maxBytes);
      await this.quota.take(by.env, id, taken);
      let bytes = 0;
      try {
        bytes = await this.asked(() => this.store.put(id, body, { contentType, maxBytes }));
      } finally {
        await this.quota.giveBack(by.env, id, taken - bytes);
      }
      return await this.link(id, bytes, base);
    } finally {
      this.uploads.giveBack(by.holder);
    }
  }

  /** An address that is good for the life of an upload, or as long as the blob is kept, if that is shorter. */
  async link(id: string, bytes: number, base: string): Promise<BlobLink> {
    const now = Date.now();
    const expiresAt = Math.min(now + this.options.lifeMs, expiryOf(id));
    const own = await this.asked(() => this.store.link(id, expiresAt - now));
    const url = own ?? (await this.asked(() => this.links.sign(base, id, expiresAt)));
    return { url, bytes, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Refuses an address that is not good (any more). */
  async about(id: string, expires: string, signature: string): Promise<BlobInfo> {
    await this.asked(() => this.links.check(id, expires, signature, Date.now()));
    const info = isBlobID(id) ? await this.asked(() => this.store.about(id)) : undefined;
    return info ?? gone();
  }

  /** After `about`. It takes a place of `holder` until its body is closed. */
  async open(holder: string, id: string, range?: BlobRange): Promise<OpenBlob> {
    return (await this.asked(() => this.opened(holder, id, range))) ?? gone();
  }

  /**
   * A large result, opened within `limitMs`. Undefined: it is not there. Refuses what has not just these `bytes`. It takes a
   * place of `holder` until it is closed.
   */
  async read(holder: string, id: string, bytes: number, limitMs: number): Promise<Readable | undefined> {
    return this.asked(async () => {
      const opening = this.opened(holder, id);
      const blob = await within(limitMs, opening, () => {
        void opening.then(
          (late) => late?.body.destroy(),
          () => undefined,
        );
      });
      if (!blob || blob.bytes === bytes) return blob?.body;
      blob.body.destroy();
      throw new BlobError('away', `${blob.bytes} bytes are there of ${bytes}`);
    });
  }

  /** All of it as text, within `limitMs`, and never less than `bytes`. */
  async text(body: Readable, bytes: number, limitMs: number): Promise<string> {
    return this.asked(async () => {
      const content = await within(limitMs, buffer(body), () => body.destroy());
      if (content.length === bytes) return content.toString('utf8');
      throw new BlobError('away', `${content.length} bytes came of ${bytes}`);
    });
  }

  private async opened(holder: string, id: string, range?: BlobRange): Promise<OpenBlob | undefined> {
    this.reads.take(holder);
    let blob: OpenBlob | undefined;
    try {
      blob = await this.store.open(id, range);
      blob?.body.once('close', () => this.reads.giveBack(holder));
      return blob;
    } finally {
      if (!blob) this.reads.giveBack(holder);
    }
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw refusalOf(error, this.options.maxBytes);
    }
  }
}

function gone(): never {
  throw new Refusal('ROUTE_NOT_FOUND', 'What was kept here has expired.');
}

/** What the store says, in the words that callers know. Anything else is passed on. */
function refusalOf(error: unknown, maxBytes: number): unknown {
  if (!(error instanceof BlobError)) return isOfFiles(error) ? away(error) : error;
  switch (error.kind) {
    case 'tooLarge':
      return new Refusal('PAYLOAD_TOO_LARGE', `An upload may have ${maxBytes} bytes.`, { cause: error });
    case 'full':
      return new Refusal(
        'STORE_FULL',
        'There is no room left for large fields. Wait until uploads expire, or make room on the disk.',
        { retryAfterS: 5, cause: error },
      );
    case 'away':
      return away(error);
  }
}

function away(cause: unknown): Refusal {
  return new Refusal(
    'STORE_UNAVAILABLE',
    'The store of large fields and results (INVOQ_BLOBS) is away. Send the request again later.',
    { retryAfterS: 1, cause },
  );
}

/** The secret of links could not be read or made. */
function isOfFiles(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).path === 'string';
}

/** The promise, or a fault after `ms`, when `tooLate` cleans up. */
async function within<T>(ms: number, promise: Promise<T>, tooLate: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      tooLate();
      fail(new BlobError('away', `not read within ${ms} ms`));
    }, ms);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
