/** Where large fields and results are kept: a bucket, a bucket that goes away, a disk that fills up. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { openBucket } from '@invoq/blobs/fixtures/stores';
import { atEnd } from '../harness/at-end';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';
import { required } from './installed';

const { createClient, CDN } = required();
const MB = 1_048_576;
const LARGE = { letter: 'x', bytes: 400_000 };

const fault = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it resolved')),
    (error: Error) => error,
  );

describe('in a bucket', () => {
  let stack: Stack;
  let bucket: Awaited<ReturnType<typeof openBucket>>;
  let isOpen = true;
  beforeAll(async () => {
    bucket = await openBucket();
    const keys = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };
    const place = `s3://blobs/house?endpoint=${bucket.endpoint}`;
    stack = await startStack({ functions: FUNCTIONS, env: { ...keys, INVOQ_BLOBS: place } });
  }, 60_000);
  afterAll(async () => {
    await stack.stop();
    if (isOpen) await bucket.end();
  }, 60_000);

  it('large fields are downloaded from the bucket itself', async () => {
    const client = createClient({ url: stack.url });
    const bytes = randomBytes(10 * MB);
    const file = CDN(bytes, { contentType: 'image/png' });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const seen = await client.invoke('downloads', { file }, { timeoutMs: 5_000 });
    expect(seen).toEqual({ got: 'string', status: 200, type: 'image/png', bytes: 10 * MB, sha256 });
    const { file: url } = await client.invoke<{ file: string }>('echo', { file: CDN('x') });
    expect(url).toMatch(new RegExp(`^${bucket.endpoint}/blobs/house/.*X-Amz-Signature=`));
  });

  it('large results come whole, or as addresses of the bucket', async () => {
    const client = createClient({ url: stack.url });
    const job = await client.submit<string>('large', LARGE);
    expect(await job.result()).toHaveLength(LARGE.bytes - 2);
    const link = await client.resultLink(job.requestID);
    expect(link).toMatchObject({ url: expect.stringContaining(bucket.endpoint), bytes: LARGE.bytes });
    expect(await (await fetch(link!.url)).json()).toHaveLength(LARGE.bytes - 2);
  });

  it('costs only those who need it when it goes away', async () => {
    const patient = createClient({ url: stack.url, retry: false });
    const before = await patient.submit('large', LARGE);
    await before.result();
    isOpen = false;
    await bucket.end();
    expect(await patient.invoke('add', { x: 1, y: 2 })).toBe(3);
    const field = await fault(patient.invoke('echo', { file: CDN('x') }));
    expect(field).toMatchObject({ type: 'STORE_UNAVAILABLE', status: 503, retryable: true, started: false });
    const read = await fault(before.result());
    expect(read).toMatchObject({ type: 'STORE_UNAVAILABLE', started: true, requestID: before.requestID });
    const result = await fault(patient.invoke('large', LARGE, { timeoutMs: 3_000 }));
    expect(result).toMatchObject({ type: 'WORKER_LOST', started: true });
    expect(await patient.invoke('add', { x: 1, y: 2 })).toBe(3);
  }, 60_000);
});

it('a full disk is told as STORE_FULL, and small fields still find room', async () => {
  const disk = scratchDir('disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return console.warn('not shown: a small disk cannot be mounted here');
  }
  atEnd(() => void execFileSync('umount', [disk]));
  const stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_BLOBS: disk } });
  const client = createClient({ url: stack.url, retry: false });
  const error = await fault(client.invoke('echo', { file: CDN(randomBytes(2 * MB)) }));
  expect(error).toMatchObject({
    type: 'STORE_FULL',
    status: 503,
    retryable: true,
    retryAfterMs: 5_000,
    started: false,
  });
  expect(await client.invoke('downloads', { file: CDN('small') })).toMatchObject({ bytes: 5 });
  const result = await fault(client.invoke('large', { letter: 'x', bytes: 2 * MB }, { timeoutMs: 2_000 }));
  expect(result).toMatchObject({ type: 'WORKER_LOST', message: expect.stringContaining('No room left') });
  await stack.stop();
}, 60_000);
