/** Calls that a worker takes beyond its slots while calls are short, and what becomes of them when long ones come. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@invoq/client/client';
import type { Submission } from '@invoq/client/submission';
import type { App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';

const SLOTS = 2;
const CALLERS = 24;
const SHORT_ASYNC = 400;
const LONG_MS = 4_000;
const TIMEOUT_MS = 10_000;
/** On a busy machine calls may not be short. */
const ROUNDS = 8;
const SETTINGS = { INVOQ_SLOTS: `sync=${SLOTS},async=${SLOTS},nested=1`, INVOQ_LEASE: '1500ms', LOG_LEVEL: 'debug' };

interface Answer {
  status: number;
  body: { requestID: string; data: { attempt: number; began: number; ended: number }; error?: { type: string } };
}

const starts = new Starts();
const longs = join(scratchDir('long'), 'longs');
let stack: Stack;
/** Takes calls ahead. */
let worker: App;
/** Has slots for all long ones. */
let other: App;

beforeAll(async () => {
  const functions = {
    'functions.json': { functions: { marks: { timeoutMs: { sync: TIMEOUT_MS } } } },
    'marks.js': `exports.main = async (event, context) => { ${starts.statement()}
      const began = Date.now();
      if (event.ms) {
        require('node:fs').appendFileSync(${JSON.stringify(longs)}, '.');
        await new Promise((r) => setTimeout(r, event.ms));
      }
      return { attempt: context.attempt, began, ended: Date.now() } }`,
  };
  stack = await startStack({ functions, workers: 0, env: SETTINGS });
  other = await stack.addWorker({ INVOQ_SLOTS: 'sync=16,async=16,nested=1' });
}, 60_000);
beforeEach(async () => {
  worker = await stack.addWorker();
}, 60_000);
afterEach(async () => {
  other.process.thaw();
  await worker.stop();
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const call = (ms: number): Promise<Answer> =>
  stack.http.post('/v1/functions/marks/invocations', { data: { ms }, timeoutMs: TIMEOUT_MS });
/** Long calls that were started. */
const runningLong = (): number => (existsSync(longs) ? readFileSync(longs, 'utf8').length : 0);
const handedBack = (): number =>
  worker.process.entries().filter(({ msg }) => String(msg).startsWith('handed back: taken ahead')).length;

interface Flood {
  short: Promise<Answer[]>;
  long: Promise<Answer[]>;
}

/** Short calls to one worker alone; then long ones among them, all at once. Resolves when these have begun. */
async function shortThenLong(longCalls: number): Promise<Flood> {
  other.process.freeze();
  const short: Answer[] = [];
  let over = false;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!over) short.push(await call(0));
  });
  await until('short calls were served', () => short.length >= 40 * CALLERS, 30_000);
  over = true;
  const before = runningLong();
  const long = Promise.all(Array.from({ length: longCalls }, () => call(LONG_MS)));
  await until('the slots are taken', () => runningLong() >= before + SLOTS, 10_000);
  return { short: Promise.all(callers).then(() => short), long };
}

function expectOneStartEach(answers: Answer[]): void {
  const counts = new Map<string, number>();
  for (const { requestID } of starts.read()) counts.set(requestID, (counts.get(requestID) ?? 0) + 1);
  for (const { status, body } of answers) {
    expect({ status, body, starts: counts.get(body.requestID) }).toMatchObject({
      status: 200,
      body: { data: { attempt: 1 } },
      starts: 1,
    });
  }
}

/** Rounds in which long calls were taken ahead, one at least. */
async function rounds(round: () => Promise<void>): Promise<void> {
  for (let n = 0; n < ROUNDS && handedBack() === 0; n++) await round();
  expect(handedBack()).toBeGreaterThan(0);
}

it('long calls that were taken ahead run on another worker, at once, and each call is started once', async () => {
  await rounds(async () => {
    const { short, long } = await shortThenLong(3 * SLOTS);
    other.process.thaw();
    const answers = await long;
    expectOneStartEach([...(await short), ...answers]);
    // They all ran at the same time, on both workers.
    const firstEnd = Math.min(...answers.map(({ body }) => body.data.ended));
    for (const { body } of answers) expect(body.data.began).toBeLessThan(firstEnd);
  });
}, 180_000);

it('a worker that is told to stop loses none of them', async () => {
  const { short, long } = await shortThenLong(3 * SLOTS);
  worker.process.signal('SIGTERM');
  other.process.thaw();
  expectOneStartEach([...(await short), ...(await long)]);
}, 90_000);

it('when the worker is killed, each caller is answered in time, and no call is started twice', async () => {
  const { short, long } = await shortThenLong(3 * SLOTS);
  await worker.process.kill();
  const killedAt = Date.now();
  other.process.thaw();
  const answers = [...(await short), ...(await long)];
  expect(Date.now() - killedAt).toBeLessThan(TIMEOUT_MS + 1_000);
  const lost = answers.filter(({ body }) => body.error?.type === 'WORKER_LOST');
  expect(lost.length).toBeLessThanOrEqual(2 * SLOTS);
  for (const { body } of lost) expect(starts.of(body.requestID).length).toBeLessThanOrEqual(1);
  expectOneStartEach(answers.filter((answer) => !lost.includes(answer)));
}, 90_000);

it('short async calls are taken ahead too, and long ones behind them run on another worker, each started once', async () => {
  const client = createClient({ url: stack.url });
  await rounds(async () => {
    other.process.freeze();
    const before = runningLong();
    const lengths = [
      ...Array.from({ length: SHORT_ASYNC }, () => 0),
      ...Array.from({ length: 3 * SLOTS }, () => LONG_MS),
    ];
    const calls = (await client.submitAll('marks', lengths.map((ms) => ({ ms })))) as Submission<Answer['body']['data']>[]; // prettier-ignore
    await until('the slots have long calls', () => runningLong() >= before + SLOTS, 30_000);
    other.process.thaw();
    const results = await Promise.all(calls.map((each) => each.result({ wait: 60_000 })));
    expect(results.map(({ attempt }) => attempt)).toEqual(calls.map(() => 1));
    for (const { requestID } of calls) expect(starts.of(requestID)).toHaveLength(1);
    const long = results.slice(SHORT_ASYNC);
    // They all ran at the same time, on both workers.
    const firstEnd = Math.min(...long.map(({ ended }) => ended));
    for (const { began } of long) expect(began).toBeLessThan(firstEnd);
  });
}, 180_000);
