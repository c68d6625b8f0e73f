/** Taking workers out of service: under load, alone, for good, with Redis away, and by two operators at once. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type InvoqClient } from '@invoq/client/client';
import type { WorkerView } from '@invoq/client/index';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { fleetKey, orderKey } from '@invoq/store/keys/keys';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { EXIT } from '../../apps/cli/exit-codes';
import { invoq } from '../cli/invoq';
import { Stand } from '../failures/stand';
import type { App } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';

const LIMIT_MS = 20_000;
/** A drain is in force within a second; the rest is for a busy machine. */
const IN_FORCE_MS = 1_500;
const CALLERS = 6;

let stand: Stand;
let client: InvoqClient;

beforeAll(async () => {
  stand = await Stand.start({ apis: 2, workers: 2, slots: 'sync=2,async=2,nested=1' });
  client = createClient({ url: stand.apis[0].url, retry: false });
}, 90_000);

afterAll(() => stand.redis.stop(), 60_000);
afterAll(() => stand.stack.stopApps(), 60_000);

async function viewOf({ process: { pid } }: App): Promise<WorkerView> {
  return (await client.workers.list()).find((each) => each.pid === pid)!;
}

function stateIs(worker: App, state: string): Promise<true> {
  return until(
    `worker ${worker.process.pid} is ${state}`,
    async () => (await viewOf(worker)).state === state,
    LIMIT_MS,
  ) as Promise<true>;
}

async function lineOf(name: string, data: object): Promise<string> {
  return ((await stand.caller.async(name, data))?.body as { requestID: string }).requestID;
}

/** As the registry has it after some seconds without a worker. */
async function isUnserved(name: string): Promise<void> {
  const functions = new FunctionStore(stand.store);
  const entry = (await functions.entry('default', name))!;
  await functions.swap('default', name, entry, { ...entry.published, unservedSince: Date.now() - 1_000 });
}

/** One that is at work until `letGo` is called. */
async function held(): Promise<{ requestID: string; letGo(): void }> {
  const file = join(scratchDir('gate'), 'open');
  const requestID = await lineOf('waitsForFile', { file });
  await until('it runs', () => stand.starts.of(requestID).length === 1, LIMIT_MS);
  return { requestID, letGo: () => writeFileSync(file, '') };
}

it('under load: drained, resumed, and ended for good, a worker loses nothing and runs nothing twice', async () => {
  const [first, second] = stand.workers;
  const traffic = { over: false };
  const callers = Array.from({ length: CALLERS }, async (_, who) => {
    for (let n = 0; !traffic.over; n++) {
      const url = stand.apis[(who + n) % 2].url;
      await stand.caller.call(url, 'takes', { ms: 40, n }, { sync: n % 3 === 0, key: `load-${who}-${n}` });
      await sleep(15);
    }
  });
  try {
    await sleep(500);
    const { id } = await viewOf(first);
    expect(await client.workers.drain(id, { reason: 'new kernel' })).toMatchObject({ id, wanted: 'drain' });
    await stateIs(first, 'drained');
    const before = (await viewOf(first)).busy;
    expect(before).toEqual([]);
    const started = stand.starts.read().length;
    await until('the other one goes on', () => stand.starts.read().length > started + 20, LIMIT_MS);
    expect(await viewOf(first)).toMatchObject({ state: 'drained', wanted: 'drain', busy: [] });
    const { slots } = await client.queues.load('default');
    expect(slots).toBe(2);
    expect((await first.http.get('/readyz')).status).toBe(503);

    expect(await client.workers.resume(id)).toEqual({ id, state: 'ready', wanted: 'take' });
    expect((await first.http.get('/readyz')).status).toBe(200);
    await until('it is at work again', async () => ((await viewOf(first)).busy?.length ?? 0) > 0, LIMIT_MS);

    second.process.mayDie();
    const other = await viewOf(second);
    expect(await client.workers.drain(other.id, { exit: true })).toMatchObject({ wanted: 'exit' });
    expect(await second.process.exited).toEqual({ code: 0, signal: null });
    await expect(client.workers.drain(other.id)).rejects.toMatchObject({ type: 'WORKER_NOT_FOUND', status: 404 });
    await sleep(300);
  } finally {
    traffic.over = true;
    await Promise.all(callers);
  }
  const refused = stand.ledger.read().filter(({ what }) => what === 'refused' || what === 'broken');
  expect(refused).toEqual([]);
  await stand.verdict('a worker drained and resumed, another one drained and ended', { starts: { async: 1, sync: 1 } });
  const { entries } = await client.audit.list({ limit: 10 });
  expect(entries.map(({ action, reason, details }) => ({ action, reason, details }))).toEqual([
    { action: 'worker.drain', reason: undefined, details: { exit: true } },
    { action: 'worker.resume', reason: undefined, details: undefined },
    { action: 'worker.drain', reason: 'new kernel', details: { exit: false } },
  ]);
}, 60_000);

it('the only worker drained: sync calls hear NO_WORKER at once, those in the line too; async calls wait', async () => {
  const [worker] = stand.workers;
  const { id } = await viewOf(worker);
  const running = [await held(), await held()];
  const running2 = [stand.caller.sync('takes', { ms: 4_000, n: 1 }), stand.caller.sync('takes', { ms: 4_000, n: 2 })];
  // Records tell at once. A heartbeat tells a second or two later, when most of their four seconds may be over.
  await until(
    'all slots are taken',
    async () => (await client.list({ function: 'takes', status: 'running' })).invocations.length === 2,
    LIMIT_MS,
  );
  const inLine = stand.caller.sync('adds', { x: 1, y: 1 });
  await until(
    'one stands in the line',
    async () => (await client.list({ function: 'adds', status: 'queued' })).invocations.length === 1,
    LIMIT_MS,
  );
  expect(await client.workers.drain(id)).toEqual({ id, state: 'draining', wanted: 'drain' });
  const refusal = { status: 503, body: { error: { type: 'NO_WORKER', started: false, retryable: true } } };
  for (const { url } of stand.apis) {
    const asked = () => stand.caller.call(url, 'adds', { x: 1, y: 2 }, { sync: true });
    await until('every API refuses', async () => (await asked())?.status === 503, IN_FORCE_MS);
    expect(await asked()).toMatchObject(refusal);
  }
  expect(await inLine).toMatchObject(refusal);
  const waiting = await lineOf('adds', { x: 2, y: 3 });
  expect((await Promise.all(running2)).map((answer) => answer?.status)).toEqual([200, 200]);
  expect((await viewOf(worker)).state).toBe('draining');
  const scaled = await client.queues.load('default');
  expect(scaled).toMatchObject({ slots: 0, depth: 1 });
  running.forEach(({ letGo }) => letGo());
  await stateIs(worker, 'drained');
  expect(await stand.statusOf(waiting)).toBe('queued');
  await isUnserved('adds');
  await client.workers.resume(id);
  expect((await stand.caller.sync('adds', { x: 1, y: 2 }))?.status).toBe(200);
  for (const requestID of [waiting, ...running.map((each) => each.requestID)])
    await until('it has ended', async () => (await stand.statusOf(requestID)) === 'succeeded', LIMIT_MS);
  await stand.verdict('the only worker drained and resumed', { starts: { async: 1, sync: 1 } });
}, 90_000);

it('a lost bell costs a heartbeat; a drain outlasts an outage of Redis, and what Redis forgets', async () => {
  const [worker] = stand.workers;
  const { id } = await viewOf(worker);
  await stand.store.set(orderKey(id), 'drain');
  await stateIs(worker, 'drained');
  await stand.redis.kill();
  await sleep(8_000);
  await stand.redis.restart();
  await stateIs(worker, 'drained');
  await stand.store.del(orderKey(id));
  await sleep(2_500);
  expect(await viewOf(worker)).toMatchObject({ state: 'drained', wanted: 'drain' });
  await stand.store.set(orderKey(id), 'take');
  await stateIs(worker, 'ready');
  // No API was asked for this: each finds out by itself.
  await until(
    'it is called',
    async () => (await stand.caller.sync('adds', { x: 1, y: 1 }))?.status === 200,
    IN_FORCE_MS,
  );
}, 60_000);

it('two operators who press at the same time come to one state, which the worker keeps', async () => {
  const [worker] = stand.workers;
  const { id } = await viewOf(worker);
  for (let round = 0; round < 5; round++) {
    await Promise.all([client.workers.drain(id), client.workers.resume(id), client.workers.drain(id)]);
    const order = await stand.store.get(orderKey(id));
    await stateIs(worker, order === 'drain' ? 'drained' : 'ready');
    expect((await viewOf(worker)).wanted).toBe(order);
  }
  await client.workers.resume(id);
  await stateIs(worker, 'ready');
}, 60_000);

it('tells who cannot be drained, and why', async () => {
  for (const id of ['unknown', '3-00000000-0000-4000-8000-000000000000', '..%2f..']) {
    await expect(client.workers.drain(id)).rejects.toMatchObject({ type: 'WORKER_NOT_FOUND' });
    await expect(client.workers.resume(id)).rejects.toMatchObject({ type: 'WORKER_NOT_FOUND' });
  }
  const [{ host, pid, release, format }] = await client.workers.list();
  const older = {
    id: '2-of-an-older-release',
    app: 'worker' as const,
    host,
    pid,
    release,
    format,
    since: 1,
    state: 'ready' as const,
  };
  await new FleetStore(stand.store).beat({
    member: { ...older, settings: {}, secrets: {} },
    load: { memoryMb: 1 },
    version: '',
  });
  await expect(client.workers.drain(older.id)).rejects.toMatchObject({ type: 'WORKER_NOT_DRAINABLE', status: 409 });
  await stand.store.zrem(fleetKey('seen'), older.id);
}, 30_000);

it('from the shell: waits until it is drained, and until it has ended', async () => {
  const worker = await stand.addWorker();
  worker.process.mayDie();
  const { id } = await viewOf(worker);
  const env = { INVOQ_URL: stand.apis[0].url };
  const drained = await invoq(['drain', id, '--wait', '20s', '--reason', 'a test'], { env });
  expect(drained).toMatchObject({ code: 0, stdout: `${id} is drained. Take it up again: invoq resume worker ${id}\n` });
  const resumed = await invoq(['resume', 'worker', id], { env });
  expect(resumed).toMatchObject({ code: 0, stdout: `The worker ${id} takes calls again.\n` });
  const gone = await invoq(['drain', id, '--exit', '--wait', '20s', '--json'], { env });
  expect(gone.code).toBe(0);
  expect(JSON.parse(gone.stdout)).toEqual({ id, state: 'gone', wanted: 'exit' });
  expect(await worker.process.exited).toEqual({ code: 0, signal: null });
  const unknown = await invoq(['drain', id], { env });
  expect(unknown.code).toBe(EXIT.refused);
  expect(unknown.stderr).toContain('invoq workers');
}, 60_000);

it('one that is to end cannot be resumed; its last call ends, and its callbacks go out', async () => {
  const worker = await stand.addWorker({ INVOQ_QUEUES: 'default' });
  worker.process.mayDie();
  const [only] = stand.workers;
  await client.workers.drain((await viewOf(only)).id);
  const call = await held();
  const { id } = await viewOf(worker);
  expect(await client.workers.drain(id, { exit: true })).toEqual({ id, state: 'draining', wanted: 'exit' });
  await expect(client.workers.resume(id)).rejects.toMatchObject({ type: 'WORKER_ENDING', status: 409 });
  expect(await client.workers.drain(id)).toMatchObject({ wanted: 'exit' });
  call.letGo();
  expect(await worker.process.exited).toEqual({ code: 0, signal: null });
  expect(await stand.statusOf(call.requestID)).toBe('succeeded');
  await client.workers.resume((await viewOf(only)).id);
  expect(existsSync(stand.starts.path)).toBe(true);
}, 60_000);
