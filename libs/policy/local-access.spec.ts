/** Without keys, programs on this machine may call, and pages of other origins may not. */
import { type Approach, approachOf, foreignPart, isPlain, type LocalAccess } from './local-access';

const access: LocalAccess = { names: new Set(['invoq.example']), origins: new Set(['http://app.example:5173']) };
const by = (approach: Partial<Approach>): ReturnType<typeof foreignPart> =>
  foreignPart({ method: 'POST', target: '/v1/functions/add', hosts: ['127.0.0.1:3000'], ...approach }, access);

test.each([
  'localhost',
  'localhost:3000',
  'LOCALHOST:3000',
  'localhost.:3000',
  'api.localhost:3000',
  '127.0.0.1',
  '127.0.0.1:3000',
  '127.8.9.10:1',
  '[::1]',
  '[::1]:3000',
  '[0:0:0:0:0:0:0:1]:3000',
  '[::ffff:127.0.0.1]:3000',
  '127.1:3000',
  'invoq.example',
  'Invoq.Example:443',
  'invoq.example.',
])('Host %s is served', (host) => {
  expect(by({ hosts: [host] })).toBeUndefined();
});

test.each([
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  'evillocalhost',
  'localhost.evil',
  'localhost..',
  '127.0.0.1.evil.example',
  '128.0.0.1',
  '0.0.0.0:3000',
  '192.168.1.7:3000',
  '[::]:3000',
  '[::2]:3000',
  '[fe80::1]',
  '[::ffff:10.0.0.1]:3000',
  'user@localhost',
  'localhost/evil',
  'localhost:3000@evil.example',
  'localhost:99999',
  'localhost,evil.example',
  ' localhost',
  'loc\u0430lhost',
  'x.invoq.example',
  '',
])('Host "%s" is not', (host) => {
  expect(by({ hosts: [host] })).toBe('host');
});

test('a name of any length is refused without being parsed', () => {
  expect(by({ hosts: [`${'a.'.repeat(50_000)}localhost`] })).toBe('host');
});

test('a request without a Host, or with two, is not served', () => {
  expect(by({ hosts: [] })).toBe('host');
  expect(by({ hosts: ['localhost', 'localhost'] })).toBe('host');
  expect(by({ hosts: ['evil.example', 'localhost'] })).toBe('host');
});

test('the name in a whole URL counts as well as that in Host', () => {
  expect(by({ target: 'http://localhost:3000/v1' })).toBeUndefined();
  expect(by({ target: 'http://evil.example/v1' })).toBe('host');
  expect(by({ target: 'http://localhost:1@evil.example/v1' })).toBe('host');
  expect(by({ target: 'ftp://localhost/v1' })).toBe('host');
  expect(by({ target: 'http://localhost:3000/v1', hosts: ['evil.example'] })).toBe('host');
  expect(by({ target: `http://${'a'.repeat(5_000)}` })).toBe('host');
  expect(by({ target: '*', method: 'OPTIONS' })).toBeUndefined();
});

test('what a trusted proxy says was asked for counts as well, and hides no Host', () => {
  expect(by({ forwardedHost: 'invoq.example' })).toBeUndefined();
  expect(by({ forwardedHost: 'evil.example' })).toBe('host');
  expect(by({ forwardedHost: 'localhost', hosts: ['evil.example'] })).toBe('host');
});

test.each([
  ['its own', 'http://127.0.0.1:3000'],
  ['its own, behind TLS', 'https://127.0.0.1:3000'],
  ['one that is named', 'http://app.example:5173'],
])('a page of %s origin may call: %s', (_what, origin) => {
  expect(by({ origin })).toBeUndefined();
  // What a browser says of the same request in other words changes nothing.
  expect(by({ origin, fetchSite: 'cross-site' })).toBeUndefined();
});

test('default ports are the same as none', () => {
  expect(by({ origin: 'http://localhost', hosts: ['localhost:80'] })).toBeUndefined();
  expect(by({ origin: 'https://localhost', hosts: ['localhost:443'] })).toBeUndefined();
  expect(by({ origin: 'https://localhost', hosts: ['localhost:80'] })).toBe('origin');
});

test('a page that a trusted proxy serves is of the origin that its browser sees', () => {
  expect(by({ forwardedHost: 'invoq.example', origin: 'https://invoq.example' })).toBeUndefined();
  expect(by({ forwardedHost: 'invoq.example', origin: 'http://127.0.0.1:3000' })).toBe('origin');
});

test.each([
  'https://evil.example',
  'http://127.0.0.1:8080',
  'http://localhost:3000',
  'http://app.example',
  'null',
  '',
  'file://',
  'http://127.0.0.1:3000/',
  'http://127.0.0.1:3000, http://evil.example',
  'http://user@127.0.0.1:3000',
  'chrome-extension://abcdef',
])('a page of origin "%s" may not', (origin) => {
  expect(by({ origin })).toBe('origin');
  expect(by({ origin, fetchSite: 'same-origin' })).toBe('origin');
});

test('a request across sites without an origin may not either', () => {
  expect(by({ fetchSite: 'cross-site' })).toBe('origin');
  expect(by({ method: 'GET', fetchSite: 'cross-site', fetchMode: 'no-cors', fetchDest: 'image' })).toBe('origin');
  expect(by({ method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'iframe' })).toBe('origin');
  expect(by({ method: 'POST', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' })).toBe('origin');
  for (const fetchSite of ['same-origin', 'same-site', 'none']) expect(by({ fetchSite })).toBeUndefined();
  for (const fetchSite of ['Cross-Site', 'same-origin, cross-site', '']) expect(by({ fetchSite })).toBe('origin');
});

test('a link that somebody follows is served', () => {
  expect(by({ method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' })).toBeUndefined();
});

test('all Host fields of a request are looked at, where node keeps the first', () => {
  const request = {
    method: 'GET',
    url: '/v1',
    rawHeaders: ['Host', 'localhost', 'X-Host', 'host', 'HOST', 'evil.example', 'Origin', 'null'],
    headers: { host: 'localhost', origin: 'null', 'sec-fetch-site': 'cross-site' },
  };
  expect(approachOf(request, 'localhost')).toEqual({
    method: 'GET',
    target: '/v1',
    hosts: ['localhost', 'evil.example'],
    forwardedHost: 'localhost',
    origin: 'null',
    fetchSite: 'cross-site',
    fetchMode: undefined,
    fetchDest: undefined,
  });
});

const plain = { method: 'POST', url: '/v1', rawHeaders: ['Host', 'localhost:3000'], headers: {} };

test.each([
  [plain],
  [{ ...plain, rawHeaders: ['accept', 'host', 'HOST', '127.0.0.1'] }],
  [{ ...plain, rawHeaders: ['host', 'invoq.example'] }],
])('a plain request is never foreign: %j', (request) => {
  expect(isPlain(request, access)).toBe(true);
  expect(foreignPart(approachOf(request), access)).toBeUndefined();
});

test.each([
  [{ ...plain, url: 'http://localhost/' }],
  [{ ...plain, url: '*' }],
  [{ ...plain, url: undefined }],
  [{ ...plain, headers: { origin: 'http://localhost:3000' } }],
  [{ ...plain, headers: { origin: '' } }],
  [{ ...plain, headers: { 'sec-fetch-site': 'none' } }],
  [{ ...plain, rawHeaders: [] }],
  [{ ...plain, rawHeaders: ['Host', 'localhost', 'hOst', 'localhost'] }],
  [{ ...plain, rawHeaders: ['Host', 'evil.example'] }],
  [{ ...plain, rawHeaders: ['Host', 'localhost@evil.example'] }],
])('what is not plain is looked at: %j', (request) => expect(isPlain(request, access)).toBe(false));
