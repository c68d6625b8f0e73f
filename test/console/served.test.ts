/** How the console reaches a browser: its page, its files, its sessions. No browser is needed to see that. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

const KEY = 'ops.console-secret-0123456789';
/** gzipped bytes of what the first page loads. */
const BUDGET = 250_000;

let keyed: Stack;
let open: Stack;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const [id, secret] = KEY.split('.');
  const keys = [
    { id, secret, envs: ['*'], scopes: ['invoke', 'read', 'admin'] },
    { id: 'reader', secret: 'reader-secret-0123456789', envs: ['default'], scopes: ['read'] },
  ];
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  keyed = await startStack({ workers: 0, env: { INVOQ_KEYS_FILE: file, INVOQ_TRUST_PROXY: '1' } });
  open = await startStack({ workers: 0 });
}, 120_000);
afterAll(async () => {
  await open?.stop();
  await keyed?.stop();
}, 60_000);

async function signIn(key: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${keyed.url}/console/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key }),
  });
  const cookie = answer.headers.get('set-cookie') ?? '';
  const { data } = (await answer.json()) as { data: { csrf: string } | null };
  return { status: answer.status, cookie, sent: cookie.split(';')[0], csrf: data?.csrf ?? '' };
}

test('a browser is led to the console, a program is told that there is nothing', async () => {
  const led = await fetch(open.url, { headers: { accept: 'text/html' }, redirect: 'manual' });
  expect([led.status, led.headers.get('location')]).toEqual([302, '/console/']);
  expect(await open.http.get('/')).toMatchObject({ status: 404, body: { error: { type: 'ROUTE_NOT_FOUND' } } });
});

test('the page has a strict policy with a nonce of its own, and files that are kept for ever', async () => {
  const [one, two] = await Promise.all([keyed.http.get('/console/'), keyed.http.get('/console/functions/x')]);
  const policy = String(one.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toBe(two.headers['content-security-policy']);
  expect(one.text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|https?:/);
  const files = [...one.text.matchAll(/\/console\/(assets\/[^"]+)"/g)].map(([, name]) => name);
  const got = await Promise.all(files.map((name) => keyed.http.get(`/console/${name}`)));
  expect(got.every(({ headers }) => String(headers['cache-control']).includes('immutable'))).toBe(true);
  expect(got.reduce((sum, { text }) => sum + gzipSync(text).length, 0)).toBeLessThan(BUDGET);
  expect((await keyed.http.get('/console/assets/..%2findex.html')).status).toBe(404);
});

test('a session takes its cookie and its token, and neither alone', async () => {
  const { cookie, sent, csrf } = await signIn(KEY);
  expect(cookie).toMatch(/^invoq_console=[^;]+; Path=\/; Max-Age=43\d{3}; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(KEY.split('.')[1]);
  const status = async (headers: Record<string, string>) => (await keyed.http.get('/v1/functions', headers)).status;
  expect(await status({ cookie: sent, 'x-csrf-token': csrf })).toBe(200);
  expect(await status({ cookie: sent })).toBe(403);
  expect(await status({ 'x-csrf-token': csrf })).toBe(401);
  expect(await status({ cookie: `${sent}x`, 'x-csrf-token': csrf })).toBe(401);
});

test('beyond loopback the cookie goes over TLS alone', async () => {
  const { cookie } = await signIn(KEY, { 'x-forwarded-host': 'invoq.example.com', 'x-forwarded-proto': 'https' });
  expect(cookie).toMatch(/; Secure$/);
});

test('a session may do what its key may, no more', async () => {
  const { sent, csrf } = await signIn('reader.reader-secret-0123456789');
  const headers = { cookie: sent, 'x-csrf-token': csrf };
  expect((await keyed.http.get('/v1/invocations', headers)).status).toBe(200);
  expect((await keyed.http.get('/v1/audit', headers)).status).toBe(403);
  expect((await keyed.http.get('/v1/invocations', { ...headers, 'x-invoq-env': 'other' })).status).toBe(403);
});

test('wrong keys are refused, and counted like any', async () => {
  expect((await signIn('ops.wrong-secret-0123456789')).status).toBe(401);
  expect(await keyed.http.post('/console/session', { key: 7 })).toMatchObject({ status: 400 });
  expect((await keyed.http.get('/console/session')).body).toMatchObject({ data: null });
});

test('without keys nobody signs in, on loopback', async () => {
  expect((await open.http.get('/console/session')).body).toMatchObject({ data: { open: true, envs: ['*'] } });
});
