/** The format number in Redis: who may start on it, and who decides. */
import { spawnApp } from '../harness/app';
import { startRedis, type RedisServer } from '../harness/redis-server';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';

const FORMAT = '{invoq:fleet}:format';
const QUEUES = '{invoq:registry}:queues';
const LIMIT_MS = 30_000;

let redis: RedisServer;
let db: ReturnType<RedisServer['client']>;

beforeAll(async () => {
  redis = await startRedis();
  db = redis.client();
});

afterAll(() => redis.stop());

beforeEach(() => db.flushall());

it.each([
  ['4', 'Start a newer release.'],
  ['1', 'Start the releases between'],
])(
  'neither app starts on format %s, nor touches anything',
  async (format, way) => {
    await db.set(FORMAT, format);
    await refuses(`The data in Redis have format ${format}, and this release`, way);
    expect(await db.keys('*')).toEqual([FORMAT]);
  },
  60_000,
);

it('neither app starts on data of the first release, which wrote no number', async () => {
  // Every fleet of that release has published functions.
  await db.sadd(QUEUES, 'default');
  await refuses('The data in Redis have no format number', 'Start the releases between, one after another.');
  expect(await db.keys('*')).toEqual([QUEUES]);
}, 60_000);

it('a fleet that begins writes the newest format, and the one before while a process with INVOQ_FORMAT=2 lives', async () => {
  const stack = await startStack({ redis, functions: { 'add.js': 'exports.main = () => 1;' } });
  const format = () => db.get(FORMAT);
  const calls = async () => (await stack.http.post('/v1/functions/add/invocations', {})).body;
  expect(await format()).toBe('3');
  const older = await stack.addWorker({ INVOQ_FORMAT: '2' });
  await until('the format falls', async () => (await format()) === '2', LIMIT_MS);
  const formats = (await stack.http.get('/v1/workers')).body.data.workers.map(
    (worker: { format: number }) => worker.format,
  );
  expect(formats.sort()).toEqual([2, 3]);
  expect(await calls()).toMatchObject({ data: 1 });
  await older.stop();
  await until('the format rises again', async () => (await format()) === '3', LIMIT_MS);
  expect(await calls()).toMatchObject({ data: 1 });
  await stack.stop();
}, 90_000);

/** Either app ends with 1 and one line. */
async function refuses(what: string, way: string): Promise<void> {
  for (const app of ['api', 'worker'] as const) {
    const process = spawnApp(app, { REDIS_URL: redis.url, PORT: '0', WORKER_PORT: '0' });
    const { code } = await process.exited;
    expect(code).toBe(1);
    const answer = process.lines.filter((line) => line.startsWith('invoq '));
    expect(answer).toEqual([expect.stringContaining(what)]);
    expect(answer[0]).toContain(way);
  }
}
