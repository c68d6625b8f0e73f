/** Processes of one fleet whose settings differ: those that came later take no calls, and say why. */
import { listeningApp, type App } from '../harness/app';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { Joining, readiness, said } from './joining';

const LIMIT_MS = 20_000;

let stack: Stack;
const joining = new Joining(() => stack);

beforeAll(async () => {
  stack = await startStack({ functions: { 'add.js': 'exports.main = ({ a, b }) => a + b;' } });
}, 60_000);

afterAll(async () => {
  await joining.stop();
  await stack.stop();
}, 60_000);

const call = (app: App, sync = true) => app.http.post('/v1/functions/add/invocations', { data: { a: 1, b: 2 }, sync });

it('an API with other partitions refuses calls, is not ready, and names the setting, both values and the host', async () => {
  const api = await joining.join('api', { INVOQ_PARTITIONS: '4' });
  const { status, text } = await readiness(api);
  expect(status).toBe(503);
  expect(text).toMatch(/INVOQ_PARTITIONS is 4 here and 1 at \S+ \(pid \d+\), which was there first/);
  const refused = await call(api);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ error: { type: 'OVERLOADED', retryable: true, started: false } });
  expect(refused.body.error.message).toContain('INVOQ_PARTITIONS is 4 here');
  expect(said(api, 'refusing')).toEqual([expect.stringContaining('INVOQ_PARTITIONS is 4 here and 1 at')]);
  // The one that was there first goes on.
  expect((await call(stack.apis[0])).body).toMatchObject({ code: 0, data: 3 });
}, 60_000);

it('a worker with other partitions takes nothing, and begins when those before it are gone', async () => {
  const before = await startStack({ functions: { 'add.js': 'exports.main = ({ a, b }) => a + b;' } });
  const settings = { ...before.settings(), WORKER_PORT: '0', PORT: '0', INVOQ_PARTITIONS: '2' };
  const worker = await listeningApp('worker', settings);
  expect(await readiness(worker)).toMatchObject({
    status: 503,
    text: expect.stringContaining('INVOQ_PARTITIONS is 2 here and 1 at'),
  });
  const answers = await Promise.all(Array.from({ length: 40 }, () => call(before.apis[0])));
  expect(answers.map(({ body }) => body.data)).toEqual(answers.map(() => 3));
  expect(said(worker, 'refusing')).toHaveLength(1);

  await before.stopApps();
  await until('it takes calls', async () => (await readiness(worker)).status === 200, LIMIT_MS);
  const api = await listeningApp('api', settings);
  expect((await call(api)).body).toMatchObject({ code: 0, data: 3 });
  await Promise.all([api.stop(), worker.stop()]);
  await before.stop();
}, 120_000);

it('a worker with another carrier of the sync lane takes nothing', async () => {
  const worker = await joining.join('worker', { INVOQ_SYNC_LANE: 'bullmq' });
  expect(await readiness(worker)).toMatchObject({
    status: 503,
    text: expect.stringContaining('INVOQ_SYNC_LANE is bullmq here and line at'),
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(stack.apis[0])));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
}, 60_000);

it('secrets that have nothing in common are told of by fingerprint, and calls go on', async () => {
  const [one, two] = ['1', '2'].map((digit) => `whsec_${Buffer.alloc(32, digit).toString('base64')}`);
  const first = await joining.join('worker', { INVOQ_CALLBACK_SECRET: one });
  expect((await readiness(first)).status).toBe(200);
  const changing = await joining.join('worker', { INVOQ_CALLBACK_SECRET: `${two},${one}` });
  expect((await readiness(changing)).status).toBe(200);
  const other = await joining.join('worker', { INVOQ_CALLBACK_SECRET: two });
  const { status, text } = await readiness(other);
  expect(status).toBe(503);
  expect(text).toMatch(/INVOQ_CALLBACK_SECRET is fingerprint \S+ here and fingerprint \S+ at/);
  for (const secret of [one, two]) expect(text).not.toContain(secret.slice(6));
  expect(said(other, 'refusing')).toEqual([]);
}, 60_000);

it('a worker without a function for its queues is not ready, and becomes so when one is written', async () => {
  const { mkdtempSync, writeFileSync } = await import('node:fs');
  const folder = mkdtempSync(`${stack.data}/empty-`);
  const worker = await joining.join('worker', { INVOQ_FUNCTIONS: folder, INVOQ_WATCH: 'true' });
  expect(await readiness(worker)).toMatchObject({
    status: 503,
    text: expect.stringContaining(
      `There is no function to serve: INVOQ_FUNCTIONS=${folder} has none of queue default.`,
    ),
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(stack.apis[0])));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  writeFileSync(`${folder}/add.js`, 'exports.main = ({ a, b }) => a + b;');
  await until('it is ready', async () => (await readiness(worker)).status === 200, LIMIT_MS);
}, 60_000);
