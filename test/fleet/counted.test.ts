/** GET /v1/stats: every call that ended is counted once, by whoever wrote its end, and an env sees its own alone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type InvoqClient } from '@invoq/client/client';
import type { Stats } from '@invoq/contract/operations/stats';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
const INTERVAL_MS = 300;
const SECRET = 'a-secret-of-sixteen-or-more';
const WAITS = 'exports.main = ({ ms = 1 }) => new Promise((done) => setTimeout(done, ms, ms));';
const FAILS = 'exports.main = () => { throw new Error("no"); };';

let stack: Stack;
let all: InvoqClient;
let shop: InvoqClient;
let bank: InvoqClient;

beforeAll(async () => {
  const key = (id: string, envs: string[]) => ({ id, secret: SECRET, envs, scopes: ['invoke', 'read', 'admin'] });
  const keys = join(scratchDir('keys'), 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [key('all', ['*']), key('shop', ['shop']), key('bank', ['bank'])] }));
  const functions = {
    'waits.js': WAITS,
    'fails.js': FAILS,
    'tries.js': FAILS,
    'slow.js': WAITS,
    'held.js': WAITS,
    'functions.json': {
      functions: {
        tries: { retry: { attempts: 3, backoff: 'fixed', delayMs: 100 } },
        slow: { timeoutMs: { sync: 300, async: 300 } },
      },
    },
  };
  const other = { 'waits.js': WAITS };
  stack = await startStack({
    functions: `shop=${writeFunctions(functions)},bank=${writeFunctions(other)}`,
    env: {
      INVOQ_KEYS_FILE: keys,
      INVOQ_PARTITIONS: '3',
      INVOQ_STATS_INTERVAL: `${INTERVAL_MS}ms`,
    },
    workers: 2,
    apis: 2,
  });
  const as = (id: string, api = 0) => createClient({ url: stack.apis[api].url, key: `${id}.${SECRET}`, retry: false });
  [all, shop, bank] = [as('all'), as('shop', 1), as('bank')];
}, 90_000);

afterAll(() => stack.stop(), 60_000);

/** Until as many calls are counted; more would be one that was counted twice. */
async function counted(total: number, read: () => Promise<Stats>): Promise<Stats> {
  await until('all calls are counted', async () => (await read()).totals.calls.total >= total, LIMIT_MS);
  // Whatever would come too late, or twice, has come by now.
  await new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS));
  return read();
}

const ended = (client: InvoqClient, ids: string[]) =>
  until('all have ended', async () => (await client.lookup(ids)).invocations.every((one) => one.finishedAt), LIMIT_MS);

it('each end is counted once: by workers, by retries, by APIs and the sweeper, over all partitions', async () => {
  // Sandboxes that start take the machine; sync calls come once they stand, as what is counted here is no matter of speed.
  const many = await shop.submitAll(
    'waits',
    Array.from({ length: 400 }, () => ({ ms: 1 })),
  );
  await ended(shop, many.map((one) => (one as { requestID: string }).requestID)); // prettier-ignore
  for (let group = 0; group < 6; group++)
    await Promise.all(Array.from({ length: 10 }, () => shop.invoke('waits', { ms: 1 })));
  const failing = Array.from({ length: 20 }, () => shop.invoke('fails').catch(() => undefined));
  const tried = await Promise.all(Array.from({ length: 5 }, () => shop.submit('tries')));
  const slow = await Promise.all(Array.from({ length: 4 }, () => shop.submit('slow', { ms: 5_000 })));
  await Promise.all(failing);
  await shop.functions.pause('held');
  const waiting = await Promise.all(Array.from({ length: 6 }, () => shop.submit('held')));
  await Promise.all(waiting.map(({ requestID }) => shop.cancel(requestID)));
  await shop.functions.resume('held');
  const running = await shop.submit('waits', { ms: 20_000 });
  await until('it runs', async () => (await running.get()).status === 'running', LIMIT_MS);
  await running.cancel();
  const ids = [...many, ...tried, ...slow, running].map((one) => (one as { requestID: string }).requestID);
  await ended(shop, ids);

  const stats = await counted(496, () => shop.stats({ by: 'function' }));
  expect(stats.totals.calls).toEqual({
    succeeded: 460, failed: 25, timedOut: 4, crashed: 0, expired: 0, cancelled: 7, lost: 0, total: 496,
  }); // prettier-ignore
  const of = (name: string) => stats.functions!.find((one) => one.function === name)!.calls;
  expect(of('waits')).toMatchObject({ succeeded: 460, cancelled: 1, total: 461 });
  expect(of('fails')).toMatchObject({ failed: 20, total: 20 });
  expect(of('tries')).toMatchObject({ failed: 5, total: 5 });
  expect(of('slow')).toMatchObject({ timedOut: 4, total: 4 });
  expect(of('held')).toMatchObject({ cancelled: 6, total: 6 });
  expect(stats.functions!.find((one) => one.function === 'held')!.runMs).toBeNull();
  expect(stats.others.calls.total).toBe(0);
  expect(stats.points.reduce((sum, { calls }) => sum + calls.total, 0)).toBe(496);
}, 120_000);

it('an env sees its own calls alone, counts included; a key of every env sees all of them, or one env', async () => {
  await Promise.all(Array.from({ length: 15 }, () => bank.invoke('waits', {})));
  const [own, whole, one] = await Promise.all([
    counted(15, () => bank.stats({ by: 'function' })),
    counted(15, () => all.stats({ by: 'function' })),
    counted(15, () => all.stats({ env: 'bank', function: 'waits' })),
  ]);
  expect(own).toMatchObject({ env: 'bank', function: null, totals: { calls: { total: 15 } } });
  expect(own.functions!.map(({ env, function: name }) => `${env}/${name}`)).toEqual(['bank/waits']);
  expect(one).toMatchObject({ env: 'bank', function: 'waits', totals: { calls: { succeeded: 15, total: 15 } } });
  const inShop = (await shop.stats()).totals.calls.total;
  expect(whole).toMatchObject({ env: null, totals: { calls: { total: inShop + 15 } } });
  expect(whole.functions!.map(({ env }) => env)).toEqual(expect.arrayContaining(['shop', 'bank']));
  const asked = (query: string, id: string) =>
    stack.http.request(`/v1/stats?${query}`, { headers: { authorization: `Bearer ${id}.${SECRET}` } });
  expect((await asked('env=shop', 'bank')).status).toBe(403);
  expect((await asked('env=*', 'bank')).status).toBe(403);
  expect((await asked('env=bank', 'bank')).status).toBe(200);
  expect((await asked('env=*', 'all')).body.data.totals).toEqual(whole.totals);
  // A function of another env with the same name.
  expect((await bank.stats({ function: 'fails' })).totals.calls.total).toBe(0);
}, 60_000);

it('percentiles are within 5 % of what the records say, and the longest is exact', async () => {
  const lengths = Array.from({ length: 120 }, (_, i) => 5 + i * 2);
  const handed = await bank.submitAll(
    'waits',
    lengths.map((ms) => ({ ms })),
  );
  const ids = handed.map((one) => (one as { requestID: string }).requestID);
  await ended(bank, ids);
  const before = 15;
  const stats = await counted(before + ids.length, () => bank.stats({ function: 'waits' }));
  const records = await all.list({ env: 'bank', function: 'waits', limit: 100 });
  const more = await all.list({ env: 'bank', function: 'waits', limit: 100, cursor: records.cursor! });
  const waits = [...records.invocations, ...more.invocations].map(({ queueMs }) => queueMs).sort((a, b) => a - b);
  expect(waits).toHaveLength(before + ids.length);
  const exact = (share: number) => waits[Math.ceil(share * waits.length) - 1];
  const { waitMs, runMs } = stats.totals;
  expect(waitMs!.max).toBe(exact(1));
  for (const [name, share] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const)
    expect(Math.abs(waitMs![name] - exact(share))).toBeLessThanOrEqual(Math.max(0.5, 0.05 * exact(share)));
  // Runs take a little longer than the function waits.
  expect(runMs!.max).toBeGreaterThanOrEqual(243);
  expect(runMs!.p50).toBeGreaterThan(0.95 * 100);
}, 90_000);

it('what the platform ends is counted: calls too late to start, and those that died with their worker', async () => {
  const stack = await startStack({
    functions: { 'waits.js': WAITS, 'functions.json': { functions: { waits: { queue: 'q' } } } },
    env: {
      INVOQ_QUEUES: 'q', INVOQ_STATS_INTERVAL: '300ms', INVOQ_LEASE: '1s', INVOQ_MAX_QUEUE_AGE: '2s', INVOQ_SLOTS: 'sync=1,async=1',
    }, // prettier-ignore
  });
  const invoq = createClient({ url: stack.url, retry: false });
  await invoq.invoke('waits', {});
  await counted(1, () => invoq.stats());
  // It holds the only slot, and dies with its worker; those behind it wait in vain.
  const lost = invoq.invoke('waits', { ms: 4_000 }).catch((error: unknown) => error);
  await until('it runs', async () => (await invoq.list({ status: 'running' })).invocations.length === 1, LIMIT_MS);
  const behind = invoq.invoke('waits', {}, { timeoutMs: 1_000 }).catch((error: unknown) => error);
  await stack.workers[0].process.kill();
  // Nobody knows of its death yet.
  const async = await invoq.submit('waits', {});
  expect(await behind).toMatchObject({ type: 'EXPIRED' });
  expect(await lost).toMatchObject({ type: 'WORKER_LOST' });
  await async.result({ wait: LIMIT_MS }).catch(() => undefined);
  const { totals } = await counted(4, () => invoq.stats({ function: 'waits' }));
  expect(totals.calls).toMatchObject({ succeeded: 1, expired: 2, lost: 1, total: 4 });
  expect(totals.waitMs!.max).toBeGreaterThanOrEqual(1_900);
  await stack.stop();
}, 120_000);
