/** What is read of a directory or a bucket takes a place of its caller until it is closed, however it ends. */
import { once } from 'node:events';
import { chunks, openBucket, type OpenedStore, openFiles } from '@invoq/blobs/fixtures/stores';
import { KeptBlobs } from '@invoq/store/limits/kept-blobs';
import { startRedis } from '../../../test/harness/redis-server';
import { AllPlaces } from '../auth/all-places';
import { BlobLinks } from './blob-links';
import { BlobQuota } from './blob-quota';
import { Blobs } from './blobs';

const MANY = { maxWaiting: 10, maxFollowing: 10, maxFollowingEach: undefined, maxUploads: 10, maxOpenResults: 3 };
const CONTENT = Buffer.alloc(4 << 20, 'x');

describe.each([
  ['a directory', openFiles],
  ['a bucket', openBucket],
])('of %s', (_, open: () => Promise<OpenedStore>) => {
  let opened: OpenedStore;
  let blobs: Blobs;
  let places: AllPlaces;
  let id: string;
  beforeAll(async () => {
    opened = await open();
    places = new AllPlaces(MANY);
    const links = new BlobLinks(async () => 'a secret of this test');
    const options = { maxBytes: 8 << 20, lifeMs: 60_000 };
    const quota = new BlobQuota(new KeptBlobs((await startRedis()).client()), 64 << 20);
    blobs = new Blobs(opened.store, links, places.uploads, places.openResults, quota, options);
    const by = { holder: 'a', env: 'default' };
    const { url } = await blobs.keep(by, chunks(CONTENT), { contentType: 'text/plain' }, 'http://localhost');
    id = idIn(url);
  }, 30_000);
  afterAll(async () => {
    // The bucket's server notices a little later that nobody reads any more.
    await new Promise((done) => setTimeout(done, 300));
    await opened.end();
  });

  it('gives the place back when all of it was read, when it is given up, and when it is not there', async () => {
    const whole = (await blobs.read('a', id, CONTENT.length, 5_000))!;
    expect(places.openResults.taken).toBe(1);
    expect(await blobs.text(whole, CONTENT.length, 10_000)).toHaveLength(CONTENT.length);
    if (!whole.closed) await once(whole, 'close');
    expect(places.openResults.taken).toBe(0);

    const { body } = await blobs.open('a', id);
    expect(places.openResults.taken).toBe(1);
    body.destroy();
    await once(body, 'close');
    expect(places.openResults.taken).toBe(0);

    expect(await blobs.read('a', 'no-such-blob', 1, 5_000)).toBeUndefined();
    await expect(blobs.read('a', id, 1, 5_000)).rejects.toMatchObject({ type: 'STORE_UNAVAILABLE' });
    await new Promise((done) => setTimeout(done, 50));
    expect(places.openResults.taken).toBe(0);
    expect(places.uploads.taken).toBe(0);
  }, 20_000);

  it('refuses one too many of a caller, and not the first of another', async () => {
    const bodies = [await blobs.open('a', id), await blobs.open('a', id)].map(({ body }) => body);
    await expect(blobs.open('a', id)).rejects.toMatchObject({ type: 'RATE_LIMITED', retryAfterS: 1 });
    bodies.push((await blobs.open('b', id)).body);
    await expect(blobs.open('c', id)).rejects.toMatchObject({ type: 'OVERLOADED' });
    bodies.forEach((body) => body.destroy());
    await Promise.all(bodies.filter((body) => !body.closed).map((body) => once(body, 'close')));
    expect(places.openResults.taken).toBe(0);
  }, 20_000);
});

/** Ours end with `blobs/<id>`, those of a bucket with `<shelf>/<name>`. */
function idIn(url: string): string {
  const [folder, name] = new URL(url).pathname.split('/').slice(-2);
  return folder === 'blobs' ? name : `${folder}-${name}`;
}
