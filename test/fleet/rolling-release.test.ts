/**
 * The release before and this one follow each other under load, one process at a time, forwards and back, on one Redis:
 * nothing is lost, and nothing runs twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, spawnApp } from '../harness/app';
import { buildReleaseBefore, hasReleaseBefore, RELEASE_BEFORE } from '../harness/release-before';
import { until } from '../harness/until';
import { Stand } from '../failures/stand';

const FORMAT = '{invoq:fleet}:format';
const CALLERS = 4;
/** Between two calls of one caller, ms. */
const THINK_MS = 60;
/** Async calls that wait when the roll begins, of `LONG_MS` each. */
const BACKLOG = process.env.INVOQ_NIGHTLY ? 400 : 60;
const LONG_MS = 300;
/** Forwards and back, so many times. */
const ROUNDS = process.env.INVOQ_NIGHTLY ? 4 : 1;
const LIMIT_MS = 60_000;

if (hasReleaseBefore()) {
  test(
    `rolling releases, forwards and back (${ROUNDS}): nothing is lost, and nothing runs twice`,
    rolls,
    240_000 + ROUNDS * 120_000,
  );
} else {
  test.skip(`rolling releases: left out, commit ${RELEASE_BEFORE} of the release before is not in this clone`, () =>
    undefined);
}

async function rolls(): Promise<void> {
  const before = buildReleaseBefore();
  const stand = await Stand.start({ apis: 0, workers: 0, slots: 'sync=4,async=4,nested=1' });
  const apis: App[] = [];
  const workers: App[] = [];
  const format = () => stand.store.get(FORMAT);
  for (let i = 0; i < 2; i++) {
    apis.push(await stand.addApi({}, before));
    workers.push(await stand.addWorker({}, before));
  }
  for (let n = 0; n < BACKLOG; n++) await stand.caller.async('takes', { n, ms: LONG_MS });

  const packed: string[] = [];
  const traffic = { over: false };
  const callers = Array.from({ length: CALLERS }, (_, who) => callOn(stand, who, traffic));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await roll(stand, apis, workers, undefined);
      await until('all write the newest format', async () => (await format()) === '3', LIMIT_MS);
      for (let n = 0; n < BACKLOG; n++) await stand.caller.async('takes', { n, ms: LONG_MS });
      packed.push(await until('records are packed', () => packedCall(stand, round), LIMIT_MS));
      await refuses(before, stand.redis.url);
      const older = await stand.addWorker({ INVOQ_FORMAT: '2' });
      await until('all write the format before', async () => (await format()) === '2', LIMIT_MS);
      // Of what waits, runs, or has ended, all is as the release before reads it.
      expect(await stringsAmong(stand)).toEqual([]);
      await roll(stand, apis, workers, before);
      await older.stop();
      for (const id of packed)
        expect((await apis[0].http.get(`/v1/invocations/${id}`)).body.data.status).toBe('succeeded');
    }
    await sleep(1_000);
  } finally {
    traffic.over = true;
    await Promise.all(callers);
  }
  const answer = stand.ledger.read().filter((entry) => 'status' in entry && entry.status >= 400);
  // Refused for the moment and sent again: that is what a caller is to do. Refused for good, or expired: that would be lost.
  expect(answer.filter((entry) => 'status' in entry && ![429, 503].includes(entry.status))).toEqual([]);
  // The release before serves alone now.
  expect(apis.concat(workers).every(({ process }) => process.exit === undefined)).toBe(true);
  await stand.verdict(`${ROUNDS} releases, forwards and back`, { settleMs: LIMIT_MS, starts: { async: 1 } });
  await Promise.all([...apis, ...workers].map((app) => app.stop()));
  await stand.redis.stop();
}

/** Undefined: its API has not heard yet that all write the newest format. */
async function packedCall(stand: Stand, x: number): Promise<string | undefined> {
  const id = (await stand.caller.sync('adds', { x, y: 1 }))?.body.requestID as string | undefined;
  return id !== undefined && (await stand.store.type(stand.recordKey(id))) === 'string' ? id : undefined;
}

async function stringsAmong(stand: Stand): Promise<string[]> {
  const found: string[] = [];
  for (const key of await stand.store.keys('{invoq:*}:inv:*')) {
    if ((await stand.store.type(key)) === 'string') found.push(key);
  }
  return found;
}

/** The release before does not start while all write what it cannot read. */
async function refuses(before: string, redisUrl: string): Promise<void> {
  const process = spawnApp('worker', { REDIS_URL: redisUrl, WORKER_PORT: '0' }, [], before);
  expect((await process.exited).code).toBe(1);
  expect(process.lines).toContainEqual(expect.stringContaining('The data in Redis have format 3'));
}

/** Each process is followed by one of the other release: an API, then a worker, and so on. */
async function roll(stand: Stand, apis: App[], workers: App[], stack: string | undefined): Promise<void> {
  for (let i = 0; i < apis.length; i++) {
    const oldApi = apis[i];
    apis[i] = await stand.addApi({}, stack);
    await oldApi.stop();
    const oldWorker = workers[i];
    workers[i] = await stand.addWorker({}, stack);
    await oldWorker.stop();
  }
}

/** Sync and async calls, one after the other, each sent until somebody takes it, by whichever API stands then. */
async function callOn(stand: Stand, who: number, traffic: { over: boolean }): Promise<void> {
  for (let n = 0; !traffic.over; n++) {
    const sync = n % 2 === 0;
    const name = n % 5 === 0 ? 'takes' : 'adds';
    for (let tries = 0; tries < 200; tries++) {
      const urls = stand.apis.map(({ url }) => url);
      const url = urls[(who + n + tries) % urls.length];
      const answer = await stand.caller.call(url, name, { x: n, y: 1, ms: 100, n }, { sync, key: `${who}-${n}` });
      if (answer && answer.status < 500) break;
      await sleep(50);
    }
    await sleep(THINK_MS);
  }
}
