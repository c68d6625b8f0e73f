/** What a person does in the console, in a real browser against real processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { chromiumHere, startChromium } from '../harness/chromium';
import { startReceiver } from '../harness/receiver';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';

const SECRET = 'console-secret-0123456789';
const KEY = `ops.${SECRET}`;
const AUTH = { authorization: `Bearer ${KEY}` };
const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const FUNCTIONS = {
  'hostile.js': `exports.main = () => { console.log(${JSON.stringify(MARKUP)}); return { html: ${JSON.stringify(MARKUP)} } }`,
  'fails.js': `exports.main = () => { throw new TypeError(${JSON.stringify(MARKUP)}, { cause: new Error('the disk is full') }) }`,
  'asks.js': `exports.main = () => fetch(process.env.INVOQ_URL + '/v1/functions/talks/invocations', {
    method: 'POST', body: JSON.stringify({ data: { lines: 1 }, sync: false }),
    headers: { authorization: 'Bearer ' + process.env.INVOQ_TOKEN, 'content-type': 'application/json' },
  }).then((answer) => answer.status)`,
  'slow.js': 'exports.main = () => new Promise((end) => setTimeout(end, 60_000))',
  'talks.js': `exports.main = async ({ lines }, context) => {
    for (let line = 1; line <= lines; line++) console.log('line ' + line + ' of a long story about nothing much at all');
    context.progress(0.5);
    await new Promise((end) => setTimeout(end, 4_000));
    return { lines };
  }`,
};
const WIDE = { width: 1280, height: 800 };

const program = chromiumHere();
if (!program)
  console.warn('Left out: the console in a browser. There is no /usr/bin/chromium, and it could not be installed.');

let stack: Stack;
let page: Page;
beforeAll(async () => {
  const file = join(scratchDir('keys'), 'keys.json');
  const key = { id: 'ops', secret: SECRET, envs: ['*'], scopes: ['invoke', 'read', 'admin'] };
  writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  stack = await startStack({
    functions: FUNCTIONS,
    env: { INVOQ_KEYS_FILE: file, INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' },
  });
  if (!program) return;
  const browser = await startChromium(program);
  page = await (await browser.newContext({ locale: 'en-GB', viewport: WIDE })).newPage();
  page.setDefaultTimeout(20_000);
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

const inBrowser = (name: string, run: () => Promise<void>): void => (program ? test : test.skip)(name, run, 60_000);
const at = (path: string): string => `${stack.url}/console${path}`;
const heading = (name: string) => page.getByRole('heading', { name, level: 1 });
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const answer = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

async function submit(name: string, data: unknown = {}): Promise<string> {
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false }, AUTH);
  return (body as { requestID: string }).requestID;
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
  const { violations: list } = found as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return list.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
}

async function signIn(): Promise<void> {
  await page.getByLabel('Key').fill(KEY);
  await press('Sign in');
}

inBrowser('a key signs in and leads on to the page that was asked for; the key is not kept', async () => {
  await page.goto(at('/functions'));
  await page.getByLabel('Key').fill('ops.wrong-secret-0123456789');
  await press('Sign in');
  await page.getByRole('alert').waitFor();
  expect(await violations()).toEqual([]);
  await signIn();
  await heading('Functions').waitFor();
  const kept = await page.evaluate(
    'JSON.stringify([localStorage, sessionStorage, document.cookie, document.body.innerHTML])',
  );
  expect(kept).not.toContain(SECRET);
});

inBrowser('a function is tried; what it printed and returned is text', async () => {
  await page.getByRole('link', { name: 'hostile' }).click();
  await page.getByLabel('Data (JSON)').waitFor();
  await press('Run');
  await page.locator('.tree', { hasText: '<img' }).waitFor();
  await page.locator('.log .line', { hasText: '<img' }).waitFor();
  expect([await page.locator('img, main script').count(), await page.title()]).toEqual([0, 'Invoq']);
  expect(await violations()).toEqual([]);
  await page.getByLabel('sync, and wait').check();
  await press('Run');
  await page.locator('.tree', { hasText: '<img' }).waitFor();
});

inBrowser('what is no JSON is not sent', async () => {
  await page.getByLabel('Data (JSON)').fill('{ x: 1 }');
  await press('Run');
  await page.getByRole('alert').filter({ hasText: 'not JSON' }).waitFor();
});

inBrowser('a call that failed tells why, with its cause, and is replayed', async () => {
  const requestID = await submit('fails');
  await page.goto(at(`/invocations/${requestID}`));
  await page.locator('.failure', { hasText: 'the disk is full' }).first().waitFor();
  expect([await page.locator('img').count(), await page.title()]).toEqual([0, 'Invoq']);
  expect(await violations()).toEqual([]);
  await press('Replay');
  await answer('Replay');
  await page.getByRole('link', { name: `Replay of ${requestID.slice(0, 8)}` }).waitFor();
});

inBrowser('a call that runs is followed live: its log, its progress, its end; its log is searched', async () => {
  const requestID = await submit('talks', { lines: 1_500 });
  await page.goto(at(`/invocations/${requestID}`));
  await page.locator('.log .line', { hasText: 'line 1500 ' }).waitFor();
  // The page holds what is in view, not 1,500 lines.
  expect(await page.locator('.log .line').count()).toBeLessThan(100);
  await page.getByLabel('Search the log').fill('line 1234 ');
  await page.getByText('1 of 1,500 lines').waitFor();
  expect(await page.locator('.log mark').textContent()).toBe('line 1234 ');
  await page.locator('.story .succeeded').first().waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole('tab', { name: 'Log' }).press('ArrowLeft');
  await page.getByRole('tab', { name: 'Input', selected: true }).waitFor();
});

inBrowser('a call is replayed with changed data', async () => {
  await page.goto(at(`/invocations/${await submit('talks', { lines: 1 })}`));
  await press('Replay with changed data');
  await page.getByLabel('Data (JSON)').fill('{ "lines": 7 }');
  await answer('Submit');
  await page.locator('.log .line', { hasText: 'line 7 ' }).waitFor();
});

inBrowser('a call that runs is found by the first letters of its requestID from any page, and cancelled', async () => {
  const requestID = await submit('slow');
  await page.goto(at('/queues'));
  await heading('Queues').waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(requestID.slice(0, 13));
  await page.getByRole('option').filter({ hasText: requestID }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname.endsWith(requestID));
  await press('Cancel');
  expect(await violations()).toEqual([]);
  await answer('Cancel calls');
  await page.locator('.status.cancelled').first().waitFor();
});

inBrowser('calls are filtered, chosen and cancelled together; all that failed are replayed at once', async () => {
  await Promise.all([submit('slow'), submit('slow'), submit('slow')]);
  await page.goto(at('/invocations'));
  await page.getByLabel('Function', { exact: true }).selectOption('slow');
  await page.getByLabel('Status', { exact: true }).selectOption({ label: 'not ended' });
  await page.waitForURL(/function=slow.*status=/);
  await page.locator('.rows .call').nth(2).waitFor();
  expect(await violations()).toEqual([]);
  await page.getByLabel('Choose all that are loaded').check();
  await press('Cancel 3');
  await answer('Cancel calls');
  await page.getByText('3 done, 0 refused.').waitFor();
  await page.goto(at('/invocations?function=fails&status=failed'));
  await press('Replay all failed …');
  await page.getByText(/This concerns [1-9]\d* calls/).waitFor();
  await answer('Replay');
  await page.getByText(/matched, [1-9]\d* done, 0 refused/).waitFor();
});

inBrowser('dead letters of a function are purged after its name was typed', async () => {
  const requestID = await submit('fails');
  await page.goto(at('/functions/fails'));
  const letters = page.getByRole('region', { name: /^Dead letters/ }).first();
  await letters.getByText(requestID.slice(0, 8)).waitFor();
  await letters.getByRole('button', { name: 'Purge' }).click();
  const purge = page.getByRole('dialog').getByRole('button', { name: 'Purge' });
  expect(await purge.isDisabled()).toBe(true);
  await page.getByLabel('Type fails to confirm').fill('fails');
  await purge.click();
  await page.getByText('No call of this function has failed for good.').waitFor();
});

inBrowser('a queue is paused with a reason that shows everywhere, purged, and resumed', async () => {
  await page.goto(at('/queues'));
  await press('Pause default');
  await page.getByLabel('Reason').fill('The disk is being changed');
  await answer('Pause');
  await page.getByText('The disk is being changed').waitFor();
  await submit('slow');
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText(/Queue default has been paused/).waitFor();
  await page.getByRole('link', { name: 'Queues', exact: true }).click();
  await press('Purge default');
  await page.getByText('This concerns 1 calls').waitFor();
  await page.getByLabel('Type default to confirm').fill('default');
  await answer('Purge');
  await page.getByText('1 cancelled.').waitFor();
  await press('Resume default');
  await answer('Resume');
  await page.getByRole('button', { name: 'Pause default' }).waitFor();
});

inBrowser('a function is paused and resumed, and what operators did is in the audit log', async () => {
  await page.goto(at('/functions'));
  await press('Pause slow');
  await answer('Pause');
  await page.locator('.status.paused').waitFor();
  await press('Resume slow');
  await answer('Resume');
  await page.getByRole('button', { name: 'Pause slow' }).waitFor();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByText('queue.purge').waitFor();
});

inBrowser('a worker is drained and resumed', async () => {
  await page.goto(at('/workers'));
  await page.getByRole('button', { name: /^Drain/ }).click();
  await answer('Drain');
  await page.locator('td .status.drained').waitFor();
  await page.getByRole('button', { name: /^Resume/ }).click();
  await answer('Resume');
  await page.locator('td .status.ready').waitFor();
});

inBrowser('a schedule shows its next runs, runs now, and is paused', async () => {
  const options = { function: 'talks', cron: '30 2 * * *', timezone: 'Asia/Shanghai', data: { lines: 2 } };
  await fetch(`${stack.url}/v1/schedules/nightly`, {
    method: 'PUT',
    headers: { ...AUTH, 'content-type': 'application/json' },
    body: JSON.stringify(options),
  });
  await page.goto(at('/schedules'));
  await page.getByRole('button', { name: 'Next three runs of nightly' }).click();
  await page.locator('ul.plain li').nth(2).waitFor();
  await press('Run now nightly');
  await answer('Run now');
  await page.getByText(/^Submitted as/).waitFor();
  await press('Pause nightly');
  await answer('Pause');
  await page.locator('td .status.paused').waitFor();
});

inBrowser('a callback that fails is listed with the reason, and sent again', async () => {
  const receiver = await startReceiver({ answer: (response) => void response.writeHead(500).end() });
  const call = { data: { lines: 1 }, sync: false, callback: { url: receiver.url } };
  await stack.http.post('/v1/functions/talks/invocations', call, AUTH);
  await page.goto(at('/callbacks'));
  await page.getByText('HTTP 500').waitFor();
  expect(await violations()).toEqual([]);
  receiver.answer = (response) => void response.writeHead(200).end();
  await press('Send again');
  await answer('Send again');
  await page.getByText(/^No callback fails/).waitFor();
});

inBrowser('a call shows what its function called, and what called it', async () => {
  const requestID = await submit('asks');
  await page.goto(at(`/invocations/${requestID}?tab=calls`));
  await page.locator('ul.calls-made a').click();
  await page.getByText(`Made by ${requestID.slice(0, 8)}`).click();
  await page.getByRole('heading', { level: 1 }).getByText(requestID).waitFor();
});

inBrowser(
  'each page is without a violation, light and dark, on a screen and on a phone, and speaks Chinese',
  async () => {
    const pages = [
      '/',
      '/invocations',
      '/functions',
      '/functions/fails',
      '/queues',
      '/workers',
      '/schedules',
      '/callbacks',
      '/audit',
    ];
    for (const [colorScheme, viewport] of [
      ['light', WIDE],
      ['dark', { width: 360, height: 740 }],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      for (const path of pages) {
        await page.goto(at(path));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        expect([colorScheme, path, await violations()]).toEqual([colorScheme, path, []]);
        const overflow: unknown = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        expect([path, overflow]).toEqual([path, false]);
      }
    }
    await page.setViewportSize(WIDE);
    await page.getByRole('button', { name: '中文' }).click();
    await heading('审计').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
  },
);

inBrowser('an API that goes away is told, what was read stays, and it goes on when it is back', async () => {
  await page.goto(at('/workers'));
  await page.locator('td code').first().waitFor();
  await page.context().setOffline(true);
  await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
  expect(await page.locator('td code').count()).toBeGreaterThan(0);
  expect(await violations()).toEqual([]);
  await page.context().setOffline(false);
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

inBrowser('a session that ends asks for the key, at the same address', async () => {
  await page.goto(at('/workers'));
  await heading('Workers').waitFor();
  await page.context().clearCookies();
  await page.getByLabel('Key').waitFor();
  await signIn();
  await heading('Workers').waitFor();
  await page.getByRole('button', { name: /Sign out/ }).click();
  await page.getByLabel('Key').waitFor();
  await page.reload();
  await page.getByLabel('Key').waitFor();
});
