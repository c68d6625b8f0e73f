/** Blobs in a bucket: addresses that the bucket serves itself, and what is said when it is away. */
import { createHash, createHmac } from 'node:crypto';
import { newBlobID, placeOf } from './blob-id';
import { chunks, openBucket } from './fixtures/stores';
import { S3Blobs } from './s3-blobs';

const OPTIONS = { contentType: 'text/plain', maxBytes: 1_000 };
let bucket: Awaited<ReturnType<typeof openBucket>>;
beforeAll(async () => (bucket = await openBucket()), 30_000);
afterAll(() => bucket.end());

it('gives addresses that work without a key', async () => {
  const id = newBlobID(Date.now() + 60_000);
  await bucket.store.put(id, chunks(Buffer.from('hello')), OPTIONS);
  const url = new URL((await bucket.store.link(id, 60_500))!);
  const { shelf, name } = placeOf(id)!;
  expect(url.origin + url.pathname).toBe(`${bucket.endpoint}/blobs/some/prefix/${shelf}/${name}`);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  const download = await fetch(url);
  expect(download.headers.get('content-type')).toBe('text/plain');
  expect(await download.text()).toBe('hello');
});

it('signs them as S3 wants it', async () => {
  const url = new URL((await bucket.store.link(newBlobID(Date.now() + 60_000), 60_000))!);
  const signature = url.searchParams.get('X-Amz-Signature');
  url.searchParams.delete('X-Amz-Signature');
  url.searchParams.sort();
  const query = url.search.slice(1).replaceAll('+', '%20');
  const request = ['GET', url.pathname, query, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const [, ...scope] = url.searchParams.get('X-Amz-Credential')!.split('/');
  const digest = createHash('sha256').update(request).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date'), scope.join('/'), digest].join('\n');
  const key = scope.reduce<Buffer | string>((k, part) => createHmac('sha256', k).update(part).digest(), 'AWS4S3RVER');
  expect(signature).toBe(createHmac('sha256', key).update(toSign).digest('hex'));
});

it('says that it is away when there is no such bucket, or nobody at all', async () => {
  const place = { prefix: '', region: 'us-east-1', pathStyle: true };
  for (const store of [
    new S3Blobs({ ...place, bucket: 'no-such-bucket', endpoint: bucket.endpoint }),
    new S3Blobs({ ...place, bucket: 'blobs', endpoint: 'http://127.0.0.1:9' }),
  ]) {
    await expect(store.check()).rejects.toMatchObject({ name: 'BlobError', kind: 'away' });
    const put = store.put(newBlobID(Date.now() + 60_000), chunks(Buffer.from('x')), OPTIONS);
    await expect(put).rejects.toMatchObject({ name: 'BlobError', kind: 'away' });
    store.close();
  }
}, 30_000);
