/** What callers may do to the API: race, hang up, nest, pile up, ask for what is not theirs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';
import { fillLane } from './fill-lane';
import { metric } from './scrape';
import { Stand } from './stand';

const RACERS = 100;
const HANGERS = process.env.INVOQ_NIGHTLY ? 1_000 : 300;
/** Calls that wait, before the lane says that it is full. */
const QUOTA = process.env.INVOQ_NIGHTLY ? 1_000_000 : 6_000;
const SUBMIT_P99_MS = 10;
const GIB = 1024 ** 3;

test(`${RACERS} racers with one Idempotency-Key on two APIs: one requestID, one run; another body is refused`, async () => {
  const stand = await Stand.start({ apis: 2, slots: 'sync=8,async=2,nested=0' });
  const [one, two] = stand.apis;
  const race = await Promise.all(
    Array.from({ length: RACERS }, (_, n) =>
      stand.caller.call((n % 2 ? one : two).url, 'takes', { ms: 700, n: 5 }, { sync: true, key: 'race' }),
    ),
  );
  expect(new Set(race.map((reply) => reply?.status))).toEqual(new Set([200]));
  expect(new Set(race.map((reply) => reply?.text)).size).toBe(1);
  const { requestID } = race[0]!.body as { requestID: string };
  expect(stand.starts.read()).toMatchObject([{ requestID, attempt: 1 }]);
  const other = await stand.caller.call(two.url, 'takes', { ms: 700, n: 6 }, { sync: true, key: 'race' });
  expect(other).toMatchObject({ status: 422, body: { error: { type: 'IDEMPOTENCY_KEY_REUSED', started: false } } });
  await stand.verdict(`${RACERS} racers with one key`);
}, 60_000);

test(`${HANGERS} callers hang up in the middle of their wait: nobody waits for them any more, and what they began ends`, async () => {
  // Time enough for all of them to come before the first one's is over.
  const limits = { 'functions.json': { timeoutMs: { sync: 20_000 } } };
  const stand = await Stand.start({ slots: 'sync=4,async=2,nested=0', functions: () => limits });
  const [api] = stand.apis;
  const file = join(scratchDir('hang-up'), 'go');
  const gone = new AbortController();
  const hang = (count: number, name: string) =>
    Array.from({ length: count }, (_, n) =>
      stand.caller.sync(name, { file, x: n, y: 1 }, { signal: gone.signal, timeoutMs: 18_000 }),
    );
  // Four run, the others wait in the queue.
  const calls = hang(4, 'waitsForFile');
  await until('every slot is taken', () => stand.starts.read().length === 4, 5_000);
  calls.push(...hang(HANGERS - 4, 'adds'));
  await until('all wait', async () => (await metric(api, 'invoq_waiters')) === HANGERS, 15_000);
  gone.abort();
  expect((await Promise.all(calls)).filter((reply) => reply !== undefined)).toEqual([]);
  await until('nobody waits', async () => (await metric(api, 'invoq_waiters')) === 0, 5_000);
  writeFileSync(file, '');
  await until('what ran has ended', async () => (await stand.store.zcard('{invoq:0}:open')) === 0, 40_000);
  const starts = stand.starts.read();
  expect(new Set(starts.map(({ requestID }) => requestID)).size).toBe(starts.length);
  expect(starts.length).toBeGreaterThanOrEqual(4);
  expect((await stand.caller.sync('adds', { x: 1, y: 1 }))?.body.data).toBe(2);
  await stand.verdict(
    `${HANGERS} callers hung up: ${starts.length} of their calls ran, the others expired in the queue`,
  );
}, 90_000);

test('parents that hold every slot of their lane, four deep: no deadlock', async () => {
  const stand = await Stand.start({
    slots: 'sync=4,async=1,nested=1',
    functions: (starts) => ({
      'nests.js': `exports.main = async (event, context) => { ${starts.statement()}
        if (event.depth === 0) return 0;
        const answer = await (await fetch(process.env.INVOQ_URL + '/v1/functions/nests/invocations', {
          method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.INVOQ_TOKEN },
          body: JSON.stringify({ data: { depth: event.depth - 1 } }) })).json();
        if (answer.code !== 0) throw new Error(answer.error.message);
        return answer.data + 1; };`,
    }),
  });
  const reply = await Promise.all(Array.from({ length: 8 }, () => stand.caller.sync('nests', { depth: 4 })));
  for (const answer of reply) expect(answer?.body).toMatchObject({ code: 0, data: 4 });
  const deeper = await stand.caller.sync('nests', { depth: 5 });
  expect(deeper?.body).toMatchObject({ code: 1 });
  expect(deeper?.body.error.message).toMatch(/nest 4 deep at most/);
  await stand.verdict('8 chains of 4 nested calls with 4 slots outside and one for each depth');
}, 60_000);

test(`a slow consumer: ${QUOTA} wait, submits stay fast until the quota, then QUEUE_FULL; the sync lane does not notice`, async () => {
  const stand = await Stand.start({ slots: 'sync=2,async=1,nested=0', env: { INVOQ_MAX_QUEUED: String(QUOTA) } });
  const file = join(scratchDir('slow'), 'go');
  await stand.caller.async('waitsForFile', { file });
  await until('the only slot is taken', () => stand.starts.read().length === 1, 5_000);
  const intoEmpty: number[] = [];
  for (let n = 0; n < 300; n++) {
    const from = performance.now();
    await stand.caller.async('waitsForFile', { file });
    intoEmpty.push(performance.now() - from);
  }
  // Nearly all of the line is written by the same scripts without HTTP between; the API takes the rest.
  const filling = Date.now();
  await fillLane(stand.redis.url, 'waitsForFile', { file }, QUOTA - 1_800);
  const fillMs = Date.now() - filling;
  const submits: number[] = [];
  const syncs: number[] = [];
  let full = 0;
  while (full < 20) {
    const from = performance.now();
    const reply = await stand.caller.async('waitsForFile', { file });
    if (reply?.status === 429) {
      expect(reply.body.error).toMatchObject({ type: 'QUEUE_FULL', retryable: true, started: false });
      expect(reply.headers['retry-after']).toBeDefined();
      full++;
    } else {
      expect(reply?.status).toBe(202);
      submits.push(performance.now() - from);
    }
    if (submits.length % 25 === 0) {
      const began = performance.now();
      expect((await stand.caller.sync('adds', { x: 1, y: 1 }))?.status).toBe(200);
      syncs.push(performance.now() - began);
    }
  }
  const bytes = Number(/used_memory:(\d+)/.exec(await stand.store.info('memory'))?.[1]);
  expect(await stand.store.zcard('{invoq:0}:queued:default:async')).toBe(QUOTA);
  process.stdout.write(
    `\n  ${QUOTA} wait (filled in ${Math.round(fillMs / 1000)} s): submit p50 ${p(submits, 0.5).toFixed(1)} ms, p99 ${p(submits, 0.99).toFixed(1)} ms, then ${full} times QUEUE_FULL;` +
      ` sync p99 ${p(syncs, 0.99).toFixed(0)} ms; Redis ${(bytes / GIB).toFixed(2)} GiB\n`,
  );
  // On a machine that is busy with other things the measure is the same call into a line that was empty.
  expect(p(submits, 0.99)).toBeLessThan(Math.max(SUBMIT_P99_MS, 2 * p(intoEmpty, 0.99)));
  expect(p(syncs, 0.99)).toBeLessThan(250);
  expect(bytes).toBeLessThan(2 * GIB);
  // A worker that dies is found behind all this, in time: what it ran waits again, in its turn.
  const running = stand.starts.read()[0].requestID;
  await stand.workers[0].process.kill();
  await stand.addWorker();
  await until('its call waits again', async () => (await stand.statusOf(running)) === 'queued', 15_000);
  // A million would take too long to do.
  if (QUOTA > 10_000) return;
  writeFileSync(file, '');
  await stand.addWorker({ INVOQ_SLOTS: 'sync=1,async=12,nested=0' });
  await stand.verdict(`${QUOTA} calls in one line, and a worker killed behind it`, { settleMs: 120_000 });
}, 1_200_000);

test("another env's requestID is answered on every route as an unknown one is", async () => {
  const stand = await Stand.start({ slots: 'sync=1,async=1,nested=0' });
  const mine = await stand.caller.async('takes', { ms: 1_500, n: 1 });
  const id = mine?.body.requestID as string;
  await until('it runs', () => stand.starts.of(id).length === 1, 5_000);
  const unknown = `${id.slice(0, 9)}0000${id.slice(13)}`;
  const routes: [string, string][] = [
    ['GET', ''],
    ['GET', '?wait=1'],
    ['GET', '/result'],
    ['GET', '/logs'],
    ['POST', '/cancel'],
  ];
  for (const [method, path] of routes) {
    const ask = async (asked: string, env: string): Promise<{ status: number; text: string }> => {
      const { status, text } = await stand.stack.http.request(`/v1/invocations/${asked}${path}`, {
        method,
        headers: { 'x-invoq-env': env },
      });
      return { status, text: text.replaceAll(asked, '<id>').replace(/"requestID":"[^"]*"/, '') };
    };
    const theirs = await ask(id, 'other');
    expect(theirs.status).toBe(404);
    expect(theirs).toEqual(await ask(unknown, 'other'));
    expect(theirs).toEqual(await ask(unknown, 'default'));
  }
  // And it was not cancelled by that.
  await until('it has its end', async () => (await stand.statusOf(id)) === 'succeeded', 5_000);
  await sleep(0);
  await stand.verdict(`another env's requestID on ${routes.length} routes: the same 404`);
}, 60_000);

function p(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
