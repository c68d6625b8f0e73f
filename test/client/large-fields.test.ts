/** `cloud.CDN`: a marked field is uploaded, and the function gets an address from which it can download. */
import { createHash, randomBytes } from 'node:crypto';
import { request as send } from 'node:http';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud, InvoqClient } from '@invoq/client/index';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';
import { required } from './installed';

const { CDN, CDN_THRESHOLD, createClient, createCloud } = required();
const MB = 1_048_576;

let stack: Stack;
let client: InvoqClient;
let cloud: Cloud;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_BLOB_LIMIT: '8mb' } });
  client = createClient({ url: stack.url });
  cloud = createCloud({ url: stack.url });
}, 60_000);
afterAll(() => stack.stop());

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const fault = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );
const upload = (body: string | Buffer, headers: Record<string, string> = {}) =>
  stack.http.request('/v1/blobs', { method: 'POST', body, headers });
const blobs = () => readdirSync(join(stack.data, 'blobs'), { recursive: true, encoding: 'utf8' });

describe('a function receives', () => {
  const bytes = randomBytes(3 * MB);
  it.each([
    ['a Buffer', bytes, bytes, 'application/octet-stream'],
    ['an ArrayBuffer', bytes.buffer.slice(0, 1_000), bytes.subarray(0, 1_000), 'application/octet-stream'],
    ['a Blob', new Blob([bytes], { type: 'image/png' }), bytes, 'image/png'],
    ['text', 'größer'.repeat(100_000), 'größer'.repeat(100_000), 'text/plain; charset=utf-8'],
    ['a small text', 'small', 'small', 'text/plain; charset=utf-8'],
    ['an object', { a: [1] }, '{"a":[1]}', 'application/json'],
  ])('%s as an address of just these bytes', async (_, value, content, type) => {
    const { result } = await cloud.callFunction({ name: 'downloads', data: { file: cloud.CDN(value) } });
    const buffer = Buffer.from(content as string);
    expect(result).toEqual({ got: 'string', status: 200, type, bytes: buffer.length, sha256: sha256(buffer) });
  });

  it('fields in any depth, each uploaded once', async () => {
    const file = CDN('one');
    const data = await client.invoke<{ list: { file: string }[]; again: string }>('echo', {
      list: [{ file }, { file: CDN('two') }],
      again: file,
      other: 'as it is',
    });
    expect(data).toMatchObject({ other: 'as it is' });
    expect(data.again).toBe(data.list[0].file);
    expect(await (await fetch(data.list[1].file)).text()).toBe('two');
    const stored = blobs().filter((name) => /\/[\w-]{22}$/.test(name));
    const texts = stored.map((name) => readFileSync(join(stack.data, 'blobs', name), 'utf8'));
    expect(texts.filter((text) => text.endsWith('\none'))).toHaveLength(1);
  });

  it('async calls too', async () => {
    const job = await client.submit<{ bytes: number }>('downloads', { file: CDN('later') });
    expect(await job.result()).toMatchObject({ bytes: 5 });
  });

  it('what was uploaded ahead', async () => {
    const { url, bytes } = await client.upload('ahead');
    expect(bytes).toBe(5);
    expect(await client.invoke('downloads', { file: url })).toMatchObject({ bytes: 5 });
  });

  it('what is marked only when it is large', async () => {
    const small = 'x'.repeat(CDN_THRESHOLD);
    expect(await client.invoke('echo', { small: CDN.ifLarge('x') })).toEqual({ small: 'x' });
    expect(CDN.ifLarge(small)).toBe(small);
    const { large } = await client.invoke<{ large: string }>('echo', { large: CDN.ifLarge(`${small}x`) });
    expect(large).toContain('/v1/blobs/');
  });
});

it('a Blob that is not marked is refused before anything is sent', async () => {
  const error = await fault(client.invoke('echo', { file: new Blob(['x']) }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error?.message).toContain('CDN');
});

describe('POST /v1/blobs', () => {
  it('keeps any type of body, also JSON, and says where and until when', async () => {
    const { status, body, headers } = await upload('{"a":1}', { 'content-type': 'application/json' });
    expect(status).toBe(201);
    expect(body).toEqual({
      code: 0,
      data: { url: expect.stringContaining(stack.url), bytes: 7, expiresAt: expect.any(String) },
      error: {},
      requestID: headers['x-request-id'],
    });
    expect(Date.parse(body.data.expiresAt) - Date.now()).toBeGreaterThan(86_000_000);
    const download = await fetch(body.data.url);
    expect(download.headers.get('content-type')).toBe('application/json');
    expect(await download.text()).toBe('{"a":1}');
    const head = await fetch(body.data.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '7', '']);
  });

  it('takes a body without a length, and an empty one', async () => {
    const chunks = new ReadableStream({
      start(control) {
        control.enqueue(new TextEncoder().encode('in '));
        control.enqueue(new TextEncoder().encode('chunks'));
        control.close();
      },
    });
    const answer = await fetch(`${stack.url}/v1/blobs`, {
      method: 'POST',
      body: chunks,
      duplex: 'half',
    });
    const { data } = (await answer.json()) as { data: { url: string; bytes: number } };
    expect(data.bytes).toBe(9);
    expect(await (await fetch(data.url)).text()).toBe('in chunks');
    const empty = (await upload('')).body.data;
    expect(empty.bytes).toBe(0);
    expect(await (await fetch(empty.url)).text()).toBe('');
  });

  it('refuses what is too large, told or not, and keeps nothing of it', async () => {
    const before = blobs().length;
    const reply = await upload(Buffer.alloc(9 * MB));
    expect(reply.status).toBe(413);
    expect(reply.body.error.type).toBe('PAYLOAD_TOO_LARGE');
    const untold = await new Promise<number | undefined>((done, fail) => {
      const outgoing = send(`${stack.url}/v1/blobs`, { method: 'POST', agent: false }, (incoming) => {
        incoming.resume();
        done(incoming.statusCode);
      });
      outgoing.once('error', fail);
      for (let at = 0; at < 9; at++) outgoing.write(Buffer.alloc(MB));
      outgoing.end();
    });
    expect(untold).toBe(413);
    expect(blobs().length - before).toBeLessThanOrEqual(1);
    expect(blobs().filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('keeps nothing of a body whose sender went away', async () => {
    const outgoing = send(`${stack.url}/v1/blobs`, { method: 'POST', headers: { 'content-length': 1_000_000 } });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(1_000));
    await until('it is being written', () => blobs().some((name) => name.endsWith('.part')), 5_000);
    outgoing.destroy();
    await until('nothing of it is left', () => !blobs().some((name) => name.endsWith('.part')), 5_000);
    expect(stack.apis[0].process.entries().filter(({ level }) => level === 'error' || level === 50)).toEqual([]);
  });

  it('is open to pages of the origins that may call, and to no others', async () => {
    const api = await stack.addApi({ INVOQ_CORS_ORIGINS: 'https://app.example' });
    const ask = (origin: string) =>
      api.http.request('/v1/blobs', { method: 'POST', body: 'x', headers: { origin, 'content-type': 'text/plain' } });
    const answer = await ask('https://app.example');
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
    const path = answer.body.data.url.slice(api.url.length);
    const download = await api.http.get(path, { origin: 'https://app.example' });
    expect(download.headers['access-control-allow-origin']).toBe('https://app.example');
    expect((await ask('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await api.http.request('/v1/blobs', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    await api.stop();
  });

  it('refuses an encoded body', async () => {
    expect((await upload('x', { 'content-encoding': 'gzip' })).status).toBe(415);
  });
});

describe('GET /v1/blobs/{id}', () => {
  let url: string;
  beforeAll(async () => {
    url = (await upload('0123456789', { 'content-type': 'text/html' })).body.data.url;
  });
  const get = (address: string, range?: string) => fetch(address, { headers: range ? { range } : {} });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
  ])('%s is answered with %s', async (range, status, text, contentRange) => {
    const answer = await get(url, range);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get('content-range')).toBe(contentRange);
  });

  it('cannot be made to act in our name', async () => {
    const { headers } = await get(url);
    expect(headers.get('content-disposition')).toBe('attachment');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('refuses what was not signed, or changed, or is over', async () => {
    const changes: ((address: URL) => void)[] = [
      (address) => address.searchParams.delete('signature'),
      (address) => address.searchParams.set('signature', 'A'.repeat(43)),
      (address) => address.searchParams.set('expires', String(Date.now() + 1e12)),
      (address) => (address.pathname = address.pathname.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))),
      (address) => (address.pathname = '/v1/blobs/..%2F..%2Fetc%2Fpasswd'),
    ];
    for (const change of changes) {
      const address = new URL(url);
      change(address);
      const answer = await get(address.href);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ error: { type: 'FORBIDDEN' } });
    }
  });

  it('says that it is gone when it is', async () => {
    const short = await stack.addApi({ INVOQ_BLOB_LIFE: '1s' });
    const { body } = await short.http.request('/v1/blobs', { method: 'POST', body: 'x' });
    expect((await get(body.data.url)).status).toBe(200);
    await until('it is over', async () => (await get(body.data.url)).status === 403, 5_000);
    await short.stop();
  });
});

it('the secret of addresses is made once, for the eyes of its owner', () => {
  const file = join(stack.data, 'blobs', '.link-secret');
  expect(existsSync(file)).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('APIs with one directory, or one secret, serve what the others took', async () => {
  const other = await stack.addApi();
  const { url } = (await upload('shared')).body.data;
  expect(await (await fetch(url.replace(stack.url, other.url))).text()).toBe('shared');
  await other.stop();
});
