/** Data as JSON: bytes as the seed has them, large fields as addresses. */
import { runInNewContext } from 'node:vm';
import { encode } from './encode';
import { bodyOf, CDN, CDN_THRESHOLD, LargeField } from './large-field';

const none = (): never => {
  throw new Error('nothing is to be uploaded');
};
const read = async (data: unknown): Promise<unknown> => JSON.parse((await encode(data, none))!) as unknown;

it('writes what JSON writes', async () => {
  const data = { a: [1, null, 'ü'], b: new Date(0), c: undefined, d: { toJSON: () => 'own' } };
  expect(await encode(data, none)).toBe(JSON.stringify(data));
  expect(await encode(undefined, none)).toBeUndefined();
  expect(await encode(null, none)).toBe('null');
  await expect(encode({ a: 1n }, none)).rejects.toThrow(TypeError);
});

it.each([
  ['Buffer', Buffer.from([17, 37, 255])],
  ['Uint8Array', new Uint8Array([17, 37, 255])],
  ['ArrayBuffer', new Uint8Array([17, 37, 255]).buffer],
  ['a part of one', new Uint8Array([1, 17, 37, 255, 2]).subarray(1, 4)],
  ['DataView', new DataView(new Uint8Array([17, 37, 255]).buffer)],
  ['one of another realm', runInNewContext('new Uint8Array([17, 37, 255]).buffer')],
])('writes %s as the seed has it', async (_, bytes) => {
  const written = { type: 'Buffer', data: [17, 37, 255] };
  expect(await read({ deep: [bytes] })).toEqual({ deep: [written] });
  expect(await read(bytes)).toEqual(written);
});

it('refuses a Blob, which JSON would lose without a word', async () => {
  await expect(encode({ file: new Blob(['x']) }, none)).rejects.toThrow(/"file" is a Blob/);
});

it('puts the address of an upload in the place of each marked field, and uploads each once', async () => {
  const file = CDN('text');
  const uploaded: LargeField[] = [];
  const text = await encode({ a: file, b: [CDN({ x: 1 }), file], c: 'as it is' }, async (field) => {
    uploaded.push(field);
    return `http://blobs/${uploaded.length}`;
  });
  expect(JSON.parse(text!)).toEqual({ a: 'http://blobs/1', b: ['http://blobs/2', 'http://blobs/1'], c: 'as it is' });
  expect(uploaded).toHaveLength(2);
});

it('uploads three at a time, and sends nothing when one fails', async () => {
  let now = 0;
  let most = 0;
  const fields = Array.from({ length: 10 }, (_, i) => CDN(`file ${i}`));
  const upload = async (): Promise<string> => {
    most = Math.max(most, ++now);
    await new Promise((done) => setTimeout(done, 5));
    now--;
    return 'http://blobs';
  };
  await encode(fields, upload);
  expect(most).toBe(3);
  await expect(encode(fields, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
});

describe('CDN', () => {
  it.each([
    ['text', 'x', 'text/plain; charset=utf-8', 'x'],
    ['an object', { a: 1 }, 'application/json', '{"a":1}'],
    ['bytes', new Uint8Array([1]), 'application/octet-stream', new Uint8Array([1])],
  ])('marks %s', async (_, value, type, body) => {
    const field = CDN(value);
    expect(field).toBeInstanceOf(LargeField);
    expect(field.contentType).toBe(type);
    expect(await bodyOf(field)).toEqual(body);
    expect(CDN(field)).toBe(field);
  });

  it('keeps the type of a Blob, or takes the one it is given', async () => {
    const blob = new Blob(['x'], { type: 'image/png' });
    expect(CDN(blob).contentType).toBe('image/png');
    expect(await bodyOf(CDN(blob))).toBe(blob);
    expect(CDN('x', { contentType: 'text/csv' }).contentType).toBe('text/csv');
  });

  it.each([[undefined], [null], [3], [true], [() => 3]])('has no use for %p', (value) => {
    expect(() => CDN(value as unknown as string)).toThrow(TypeError);
  });

  it('takes a file of this machine, as the original does', async () => {
    const field = CDN({ type: 'filePath', filePath: __filename });
    expect(field.contentType).toBe('application/octet-stream');
    expect(await ((await bodyOf(field)) as Blob).text()).toContain('takes a file of this machine');
    await expect(bodyOf(CDN({ type: 'filePath', filePath: '/nowhere/at/all' }))).rejects.toThrow();
  });

  it('marks by size, counted in bytes', () => {
    const just = 'é'.repeat(CDN_THRESHOLD / 2);
    expect(CDN.ifLarge(just)).toBe(just);
    expect(CDN.ifLarge(`${just}x`)).toBeInstanceOf(LargeField);
    expect(CDN.ifLarge(new Uint8Array(11), 10)).toBeInstanceOf(LargeField);
  });
});
