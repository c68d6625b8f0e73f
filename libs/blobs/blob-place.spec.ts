/** How the setting that says where blobs are is read. */
import { blobPlace, defaultPlace, parseBlobPlace } from './blob-place';

const read = (text: string) => parseBlobPlace(text, '/home');

it.each([
  ['/srv/blobs', '/srv/blobs'],
  ['blobs', '/home/blobs'],
  ['./a/b', '/home/a/b'],
  ['file:///srv/my%20blobs', '/srv/my blobs'],
])('%s is a directory', (text, directory) => {
  expect(read(text)).toEqual({ kind: 'files', directory });
});

it.each([
  ['s3://bucket', { bucket: 'bucket', prefix: '', endpoint: undefined, region: 'us-east-1', pathStyle: false }],
  [
    's3://my-bucket/a/b?region=eu-1',
    { bucket: 'my-bucket', prefix: 'a/b/', endpoint: undefined, region: 'eu-1', pathStyle: false },
  ],
  [
    's3://b-1/?endpoint=https://s3.example.com',
    { bucket: 'b-1', prefix: '', endpoint: 'https://s3.example.com', region: 'us-east-1', pathStyle: true },
  ],
  [
    's3://b-1?endpoint=http://127.0.0.1:9000&pathStyle=false',
    { bucket: 'b-1', prefix: '', endpoint: 'http://127.0.0.1:9000', region: 'us-east-1', pathStyle: false },
  ],
])('%s is a bucket', (text, bucket) => {
  expect(read(text)).toEqual({ kind: 's3', bucket });
});

it.each([
  '',
  'http://bucket',
  's3://',
  's3://Bucket_1',
  's3://b-1?endpoint=nowhere',
  's3://b-1?endpiont=http://x',
  's3://b-1?pathStyle=maybe',
  's3://b-1/a//b',
  'file://host/x',
  'a\0b',
])('%j is neither', (text) => {
  expect(read(text)).toBeUndefined();
});

it('is a setting that shows itself without secrets', () => {
  const { read: parse, show } = blobPlace('/home');
  expect(show(parse('s3://b-1?endpoint=http://key:secret@host')!)).toBe('s3://b-1');
  expect(show(defaultPlace('/data'))).toBe('/data/blobs');
});
