/** A key that is revoked is refused within a second, whatever became of the file meanwhile, and what it holds open ends. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { runNode } from '../doors/vendor-stack';

const CLI = join(__dirname, '..', '..', 'dist/apps/api/keys-cli.js');
const SCOPES = ['invoke', 'read', 'admin'];
const entry = (id: string, scopes = SCOPES): object => ({
  id, secret: `${id}-secret-0123456789-0123456789`, envs: ['default'], scopes,
}); // prettier-ignore
const bearer = (id: string) => ({ authorization: `Bearer ${id}.${id}-secret-0123456789-0123456789` });
const file = join(scratchDir('keys'), 'keys.json');
const write = (path: string, ...entries: object[]): void =>
  writeFileSync(path, JSON.stringify({ keys: entries }), { mode: 0o600 });

let stack: Stack;
beforeAll(async () => {
  write(file, entry('keeper'), entry('thief'), entry('resender', ['invoke']));
  stack = await startStack({
    functions: {
      'f.js': 'exports.main = () => 1',
      'slow.js':
        "exports.main = async () => { console.log('begun'); await new Promise((r) => setTimeout(r, 60_000)); }",
    },
    env: { INVOQ_KEYS_FILE: file, INVOQ_MAX_WAIT: '60s', INVOQ_CALLBACK_ALLOW: '127.0.0.0/8' },
  });
}, 60_000);
afterAll(() => stack.stop(), 60_000);
beforeEach(async () => {
  write(file, entry('keeper'), entry('thief'), entry('resender', ['invoke']));
  await until('the thief is known', async () => (await statusOf('thief')) === 200, 10_000);
});

const statusOf = async (id: string): Promise<number> => (await stack.http.get('/v1/functions', bearer(id))).status;
/** 429: this address has failed too often by now. */
const isRefused = (): Promise<unknown> =>
  until('the thief is refused', async () => [401, 429].includes(await statusOf('thief')), 5_000);

test('a file that could not be read at first is read again, though nothing else of it changes', async () => {
  // A folder in its place cannot be read by anybody, root neither.
  renameSync(file, `${file}.away`);
  const faults = (): number => stack.apis[0].process.lines.filter((line) => line.includes('is at fault')).length;
  await until('the fault is told', () => faults() > 0, 5_000);
  expect(await statusOf('thief')).toBe(200);
  write(`${file}.away`, entry('keeper'));
  renameSync(`${file}.away`, file);
  await isRefused();
});

test('a pipe in its place, which nobody writes to, holds up nothing', async () => {
  rmSync(file);
  execFileSync('mkfifo', [file]);
  await until(
    'the fault is told',
    () => stack.apis[0].process.lines.some((line) => line.includes('is not a regular file')),
    10_000,
  );
  rmSync(file);
  write(file, entry('keeper'));
  await isRefused();
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot('one whose owner comes late is read when its owner comes', async () => {
  // As `mv new.json keys.json` by root does, with an API that runs as another user.
  const keys = join(scratchDir('foreign'), 'keys.json');
  write(keys, entry('keeper'), entry('thief'));
  chmodSync(join(keys, '..'), 0o755);
  const api = await stack.addApi({ INVOQ_KEYS_FILE: keys });
  const status = async (id: string): Promise<number> => (await api.http.get('/v1/functions', bearer(id))).status;
  const { mtime, atime } = statSync(keys);
  write(`${keys}.new`, entry('keeper'));
  renameSync(`${keys}.new`, keys);
  chownSync(keys, 65_534, 65_534);
  expect([mtime, atime].every((time) => time.getTime() > 0)).toBe(true);
  await until('the thief is refused', async () => (await status('thief')) === 401, 5_000);
  expect(await status('keeper')).toBe(200);
});

test('the command keeps the mode, and what it revokes is refused', async () => {
  chmodSync(file, 0o640);
  const { uid, gid } = statSync(file);
  expect((await runNode([CLI, '--keys-file', file, '--do', 'revoke', '--id', 'thief'])).code).toBe(0);
  await isRefused();
  expect([statSync(file).mode & 0o777, statSync(file).uid, statSync(file).gid]).toEqual([0o640, uid, gid]);
  expect(readFileSync(file, 'utf8')).not.toContain('thief');
});

test('an API warns of a file that others can read', async () => {
  const open = join(scratchDir('open'), 'keys.json');
  write(open, entry('keeper'));
  chmodSync(open, 0o644);
  const api = await stack.addApi({ INVOQ_KEYS_FILE: open });
  expect(api.process.lines.filter((line) => line.includes('others can read or write the keys file'))).toHaveLength(1);
  expect(stack.apis[0].process.lines.some((line) => line.includes('others can read'))).toBe(false);
});

test('what it holds open ends: a log that is followed, events, a long poll', async () => {
  const { body } = await stack.http.post('/v1/functions/slow/invocations', { sync: false }, bearer('keeper'));
  const path = `/v1/invocations/${body.requestID}`;
  await until(
    'it runs',
    async () => (await stack.http.get(path, bearer('keeper'))).body.data.status === 'running',
    20_000,
  );
  const held = ['/logs?follow=true', '/events', '?wait=50', '/result?wait=50'].map(async (rest) => {
    const answer = await stack.http.get(path + rest, bearer('thief'));
    return [rest, answer.status, Date.now()] as const;
  });
  let keepers = 0;
  const kept = stack.http.get(`${path}/events`, bearer('keeper')).then(() => keepers++);
  await until(
    'all are held',
    async () => /invoq_waiters\{.*\} 2$/m.test((await stack.http.get('/metrics', bearer('keeper'))).text),
    20_000,
  );
  write(file, entry('keeper'), entry('resender', ['invoke']));
  await isRefused();
  const refusedAt = Date.now();
  for (const [rest, status, at] of await Promise.all(held)) {
    expect([rest, status]).toEqual([rest, rest.includes('wait') ? 401 : 200]);
    // Told by the same look at the file; far from the 50 s that they would have gone on.
    expect(at - refusedAt).toBeLessThan(5_000);
  }
  expect(keepers).toBe(0);
  await stack.http.post(`${path}/cancel`, {}, bearer('keeper'));
  await kept;
}, 60_000);

test('who may not read is not shown where a callback goes', async () => {
  const callback = { url: 'http://127.0.0.1:9/secret-path' };
  const { body } = await stack.http.post('/v1/functions/f/invocations', { callback }, bearer('keeper'));
  const resend = (id: string) =>
    stack.http.post(`/v1/invocations/${body.requestID}/deliveries/resend`, undefined, bearer(id));
  expect(await resend('resender')).toMatchObject({ status: 202, body: { data: { deliveries: [] } } });
  expect((await resend('resender')).text).not.toContain('secret-path');
  expect((await resend('keeper')).body.data.callback.url).toBe(callback.url);
});

test('a key may be rotated between two tries of a call', async () => {
  const again = { 'idempotency-key': 'rotated' };
  const first = await stack.http.post('/v1/functions/f/invocations', {}, { ...bearer('thief'), ...again });
  rmSync(`${file}.away`, { force: true, recursive: true });
  write(file, entry('keeper'), entry('resender', ['invoke']));
  await isRefused();
  const second = await stack.http.post('/v1/functions/f/invocations', {}, { ...bearer('resender'), ...again });
  expect(second.body).toEqual(first.body);
});
