/** Processes that keep large fields and results in different places: what one keeps the other could not read, and it says so. */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listeningApp, type App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { Joining, readiness, said } from './joining';

const LIMIT_MS = 20_000;
const DIFFERS = /INVOQ_BLOBS is folder \S+ here and folder \S+ at \S+ \(pid \d+\), which was there first/;

let stack: Stack;
const joining = new Joining(() => stack);

beforeAll(async () => {
  stack = await startStack({ functions: { 'add.js': 'exports.main = ({ a, b }) => a + b;' } });
}, 60_000);

afterAll(async () => {
  await joining.stop();
  await stack.stop();
}, 60_000);

const call = (app: App) => app.http.post('/v1/functions/add/invocations', { data: { a: 1, b: 2 } });

interface Worker {
  pid: number;
  state: string;
  differs?: string[];
}
const workers = async (): Promise<Worker[]> => (await stack.http.get('/v1/workers')).body.data.workers;

it('a worker says so in its log, in /readyz and in the list of workers, and calls go on', async () => {
  const place = scratchDir('other-blobs');
  const worker = await joining.join('worker', { INVOQ_BLOBS: place });
  const { status, text } = await readiness(worker);
  expect(status).toBe(503);
  expect(text).toMatch(DIFFERS);
  expect(text).not.toContain(place);
  expect(said(worker, 'disagrees')).toEqual([expect.stringMatching(DIFFERS)]);
  expect(said(worker, 'refusing')).toEqual([]);
  const entry = await until(
    'the list says so',
    async () => (await workers()).find(({ pid, differs }) => pid === worker.process.pid && differs),
    LIMIT_MS,
  );
  expect(entry).toMatchObject({ state: 'ready', differs: [expect.stringMatching(DIFFERS)] });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(stack.apis[0])));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // Those that were there first have nothing to say.
  const first = (await workers()).find(({ pid }) => pid === stack.workers[0].process.pid);
  expect(first).not.toHaveProperty('differs');
}, 60_000);

it('an API says so as well, and serves', async () => {
  const api = await joining.join('api', { INVOQ_DATA: scratchDir('other-data') });
  expect(await readiness(api)).toMatchObject({ status: 503, text: expect.stringMatching(DIFFERS) });
  expect(said(api, 'disagrees')).toEqual([expect.stringMatching(DIFFERS)]);
  expect((await call(api)).body).toMatchObject({ code: 0, data: 3 });
}, 60_000);

it('one folder is one place, by whatever path it is reached', async () => {
  const link = join(scratchDir('link'), 'blobs');
  mkdirSync(join(stack.data, 'blobs'), { recursive: true });
  symlinkSync(join(stack.data, 'blobs'), link);
  const worker = await joining.join('worker', { INVOQ_BLOBS: `file://${link}` });
  expect((await readiness(worker)).status).toBe(200);
}, 60_000);

it('a folder that is emptied while they run is one place again', async () => {
  const folder = scratchDir('emptied');
  const functions = stack.functions;
  const own = await startStack({ functions, env: { INVOQ_BLOBS: folder } });
  for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
  const late = await listeningApp('worker', { ...own.settings(), WORKER_PORT: '0' });
  // The others look again every half minute.
  await until('they agree', async () => (await readiness(late)).status === 200, 50_000);
  await late.stop();
  await own.stop();
}, 90_000);

it('buckets are told apart by endpoint, name and prefix', async () => {
  const keys = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };
  // Nobody listens there: which place it is does not depend on it.
  const at = (rest: string) => ({ ...keys, INVOQ_BLOBS: `s3://blobs/${rest}?endpoint=http://127.0.0.1:9` });
  const own = await startStack({ functions: stack.functions, env: at('house') });
  const same = await listeningApp('worker', { ...own.settings(), ...at('house/'), WORKER_PORT: '0' });
  expect((await readiness(same)).status).toBe(200);
  const other = await listeningApp('worker', { ...own.settings(), ...at('shed'), WORKER_PORT: '0' });
  const { status, text } = await readiness(other);
  expect(status).toBe(503);
  expect(text).toMatch(/INVOQ_BLOBS is bucket \S+ here and bucket \S+ at/);
  expect(text).not.toContain('127.0.0.1:9');
  await Promise.all([same.stop(), other.stop()]);
  await own.stop();
}, 90_000);
