/** What operators do to many calls while the system works: purge, cancel and replay in bulk, replay of one, and the log of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type InvoqClient } from '@invoq/client/client';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
const SECRET = 'a-secret-of-sixteen-or-more';
const NOBODY = '00000000-0000-4000-8000-000000000000';
/** Each run leaves a line: nothing runs twice. */
const RUNS = `const { appendFileSync } = require('node:fs');
exports.main = async ({ n, ms = 5, fails }) => {
  appendFileSync(process.env.RUNS, n + '\\n');
  await new Promise((done) => setTimeout(done, ms));
  if (fails) throw new Error('it fails');
  return n;
};`;

let stack: Stack;
let all: InvoqClient;
let prod: InvoqClient;
let staging: InvoqClient;
/** Without the scope admin. */
let program: InvoqClient;

beforeAll(async () => {
  const key = (id: string, envs: string[]) => ({ id, secret: SECRET, envs, scopes: ['invoke', 'read', 'admin'] });
  const keys = join(scratchDir('keys'), 'keys.json');
  const scopes = ['invoke', 'read'];
  const list = [key('all', ['*']), key('prod', ['prod']), key('staging', ['staging'])].concat([
    { ...key('program', ['prod']), scopes },
  ]);
  writeFileSync(keys, JSON.stringify({ keys: list }));
  const runs = join(scratchDir('runs'), 'runs');
  writeFileSync(runs, '');
  const folder = () =>
    writeFunctions({
      'runs.js': RUNS,
      'few.js': RUNS,
      'functions.json': { environment: { RUNS: runs }, functions: { few: { concurrency: 1 } } },
    });
  stack = await startStack({
    functions: `prod=${folder()},staging=${folder()}`,
    env: { INVOQ_KEYS_FILE: keys, INVOQ_SLOTS: 'sync=1,async=2,nested=1' },
    apis: 2,
  });
  const as = (id: string, env: string, n = 0) =>
    createClient({ url: stack.apis[n].url, key: `${id}.${SECRET}`, env, retry: false });
  all = as('all', 'prod');
  prod = as('prod', 'prod');
  staging = as('staging', 'staging', 1);
  program = as('program', 'prod');
}, 90_000);

afterAll(() => stack.stop(), 60_000);

const asyncLane = async (client: InvoqClient) =>
  (await client.queues.list()).find(({ queue }) => queue === 'default')!.lanes.find(({ lane }) => lane === 'async')!;

/** To its end. */
async function purged(client: InvoqClient): Promise<number> {
  let cursor: string | null = null;
  let done = 0;
  do {
    const step: { done: number; cursor: string | null } = await client.queues.purge('default', {
      cursor,
      reason: 'a test',
    });
    done += step.done;
    cursor = step.cursor;
  } while (cursor !== null);
  return done;
}

it('counts what a new slot could start apart from what is held back, each key its own calls', async () => {
  await all.queues.pause('default');
  const ours = await prod.submitAll(
    'runs',
    Array.from({ length: 5 }, () => ({ n: 'held' })),
  );
  const theirs = await staging.submitAll(
    'runs',
    Array.from({ length: 3 }, () => ({ n: 'held' })),
  );
  expect(await asyncLane(all)).toMatchObject({ depth: 0, held: 8, oldestAgeMs: 0, running: 0, slots: 2, workers: 1 });
  expect(await asyncLane(prod)).toMatchObject({ depth: 0, held: 5 });
  expect(await staging.queues.load('default')).toEqual({ depth: 0, held: 3, oldestAgeMs: 0, slots: 2 });
  await all.queues.resume('default');
  for (const [client, calls] of [
    [prod, ours],
    [staging, theirs],
  ] as const)
    for (const one of calls) await client.result((one as { requestID: string }).requestID, { wait: LIMIT_MS });
  const busy = await prod.submitAll(
    'few',
    Array.from({ length: 4 }, () => ({ n: 'few', ms: 400 })),
  );
  const { held, depth } = await prod.queues.load('default');
  expect(held + depth).toBeLessThanOrEqual(4);
  expect(depth).toBeLessThanOrEqual(1);
  for (const one of busy) await prod.result((one as { requestID: string }).requestID, { wait: LIMIT_MS });
}, 60_000);

it('two operators purge under load: each call ends once, cancelled or run, and none is lost', async () => {
  const data = Array.from({ length: 400 }, (_, i) => ({ n: `purge-${i}`, ms: 10 }));
  const calls = (await prod.submitAll('runs', data)) as { requestID: string }[];
  const dry = await all.queues.purge('default', { dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, done: 0, refused: {} });
  expect(dry.matched).toBeGreaterThan(100);
  const other = createClient({ url: stack.apis[1].url, key: `all.${SECRET}`, env: 'prod', retry: false });
  const counts = await Promise.all([purged(all), purged(other)]);
  const ended = await until(
    'all have ended',
    async () => {
      const records = await Promise.all(calls.map(({ requestID }) => prod.get(requestID)));
      return records.every(({ status }) => status === 'cancelled' || status === 'succeeded') ? records : undefined;
    },
    LIMIT_MS,
  );
  const cancelled = ended.filter(({ status }) => status === 'cancelled');
  // Whoever was second to ask for the same call is told the same: it is cancelled.
  expect(counts[0] + counts[1]).toBeGreaterThanOrEqual(cancelled.length);
  expect(cancelled.length).toBeGreaterThan(100);
  expect(cancelled.every(({ attempt }) => attempt === 0)).toBe(true);
  expect(ended.filter(({ status }) => status === 'succeeded').every(({ attempt }) => attempt === 1)).toBe(true);
}, 60_000);

it('a bulk cancel concerns the calls of the key’s env alone, by function and status', async () => {
  await all.queues.pause('default');
  const mine = (await prod.submitAll('runs', [{ n: 1 }, { n: 2 }])) as { requestID: string }[];
  const few = await prod.submit('few', { n: 3 });
  const theirs = await staging.submit('runs', { n: 4 });
  const filter = { function: 'runs', status: ['queued' as const] };
  expect(await prod.invocations.bulk({ action: 'cancel', filter, dryRun: true })).toMatchObject({
    matched: 2,
    done: 0,
  });
  expect(await prod.invocations.bulk({ action: 'cancel', filter })).toMatchObject({
    matched: 2,
    done: 2,
    cursor: null,
  });
  for (const { requestID } of mine) expect((await prod.get(requestID)).status).toBe('cancelled');
  await all.queues.resume('default');
  await few.result({ wait: LIMIT_MS });
  await staging.result(theirs.requestID, { wait: LIMIT_MS });
}, 60_000);

it('a bulk replay does each dead letter once, whoever else asks at the same time', async () => {
  const data = Array.from({ length: 20 }, (_, i) => ({ n: `dead-${i}`, fails: true }));
  const calls = (await prod.submitAll('runs', data)) as { requestID: string }[];
  for (const { requestID } of calls) await prod.result(requestID, { wait: LIMIT_MS }).catch(() => undefined);
  const bulk = { action: 'replay' as const, filter: { function: 'runs' } };
  expect(await prod.invocations.bulk({ ...bulk, dryRun: true })).toMatchObject({ matched: 20, done: 0 });
  const [one, other] = await Promise.all([prod.invocations.bulk(bulk), prod.invocations.bulk(bulk)]);
  expect(one.done + other.done).toBe(20);
  expect(one.cursor).toBeNull();
}, 60_000);

it('replays one call that has ended, with its data; what has none says so', async () => {
  const failed = await prod.submit('runs', { n: 'again', fails: true });
  await failed.result({ wait: LIMIT_MS }).catch(() => undefined);
  expect((await prod.get(failed.requestID, { data: true })).data).toEqual({ n: 'again', fails: true });
  const { requestID, replayOf } = await prod.invocations.replay(failed.requestID);
  expect(replayOf).toBe(failed.requestID);
  expect((await prod.get(requestID)).replayOf).toBe(failed.requestID);
  await expect(staging.invocations.replay(failed.requestID)).rejects.toMatchObject({ type: 'INVOCATION_NOT_FOUND' });
  const fine = await prod.submit('runs', { n: 'fine' });
  await fine.result({ wait: LIMIT_MS });
  await expect(prod.invocations.replay(fine.requestID)).rejects.toMatchObject({ type: 'NOT_REPLAYABLE', status: 409 });
  expect((await prod.get(fine.requestID, { data: true })).data).toBeUndefined();
}, 60_000);

it('the audit log says who changed what, when and why, to keys of every env', async () => {
  await prod.functions.pause('few', { reason: 'why not' });
  await prod.functions.resume('few');
  const { entries } = await all.audit.list({ limit: 2 });
  expect(entries).toMatchObject([
    { action: 'function.resume', target: 'few', env: 'prod', keyID: 'prod' },
    { action: 'function.pause', target: 'few', env: 'prod', keyID: 'prod', reason: 'why not' },
  ]);
  const purges = await all.audit.list({ action: 'queue.purge' });
  expect(purges.entries[0]).toMatchObject({ keyID: 'all', target: 'default', reason: 'a test' });
  const { cursor } = await all.audit.list({ limit: 1 });
  expect((await all.audit.list({ limit: 1, cursor: cursor! })).entries[0].id).toBe(entries[1].id);
  await expect(prod.audit.list()).rejects.toMatchObject({ type: 'FORBIDDEN' });
}, 60_000);

it('the audit log has what an operator does to single calls, letters, schedules and functions; not what programs do', async () => {
  const newest = async (limit: number) =>
    (await all.audit.list({ limit })).entries.map(({ action, target, env, keyID, details }) => ({
      action,
      target,
      env,
      keyID,
      details,
    }));
  const [before] = (await all.audit.list({ limit: 1 })).entries;
  await all.queues.pause('default');
  const waiting = await prod.submit('runs', { n: 'audited' });
  // A program cancels what it has submitted: its key has no scope admin.
  const own = await program.submit('runs', { n: 'its own' });
  await program.cancel(own.requestID);
  await prod.cancel(waiting.requestID);
  await all.queues.resume('default');
  const failed = await prod.submit('runs', { n: 'audited', fails: true });
  const letter = await prod.submit('runs', { n: 'audited', fails: true });
  for (const one of [failed, letter]) await one.result({ wait: LIMIT_MS }).catch(() => undefined);
  const { requestID } = await prod.invocations.replay(failed.requestID);
  await prod.deadLetters('runs').replay([letter.requestID]);
  await prod.deadLetters('runs').purge([letter.requestID]);
  await prod.schedules.put('nightly', { function: 'runs', cron: '0 3 * * *' });
  await prod.schedules.pause('nightly');
  await prod.schedules.resume('nightly');
  await prod.schedules.delete('nightly');
  await expect(prod.cancel(NOBODY)).rejects.toMatchObject({ type: 'INVOCATION_NOT_FOUND' });
  const by = { env: 'prod', keyID: 'prod' };
  const pause = { target: 'default', keyID: 'all' };
  expect(await newest(10)).toEqual([
    { action: 'schedule.delete', target: 'nightly', ...by },
    { action: 'schedule.resume', target: 'nightly', ...by },
    { action: 'schedule.pause', target: 'nightly', ...by },
    { action: 'schedule.put', target: 'nightly', ...by, details: { function: 'runs' } },
    { action: 'deadLetters.purge', target: 'runs', ...by, details: { purged: 0 } },
    { action: 'deadLetters.replay', target: 'runs', ...by, details: { done: 1, refused: 0 } },
    { action: 'invocation.replay', target: failed.requestID, ...by, details: { requestID } },
    { action: 'queue.resume', ...pause },
    { action: 'invocation.cancel', target: waiting.requestID, ...by, details: { status: 'cancelled' } },
    { action: 'queue.pause', ...pause },
  ]);
  const { entries } = await all.audit.list({ limit: 11 });
  expect(entries[10].id).toBe(before.id);
}, 60_000);
