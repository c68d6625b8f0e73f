import { newBlobID, placeOf, SHELF_MS } from '@invoq/blobs/blob-id';
import { expiredUploads } from './expired-uploads';

const NOW = 1_800_000_000_000;
const file = (expiresAt: number) =>
  `https://invoq.example/v1/blobs/${newBlobID(expiresAt)}?expires=${expiresAt}&signature=x`;
const object = (expiresAt: number) => {
  const { shelf, name } = placeOf(newBlobID(expiresAt))!;
  return `https://bucket.s3.example.com/prefix/${shelf}/${name}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x`;
};

it('counts addresses whose time is over, of files and in buckets, wherever they stand', () => {
  const data = { a: file(NOW - 1), b: [file(NOW + 1), { c: object(NOW - SHELF_MS) }], d: object(NOW + SHELF_MS) };
  expect(expiredUploads(JSON.stringify(data), NOW)).toBe(2);
});

it('leaves alone what only looks like one', () => {
  const own = 'https://other.example/picture.png?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60';
  expect(expiredUploads(JSON.stringify({ own, path: '/v1/blobs/', none: null }), NOW)).toBe(0);
});
