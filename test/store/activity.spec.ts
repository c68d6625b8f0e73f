/** Where something happens, and where something is due: what loops go by in place of looking everywhere. At a real Redis. */
import { Activity } from '@invoq/store/background/activity';
import { DueIndex } from '@invoq/store/background/due-index';
import { DuePartitions } from '@invoq/store/background/due-partitions';
import { InvocationStore } from '@invoq/store/invocation-store';
import { activeKey, openKey } from '@invoq/store/keys/keys';
import { newRequestID } from '@invoq/store/keys/partition';
import { startRedis } from '../harness/redis-server';

const PARTITIONS = 4;
let server: Awaited<ReturnType<typeof startRedis>>;
let allNote = true;
/** How long after a start, a fault or a note something counts as active; see `activity.ts`. */
const ACTIVE_MS = 10_000;

beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  allNote = true;
  jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  await server.client().flushdb();
});
afterEach(() => jest.useRealTimers());

const activityOf = (redis = server.client()) => new Activity(redis, { allNote: () => allNote });

const activeIn = (activity: Activity): number[] => [0, 1, 2, 3].filter((each) => activity.isActive(each));

/** One that has looked, and for which nothing is active any more. */
async function atRest(): Promise<Activity> {
  const redis = server.client();
  await redis.ping();
  const activity = activityOf(redis);
  jest.advanceTimersByTime(ACTIVE_MS);
  await activity.look();
  expect(activeIn(activity)).toEqual([]);
  return activity;
}

function submit(partition: number) {
  return new InvocationStore(server.client()).submit({
    requestID: newRequestID(partition), env: 'default', function: 'f', queue: 'default', data: '{}', origin: '{}', depth: 0,
    replyTo: '', maxQueued: 100,
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 1, priority: 0,
      retainMs: 60_000 },
  }); // prettier-ignore
}

test('what one process writes, another one hears of, for its partition alone and for a while', async () => {
  const activity = await atRest();
  await submit(2);
  await activity.look();
  expect(activeIn(activity)).toEqual([2]);
  jest.advanceTimersByTime(ACTIVE_MS);
  await activity.look();
  expect(activeIn(activity)).toEqual([]);
});

test('what it writes itself it knows at once', async () => {
  const redis = server.client();
  const activity = activityOf(redis);
  jest.advanceTimersByTime(ACTIVE_MS);
  activity.note(3);
  expect(activeIn(activity)).toEqual([3]);
  // The next test counts the notes that arrive.
  await redis.ping();
});

test('many writes within a second are one note', async () => {
  const redis = server.client();
  const activity = activityOf(redis);
  await redis.config('RESETSTAT');
  for (let i = 0; i < 10; i++) activity.note(1);
  await redis.ping();
  expect(await redis.info('commandstats')).toMatch(/cmdstat_zadd:calls=1,/);
  expect(await redis.zcard(activeKey())).toBe(1);
});

test('everything is active beside a process that makes no notes, and when they cannot be read', async () => {
  const activity = await atRest();
  allNote = false;
  await activity.look();
  expect(activeIn(activity)).toEqual([0, 1, 2, 3]);
  allNote = true;
  jest.advanceTimersByTime(ACTIVE_MS);
  expect(activeIn(activity)).toEqual([]);
  await server.client().set(activeKey(), 'no sorted set');
  await activity.look();
  expect(activeIn(activity)).toEqual([0, 1, 2, 3]);
});

test('what is due where nothing happens is known by its time; what came without a note is counted', async () => {
  const redis = server.client();
  await redis.ping();
  const activity = activityOf(redis);
  const index = new DueIndex(redis);
  const due = new DuePartitions(redis, activity, {
    partitions: PARTITIONS,
    dueIn: (partition) => index.dueIn(partition),
    keyOf: openKey,
  });
  jest.advanceTimersByTime(ACTIVE_MS);
  const [seconds] = await redis.time();
  await redis.zadd(openKey(1), Number(seconds) * 1_000 + 20_000, 'a call');
  for (let partition = 0; partition < PARTITIONS; partition++) {
    expect(due.has(partition)).toBe(true);
    await due.checked(partition);
    expect(due.has(partition)).toBe(false);
  }
  expect(due.nextInMs()).toBeGreaterThan(17_000);
  jest.advanceTimersByTime(20_001);
  expect([0, 1, 2, 3].filter((each) => due.has(each))).toEqual([1]);
  await due.checked(1);
  await redis.zadd(openKey(3), 1, 'one without a note');
  jest.advanceTimersByTime(10_000);
  due.countNowAndThen((error) => {
    throw error;
  });
  await redis.ping();
  await new Promise((resolve) => setImmediate(resolve));
  expect(due.has(3)).toBe(true);
});

test('what was written while a loop was held up for long is looked at, if another loop has read the note', async () => {
  const activity = await atRest();
  const due = new DuePartitions(server.client(), activity, {
    partitions: PARTITIONS,
    dueIn: () => Promise.resolve(Infinity),
    keyOf: openKey,
  });
  for (let partition = 0; partition < PARTITIONS; partition++) await due.checked(partition);
  const readAt = performance.now();
  await submit(2);
  await activity.look();
  jest.advanceTimersByTime(2 * ACTIVE_MS);
  expect(activeIn(activity)).toEqual([]);
  const all = [0, 1, 2, 3];
  expect(all.filter((each) => due.has(each))).toEqual([2]);
  expect(all.filter((each) => activity.wasActiveSince(each, readAt))).toEqual([2]);
  expect(due.nextInMs()).toBe(0);
  await due.checked(2);
  expect(all.filter((each) => due.has(each))).toEqual([]);
});
