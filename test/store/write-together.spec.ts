/** What is said in one turn reaches Redis in few pieces, in its order, and nothing is held back for longer. */
import { setImmediate } from 'node:timers/promises';
import { connectImpatient, connectPatient, untilReady, type Redis } from '@invoq/store/connection/connection';
import { startRedis } from '../harness/redis-server';

const MANY = 200;

let watcher: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let redis: Redis;
let url: string;
beforeAll(async () => {
  const server = await startRedis();
  ({ url } = server);
  watcher = server.client();
});
afterEach(() => redis.disconnect());

async function reads(): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await watcher.info('stats'))![1]);
}

test('the commands of one turn are one read for Redis, and are answered in their order', async () => {
  redis = connectImpatient(url);
  await untilReady(redis, 5_000);
  const before = await reads();
  const counts = await Promise.all(Array.from({ length: MANY }, () => redis.incr('count')));
  expect(counts).toEqual(Array.from({ length: MANY }, (_, i) => i + 1));
  // One for them, one for the question itself; room for a segment that came in two.
  expect((await reads()) - before).toBeLessThan(10);
});

test('much that is said in one turn does not wait for its end: Redis works on the first of it meanwhile', async () => {
  redis = connectImpatient(url);
  await untilReady(redis, 5_000);
  const before = await reads();
  const large = 'x'.repeat(1_500);
  const answers = Array.from({ length: MANY }, (_, i) => redis.set(`large-${i}`, large));
  // The turn is not over, and all but the last of it is on its way.
  expect(redis.stream.writableLength).toBeLessThan(10_000);
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['OK']));
  expect((await reads()) - before).toBeLessThan(MANY / 2);
});

test('where turns had one command each, the next is written at once; several in a turn are held back again', async () => {
  redis = connectImpatient(url);
  await untilReady(redis, 5_000);
  await setImmediate();
  for (let n = 0; n < 4; n++) {
    await redis.incr('lone');
    await setImmediate();
  }
  const alone = redis.incr('lone');
  expect(redis.stream.writableLength).toBe(0);
  const [second, third] = [redis.incr('lone'), redis.incr('lone')];
  expect(redis.stream.writableLength).toBeGreaterThan(0);
  expect(await Promise.all([alone, second, third])).toEqual([5, 6, 7]);
  const held = redis.incr('lone');
  expect(redis.stream.writableLength).toBeGreaterThan(0);
  expect(await held).toBe(8);
});

test('a pipeline and what is said around it keep their order', async () => {
  redis = connectImpatient(url);
  await untilReady(redis, 5_000);
  const said = [
    redis.rpush('order', 1),
    redis.pipeline().rpush('order', 2).rpush('order', 3).exec(),
    redis.rpush('order', 4),
  ];
  await Promise.all(said);
  expect(await redis.lrange('order', 0, -1)).toEqual(['1', '2', '3', '4']);
});

test('what is said before a goodbye is heard', async () => {
  redis = connectImpatient(url);
  await untilReady(redis, 5_000);
  redis.set('last', 'words').catch(() => undefined);
  await redis.quit();
  expect(await watcher.get('last')).toBe('words');
});

test('a patient connection that is cut says again what was not answered, an impatient one refuses it', async () => {
  redis = connectPatient(url);
  const other = connectImpatient(url);
  await Promise.all([untilReady(redis, 5_000), untilReady(other, 5_000)]);
  const patient = redis.set('patient', 'yes');
  const impatient = other.set('impatient', 'yes');
  redis.stream.destroy();
  other.stream.destroy();
  await expect(impatient).rejects.toThrow();
  expect(await patient).toBe('OK');
  expect(await redis.get('patient')).toBe('yes');
  other.disconnect();
});
