/**
 * Blobs in a bucket of S3 or of a store that speaks its protocol. The only owner of the AWS SDK, which finds its
 * credentials by itself (AWS_ACCESS_KEY_ID and its like, a role, a profile).
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { isExpired, placeOf } from './blob-id';
import type { S3Place } from './blob-place';
import {
  BlobError,
  type BlobInfo,
  type BlobRange,
  type BlobStore,
  capped,
  type OpenBlob,
  type PutOptions,
} from './blob-store';

/** Above S3's smallest (5 MiB). One part of each upload is held in memory, so that it can be sent again. */
const PART_BYTES = 8 * 1024 * 1024;
const CONNECT_MS = 3_000;
/** Between two packets of one request. */
const SILENCE_MS = 10_000;
/** Whoever opens blobs has limits of its own; the SDK's 50 would let slow readers hold up everybody else. */
const MAX_SOCKETS = 1_024;
const TRIES = 3;
/** The longest that S3 lets an address live, ms. */
const MAX_LINK_MS = 7 * 86_400_000;

export class S3Blobs implements BlobStore {
  private readonly client: S3Client;

  constructor(private readonly place: S3Place) {
    this.client = new S3Client({
      endpoint: place.endpoint,
      region: place.region,
      forcePathStyle: place.pathStyle,
      maxAttempts: TRIES,
      // Stores other than Amazon's do not know the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: SILENCE_MS,
        socketTimeout: SILENCE_MS,
        httpAgent: { maxSockets: MAX_SOCKETS },
        httpsAgent: { maxSockets: MAX_SOCKETS },
      },
    });
  }

  async put(id: string, body: AsyncIterable<Uint8Array>, { contentType, maxBytes }: PutOptions): Promise<number> {
    let bytes = 0;
    let broken: { error: unknown } | undefined;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of capped(body, maxBytes)) {
          bytes += chunk.length;
          yield chunk;
        }
      } catch (error) {
        broken = { error };
        throw error;
      }
    };
    const Body = Readable.from(counted(), { objectMode: false });
    const params = { ...this.target(id), ContentType: contentType, Body };
    const upload = new Upload({ client: this.client, params, partSize: PART_BYTES, queueSize: 1 });
    try {
      await asked(() => upload.done());
    } catch (error) {
      // The upload may fail once more when it takes back its parts: the first reason is the body's own.
      throw broken === undefined ? error : broken.error;
    }
    return bytes;
  }

  async about(id: string): Promise<BlobInfo | undefined> {
    if (placeOf(id) === undefined) return undefined;
    const found = await found404(() => this.client.send(new HeadObjectCommand(this.target(id))));
    return found && { contentType: found.ContentType ?? 'application/octet-stream', bytes: found.ContentLength ?? 0 };
  }

  async open(id: string, range?: BlobRange): Promise<OpenBlob | undefined> {
    if (placeOf(id) === undefined) return undefined;
    const Range = range && `bytes=${range.start}-${range.end}`;
    const found = await found404(() => this.client.send(new GetObjectCommand({ ...this.target(id), Range })));
    if (!found?.Body) return undefined;
    const whole = /\/(\d+)$/.exec(found.ContentRange ?? '')?.[1];
    return {
      body: found.Body as Readable,
      contentType: found.ContentType ?? 'application/octet-stream',
      bytes: whole === undefined ? (found.ContentLength ?? 0) : Number(whole),
    };
  }

  async link(id: string, lifeMs: number): Promise<string> {
    const expiresIn = Math.floor(Math.min(lifeMs, MAX_LINK_MS) / 1_000);
    return asked(() => getSignedUrl(this.client, new GetObjectCommand(this.target(id)), { expiresIn }));
  }

  async sweep(now: number): Promise<number> {
    const { bucket: Bucket, prefix: Prefix } = this.place;
    let swept = 0;
    let ContinuationToken: string | undefined;
    do {
      const list = new ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', ContinuationToken });
      const page = await asked(() => this.client.send(list));
      for (const { Prefix: folder = '' } of page.CommonPrefixes ?? []) {
        if (!isExpired(folder.slice(Prefix.length, -1), now)) continue;
        await this.drop(folder);
        swept++;
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return swept;
  }

  async check(): Promise<void> {
    await asked(() => this.client.send(new HeadBucketCommand({ Bucket: this.place.bucket })));
  }

  /** Of what names the place; who reaches one store under two endpoints looks like two. */
  identity(): Promise<string> {
    const { endpoint, bucket, prefix } = this.place;
    const text = JSON.stringify([endpoint === undefined ? '' : new URL(endpoint).href, bucket, prefix]);
    return Promise.resolve(`bucket ${createHash('sha256').update(text).digest('base64url').slice(0, 16)}`);
  }

  close(): void {
    this.client.destroy();
  }

  private async drop(folder: string): Promise<void> {
    const { bucket: Bucket } = this.place;
    for (;;) {
      const page = await asked(() => this.client.send(new ListObjectsV2Command({ Bucket, Prefix: folder })));
      const Objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
      if (Objects.length === 0) return;
      const { Errors } = await asked(() =>
        this.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
      );
      // Those that may not be deleted would be listed again for ever.
      if (Errors?.length) throw new BlobError('away', `S3 does not delete ${Errors[0].Key}: ${Errors[0].Message}`);
    }
  }

  private target(id: string): { Bucket: string; Key: string } {
    const place = placeOf(id);
    if (place === undefined) throw new TypeError(`"${id}" is not the id of a blob`);
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${place.shelf}/${place.name}` };
  }
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new BlobError('away', `S3 says no: ${(error as Error).message}`, { cause: error });
  }
}

async function found404<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404) return undefined;
    throw new BlobError('away', `S3 says no: ${(error as Error).message}`, { cause: error });
  }
}
