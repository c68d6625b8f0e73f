/** `drain-here`, the preStop hook of a worker's pod: it waits for what runs, no longer than it is told to, without a key. */
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@invoq/client/client';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

const ROOT = join(__dirname, '../..');
const LIMIT_MS = 20_000;
const WAITS =
  "const { existsSync } = require('node:fs'); const sleep = (ms) => new Promise((done) => setTimeout(done, ms));\n" +
  'exports.main = async ({ file }) => { while (!existsSync(file)) await sleep(20); return file; };\n';

let stack: Stack;

afterEach(() => stack.stop(), 60_000);

/** As a ConfigMap is mounted: each file leads to one in a folder that is swapped when the ConfigMap changes. */
function mounted(files: Record<string, string>): string {
  const folder = scratchDir('configmap');
  mkdirSync(join(folder, '..2026_01_01'));
  symlinkSync('..2026_01_01', join(folder, '..data'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, '..2026_01_01', name), text);
    symlinkSync(join('..data', name), join(folder, name));
  }
  return folder;
}

/** As the image has it; resolves with the exit code. */
async function drainHere(env: Record<string, string>, ...args: string[]): Promise<number> {
  return (await drainHereSays(env, ...args)).code;
}

function drainHereSays(env: Record<string, string>, ...args: string[]): Promise<{ code: number; stderr: string }> {
  const all = { PATH: process.env.PATH, INVOQ_DIST: join(ROOT, 'dist'), ...env };
  return new Promise((done) =>
    execFile('sh', [join(ROOT, 'deploy/docker/invoq.sh'), 'drain-here', ...args], { env: all }, (error, _, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stderr }),
    ),
  );
}

it('waits until what runs has ended, while new calls wait for another worker; then SIGTERM ends an idle worker', async () => {
  stack = await startStack({ functions: mounted({ 'waits.js': WAITS }), env: { INVOQ_GRACE: '0s' } });
  const client = createClient({ url: stack.url });
  const file = join(scratchDir('gate'), 'open');
  const running = await client.submit('waits', { file });
  await until('it runs', async () => (await client.get(running.requestID)).status === 'running', LIMIT_MS);

  const hook = { over: false, code: drainHere({ REDIS_URL: stack.redis.url }, '--wait', '60s') };
  void hook.code.then(() => (hook.over = true));
  await until('it drains', async () => (await client.workers.list())[0].state === 'draining', LIMIT_MS);
  const waiting = await client.submit('waits', { file });
  await sleep(500);
  expect(hook.over).toBe(false);
  writeFileSync(file, '');
  expect(await hook.code).toBe(0);
  expect((await client.workers.list())[0].state).toBe('drained');
  expect(await client.get(running.requestID)).toMatchObject({ status: 'succeeded', result: { code: 0, data: file } });

  const [worker] = stack.workers;
  await worker.stop();
  expect((await client.get(waiting.requestID)).status).toBe('queued');
  await stack.addWorker();
  await until('it has ended', async () => (await client.get(waiting.requestID)).status === 'succeeded', LIMIT_MS);
}, 60_000);

it('what outlasts the wait is left to the grace, and then to another worker; nothing is lost', async () => {
  stack = await startStack({ functions: mounted({ 'waits.js': WAITS }), env: { INVOQ_GRACE: '500ms' } });
  const client = createClient({ url: stack.url });
  const file = join(scratchDir('gate'), 'open');
  const { requestID } = await client.submit('waits', { file });
  await until('it runs', async () => (await client.get(requestID)).status === 'running', LIMIT_MS);
  expect(await drainHere({ REDIS_URL: stack.redis.url }, '--wait', '1s')).toBe(0);
  expect((await client.get(requestID)).status).toBe('running');
  const [worker] = stack.workers;
  await stack.addWorker();
  await worker.stop();
  writeFileSync(file, '');
  await until('it has ended', async () => (await client.get(requestID)).status === 'succeeded', LIMIT_MS);
}, 60_000);

it('ends in time when Redis is away, and says what is wrong with its settings', async () => {
  stack = await startStack({ workers: 0 });
  const began = Date.now();
  expect(await drainHere({ REDIS_URL: 'redis://127.0.0.1:1' }, '--wait', '1s')).toBe(0);
  expect(Date.now() - began).toBeLessThan(15_000);
  expect(await drainHere({ REDIS_URL: stack.redis.url }, '--wait', '60s')).toBe(0);
  expect(await drainHere({ REDIS_URL: stack.redis.url }, '--wait', 'long')).toBe(1);
}, 60_000);

it('says so when it drained nothing, and exits 0: a pod is stopped all the same', async () => {
  stack = await startStack({ functions: mounted({ 'waits.js': WAITS }), workers: 0 });
  const nobody = await drainHereSays({ REDIS_URL: stack.redis.url }, '--wait', '5s');
  expect(nobody).toMatchObject({ code: 0, stderr: expect.stringMatching(/^drain-here: no worker of this host .*\n$/) });
  const away = await drainHereSays({ REDIS_URL: 'redis://127.0.0.1:1' }, '--wait', '1s');
  expect(away.code).toBe(0);
  expect(away.stderr).toContain('drain-here: Redis did not answer in time.');
});
