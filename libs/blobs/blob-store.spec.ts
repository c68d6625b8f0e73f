/** What every blob store promises. */
import { randomBytes } from 'node:crypto';
import { text, buffer } from 'node:stream/consumers';
import { newBlobID, SHELF_MS } from './blob-id';
import { type BlobStore } from './blob-store';
import { chunks, openBucket, type OpenedStore, openFiles } from './fixtures/stores';

const MB = 1_048_576;
const PLAIN = { contentType: 'text/plain', maxBytes: 100 * MB };

describe.each<[string, () => Promise<OpenedStore>]>([
  ['files', openFiles],
  ['S3', openBucket],
])('%s', (_, open) => {
  let opened: OpenedStore;
  let store: BlobStore;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  }, 30_000);
  afterAll(() => opened.end());

  const keep = async (content: string | Buffer, expiresAt = Date.now() + 60_000): Promise<string> => {
    const id = newBlobID(expiresAt);
    await store.put(id, chunks(Buffer.from(content as string)), PLAIN);
    return id;
  };

  it.each([0, 1, 65_536, 8 * MB, 8 * MB + 1, 17 * MB])(
    'keeps %i bytes as they are',
    async (bytes) => {
      const content = randomBytes(bytes);
      const id = newBlobID(Date.now() + 60_000);
      expect(await store.put(id, chunks(content), { ...PLAIN, contentType: 'image/png' })).toBe(bytes);
      expect(await store.about(id)).toEqual({ contentType: 'image/png', bytes });
      const found = await store.open(id);
      expect(found).toMatchObject({ contentType: 'image/png', bytes });
      expect((await buffer(found!.body)).equals(content)).toBe(true);
    },
    30_000,
  );

  it('gives a part of it', async () => {
    const found = await store.open(await keep('0123456789'), { start: 2, end: 4 });
    expect(found?.bytes).toBe(10);
    expect(await text(found!.body)).toBe('234');
  });

  it('knows nothing of other ids, whatever they look like', async () => {
    for (const id of [newBlobID(Date.now()), 'nothing', '../../etc/passwd', 'a-../../../../../../etc/passwd', '']) {
      expect(await store.about(id)).toBeUndefined();
      expect(await store.open(id)).toBeUndefined();
    }
  });

  it('keeps nothing of a body that is too large', async () => {
    const id = newBlobID(Date.now() + 60_000);
    const put = store.put(id, chunks(Buffer.alloc(20 * MB)), { ...PLAIN, maxBytes: 12 * MB });
    await expect(put).rejects.toMatchObject({ name: 'BlobError', kind: 'tooLarge' });
    expect(await store.about(id)).toBeUndefined();
  });

  it('keeps nothing of a body that breaks off, and passes on why', async () => {
    const broken = Object.assign(new Error('gone'), { code: 'ECONNRESET', syscall: 'read' });
    async function* breaksOff(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(9 * MB);
      throw broken;
    }
    const id = newBlobID(Date.now() + 60_000);
    await expect(store.put(id, breaksOff(), PLAIN)).rejects.toBe(broken);
    expect(await store.about(id)).toBeUndefined();
  });

  it('drops what has expired, and that only', async () => {
    const now = Date.now();
    const over = await keep('over', now - SHELF_MS);
    const good = await keep('good', now + 60_000);
    expect(await store.sweep(now)).toBeGreaterThanOrEqual(1);
    expect(await store.about(over)).toBeUndefined();
    expect(await text((await store.open(good))!.body)).toBe('good');
    expect(await store.sweep(now + 10 * SHELF_MS)).toBeGreaterThanOrEqual(1);
    expect(await store.about(good)).toBeUndefined();
    expect(await store.sweep(now + 10 * SHELF_MS)).toBe(0);
  });

  it('is one place for all who share it', async () => {
    const names = await Promise.all(Array.from({ length: 10 }, () => store.identity()));
    expect(new Set(names).size).toBe(1);
    expect(await store.sweep(Date.now())).toBe(0);
    expect(await store.identity()).toBe(names[0]);
    const other = await open();
    expect(await other.store.identity()).not.toBe(names[0]);
    await other.end();
  });

  it('can be asked whether it would take anything', async () => {
    await expect(store.check()).resolves.toBeUndefined();
  });
});
