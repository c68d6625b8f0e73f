/** A real browser on a developer's machine: a page of elsewhere tries every address of an API without keys. */
import type { Browser, Page } from 'playwright-core';
import { chromiumHere, startChromium } from '../harness/chromium';
import { type Receiver, startReceiver } from '../harness/receiver';
import { type Stack, startStack } from '../harness/stack';
import { DOINGS, KeptStarts, READINGS } from './kept-starts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- names of the page, in which these scripts run
declare const document: any, navigator: any;

const program = chromiumHere();
// Left out by name where there is no Chromium and none can be installed: no other browser is at hand.
const withChromium = program === undefined ? describe.skip : describe;

withChromium('a page in Chromium', () => {
  const starts = new KeptStarts();
  let stack: Stack;
  let elsewhere: Receiver;
  let browser: Browser;
  beforeAll(async () => {
    stack = await startStack({ functions: { 'marks.js': starts.source } });
    await stack.http.request('/v1/schedules/nightly', {
      method: 'PUT',
      body: { function: 'marks', cron: '0 0 1 1 *' },
    });
    elsewhere = await startReceiver({
      answer: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>page'),
    });
    // The name of the attacker's page turns to this machine once the page is there: DNS rebinding.
    browser = await startChromium(program!, ['--host-resolver-rules=MAP evil.example 127.0.0.1']);
  }, 300_000);
  afterAll(() => stack.stop(), 60_000);

  /** What came of each try, seen from within the page: a status that it can read, `opaque`, or `failed`. */
  const tries = (page: Page, base: string): Promise<string[]> =>
    page.evaluate(
      async ({ base, doings, readings }) => {
        const results: string[] = [];
        const attempt = async (path: string, init: RequestInit): Promise<void> => {
          const result = await fetch(base + path, init).then(
            (answer) => (answer.type === 'opaque' ? 'opaque' : String(answer.status)),
            () => 'failed',
          );
          results.push(`${init.method} ${path} ${init.mode}: ${result}`);
        };
        for (const { method, path, body } of doings) {
          const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
          await attempt(path, { method, body: text, mode: 'cors', headers: { 'content-type': 'application/json' } });
          if (method !== 'POST') continue;
          // What a browser sends without asking: no type, a plain one, a form.
          await attempt(path, { method, mode: 'no-cors' });
          await attempt(path, { method, mode: 'no-cors', body: text ?? '' });
          await attempt(path, { method, mode: 'no-cors', body: new URLSearchParams({ a: '1' }) });
          navigator.sendBeacon(base + path);
        }
        for (const path of readings) {
          await attempt(path, { method: 'GET', mode: 'cors' });
          await attempt(path, { method: 'GET', mode: 'no-cors' });
        }
        return results;
      },
      { base, doings: DOINGS, readings: READINGS },
    );

  const nothingCameOfIt = async (): Promise<void> => {
    expect(starts.count).toBe(0);
    const { schedules } = (await stack.http.get('/v1/schedules')).body.data;
    expect(schedules).toMatchObject([{ id: 'nightly', paused: false }]);
    expect((await stack.http.get('/v1/invocations')).body.data.invocations).toEqual([]);
  };

  it('of another origin reads nothing and runs nothing', async () => {
    const page = await browser.newPage();
    await page.goto(elsewhere.url);
    const results = await tries(page, stack.url);
    expect(results.length).toBeGreaterThan(60);
    expect(results.filter((result) => !/: (opaque|failed)$/.test(result))).toEqual([]);
    await nothingCameOfIt();
    await page.close();
  }, 120_000);

  it('that sends a form, or goes there, runs nothing', async () => {
    for (const enctype of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      const page = await browser.newPage();
      await page.goto(elsewhere.url);
      const answered = page.waitForResponse((response) => response.url().startsWith(stack.url));
      await page.evaluate(
        ({ action, enctype }) => {
          const form = Object.assign(document.createElement('form'), { method: 'POST', action, enctype });
          document.body.append(form);
          form.submit();
        },
        { action: `${stack.url}/v1/functions/marks`, enctype },
      );
      expect((await answered).status()).toBe(403);
      await page.close();
    }
    await nothingCameOfIt();
  }, 120_000);

  it('whose name turns to this machine is refused by that name', async () => {
    const page = await browser.newPage();
    const base = `http://evil.example:${stack.apis[0].port}`;
    // The page of that name is ours now: same origin, so it could read whatever it is answered.
    expect((await page.goto(`${base}/v1/functions`))?.status()).toBe(421);
    const results = await tries(page, base);
    const wordy = /^POST \/(admin|web) /;
    expect(results.filter((result) => !/: 421$/.test(result) && !wordy.test(result))).toEqual([]);
    await nothingCameOfIt();
    await page.close();
  }, 120_000);

  it('of the API itself works, with a link to it from elsewhere', async () => {
    const page = await browser.newPage();
    await page.goto(elsewhere.url);
    await page.evaluate((href) => {
      document.body.append(Object.assign(document.createElement('a'), { href, textContent: 'docs' }));
    }, `${stack.url}/docs`);
    await Promise.all([page.waitForURL(`${stack.url}/docs`), page.click('a')]);
    const reply = await page.evaluate(async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
      return await (await fetch('/v1/functions/marks/invocations', init)).json();
    });
    expect(reply).toMatchObject({ code: 0, data: 'ran' });
    expect(starts.count).toBe(1);
    await page.close();
  }, 120_000);
});

if (program === undefined) {
  test.skip('a page in Chromium: left out, there is no /usr/bin/chromium and only root can install it', () =>
    undefined);
}
