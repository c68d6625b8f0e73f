/** What a proxy in front says of a caller counts when it is trusted, and not before. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

let stack: Stack;
let trusting: App;
let counting: App;
let keyed: App;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'ip.js': 'exports.main = () => process.env.WX_CLIENTIP ?? process.env.WX_CLIENTIPV6',
      'large.js': "exports.main = () => 'x'.repeat(400_000)",
    },
  });
  trusting = await stack.addApi({ INVOQ_TRUST_PROXY: '127.0.0.0/8,10.0.0.0/8' });
  counting = await stack.addApi({ INVOQ_TRUST_PROXY: '2' });
  const file = join(scratchDir('keys'), 'keys.json');
  const key = { id: 'a', secret: 'secret-of-a-0123456789', envs: ['default'], scopes: ['invoke'] };
  writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  keyed = await stack.addApi({ INVOQ_TRUST_PROXY: '1', INVOQ_KEYS_FILE: file });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const FORWARDED = {
  'x-forwarded-for': '203.0.113.9, 10.1.2.3',
  'x-forwarded-host': 'api.localhost:8443',
  'x-forwarded-proto': 'https',
};
const ipAt = async ({ http }: App, headers: object): Promise<unknown> =>
  (await http.post('/v1/functions/ip/invocations', {}, { ...headers })).body.data;

test('by default the caller is the peer, whatever it says', async () => {
  expect(await ipAt(stack.apis[0], FORWARDED)).toBe('127.0.0.1');
});

test('behind trusted proxies the caller is the first address that is none of theirs', async () => {
  expect(await ipAt(trusting, FORWARDED)).toBe('203.0.113.9');
  // What the caller itself wrote stands further left, and is not believed.
  expect(await ipAt(trusting, { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' })).toBe('203.0.113.9');
  expect(await ipAt(trusting, {})).toBe('127.0.0.1');
  expect(await ipAt(counting, FORWARDED)).toBe('203.0.113.9');
  expect(await ipAt(counting, { 'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.1.2.3' })).toBe('203.0.113.9');
});

test.each([
  ['203.0.113.9:4711', '203.0.113.9'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['198.51.100.1:5, 203.0.113.9:4711, 10.0.0.7:81', '203.0.113.9'],
  ['198.51.100.1, unknown', '127.0.0.1'],
  ['198.51.100.1, _hidden, 203.0.113.9', '203.0.113.9'],
  [`${'a'.repeat(3_000)}`, '127.0.0.1'],
  ['198.51.100.1, 1.2.3.4.5', '127.0.0.1'],
  ['198.51.100.1, 010.0.0.1', '127.0.0.1'],
  [', 203.0.113.9 ,', '203.0.113.9'],
])('%.50s leads to %s', async (field, address) => {
  expect(await ipAt(trusting, { 'x-forwarded-for': field })).toBe(address);
});

test('a caller is the same one whatever port its proxy wrote beside its address', async () => {
  const answers: number[] = [];
  const attempt = async (port: number): Promise<number> => {
    const headers = { 'x-forwarded-for': `203.0.113.77:${port}`, authorization: `Bearer wrong.${'x'.repeat(32)}` };
    return (await keyed.http.post('/v1/functions/ip/invocations', {}, headers)).status;
  };
  for (let port = 1_000; port < 1_060; port++) answers.push(await attempt(port));
  expect(answers).toContain(429);
});

test('links are given as the caller came', async () => {
  const linkAt = async ({ http }: App): Promise<string> => {
    const { headers, body } = await http.request('/v1/blobs', { method: 'POST', body: 'x', headers: FORWARDED });
    expect(headers['content-type']).toContain('json');
    return body.data.url as string;
  };
  expect(await linkAt(trusting)).toMatch(/^https:\/\/api\.localhost:8443\/v1\/blobs\//);
  expect(await linkAt(stack.apis[0])).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/blobs\//);
  const large = await trusting.http.post('/v1/functions/large/invocations', {}, { ...FORWARDED, prefer: 'result=url' });
  expect(JSON.stringify(large.body.data)).toContain('https://api.localhost:8443/v1/blobs/');
});

test('a trusted proxy hides no name of elsewhere', async () => {
  const call = async (headers: object): Promise<number> =>
    (await trusting.http.post('/v1/functions/ip/invocations', {}, { ...headers })).status;
  expect(await call({ ...FORWARDED, 'x-forwarded-host': 'evil.example' })).toBe(421);
  // A page that came by another name could write this field itself.
  expect(await call({ ...FORWARDED, host: 'evil.example' })).toBe(421);
});
