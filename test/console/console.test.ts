/** What a person does in the console, in a real browser against a real house. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromiumHere, startChromium } from '../harness/chromium';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

const SECRET = 'console-secret-0123456789';
const KEY = `ops.${SECRET}`;
const MARKUP = '<img src=x onerror="document.title=1">';
const FUNCTIONS = {
  'hostile.js': `exports.main = () => { console.log(${JSON.stringify(MARKUP)}); return { html: ${JSON.stringify(MARKUP)} } }`,
  'slow.js': 'exports.main = () => new Promise((end) => setTimeout(end, 60_000))',
};

const program = chromiumHere();
if (!program)
  console.warn('Left out: the console in a browser. There is no /usr/bin/chromium, and it could not be installed.');

let stack: Stack;
let browser: Browser | undefined;
let page: Page;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const key = { id: 'ops', secret: SECRET, envs: ['*'], scopes: ['invoke', 'read', 'admin'] };
  writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  stack = await startStack({ functions: FUNCTIONS, env: { INVOQ_KEYS_FILE: file } });
  if (!program) return;
  browser = await startChromium(program);
  page = await browser.newPage({ locale: 'en-GB' });
}, 480_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const inBrowser = (name: string, run: () => Promise<void>): void => (program ? test : test.skip)(name, run, 60_000);
const at = (path: string): string => `${stack.url}/console${path}`;
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
  const { violations: list } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return list.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

async function signIn(): Promise<void> {
  await page.goto(at('/functions'));
  await page.getByLabel('Key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Functions', level: 1 }).waitFor();
}

test('a browser is led to the console, a program is told that there is nothing', async () => {
  const led = await fetch(stack.url, { headers: { accept: 'text/html' }, redirect: 'manual' });
  expect([led.status, led.headers.get('location')]).toEqual([302, '/console/']);
  expect(await stack.http.get('/')).toMatchObject({ status: 404, body: { error: { type: 'ROUTE_NOT_FOUND' } } });
});

test('the page has a strict policy with a nonce of its own, and files that are kept for ever', async () => {
  const [one, two] = await Promise.all([stack.http.get('/console/'), stack.http.get('/console/functions')]);
  const policy = String(one.headers['content-security-policy']);
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toBe(two.headers['content-security-policy']);
  const files = [...one.text.matchAll(/\/console\/(assets\/[^"]+)"/g)].map(([, name]) => name);
  const got = await Promise.all(files.map((name) => stack.http.get(`/console/${name}`)));
  expect(got.every(({ headers }) => String(headers['cache-control']).includes('immutable'))).toBe(true);
  expect(got.reduce((sum, { text }) => sum + gzipSync(text).length, 0)).toBeLessThan(250_000);
});

test('a session takes its cookie and its token, and neither alone', async () => {
  const answer = await fetch(at('/session'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: KEY }),
  });
  const set = answer.headers.get('set-cookie')!;
  expect(set).toMatch(/HttpOnly; SameSite=Strict$/);
  const cookie = set.split(';')[0];
  const { data } = (await answer.json()) as { data: { csrf: string } };
  const status = async (headers: Record<string, string>) => (await stack.http.get('/v1/functions', headers)).status;
  expect(await status({ cookie, 'x-csrf-token': data.csrf })).toBe(200);
  expect(await status({ cookie })).toBe(403);
  expect(await status({ 'x-csrf-token': data.csrf })).toBe(401);
  expect(await status({ cookie: `${cookie}x`, 'x-csrf-token': data.csrf })).toBe(401);
});

inBrowser('a key signs in, and leads on to the page that was asked for; the key is not kept', async () => {
  await page.goto(at('/functions'));
  await page.getByLabel('Key').fill('ops.wrong-secret-0123456789');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await violations()).toEqual([]);
  await signIn();
  const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
  expect(kept).not.toContain(SECRET);
});

inBrowser('a function is tried; what it printed and returned is text', async () => {
  await page.getByRole('link', { name: 'hostile' }).click();
  await page.getByLabel('Data (JSON)').waitFor();
  await page.getByRole('button', { name: 'Run and wait' }).click();
  await page.locator('pre', { hasText: '<img' }).waitFor();
  await page.locator('.log .line', { hasText: '<img' }).waitFor();
  expect([await page.locator('img').count(), await page.title()]).toEqual([0, 'Invoq']);
  expect(await violations()).toEqual([]);
  await page.getByRole('region', { name: 'Result' }).getByRole('link').click();
  await page.getByText('succeeded').first().waitFor();
  expect(await violations()).toEqual([]);
});

inBrowser('a call that runs is found by the first letters of its requestID, and cancelled', async () => {
  const { body } = await stack.http.post(
    '/v1/functions/slow/invocations',
    { sync: false },
    { authorization: `Bearer ${KEY}` },
  );
  const { requestID } = body as { requestID: string };
  await page.keyboard.press('Control+k');
  await page.keyboard.type(requestID.slice(0, 13));
  await page.keyboard.press('Enter');
  await page.waitForURL(at(`/invocations/${requestID}`));
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.status.cancelled').waitFor();
});

inBrowser('each page is without a violation, light and dark, and in Chinese', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ['/', '/invocations', '/functions', '/queues', '/workers', '/schedules']) {
      await page.goto(at(path));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      expect([colorScheme, path, await violations()]).toEqual([colorScheme, path, []]);
    }
  }
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('heading', { name: '定时', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'English' }).click();
});

inBrowser('a session that ends asks for the key, at the same address', async () => {
  await page.goto(at('/workers'));
  await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
  await page.context().clearCookies();
  await page.getByLabel('Key').waitFor({ timeout: 20_000 });
  await page.getByLabel('Key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
});
