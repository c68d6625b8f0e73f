/** The format number in Redis: who may start on it, and who decides. */
import { spawnApp } from '../harness/app';
import { startRedis, type RedisServer } from '../harness/redis-server';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';

const FORMAT = '{invoq:fleet}:format';
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
  ['3', 'Start a newer release.'],
  ['0', 'Start the releases between'],
])(
  'neither app starts on format %s, nor touches anything',
  async (format, way) => {
    await db.set(FORMAT, format);
    for (const app of ['api', 'worker'] as const) {
      const process = spawnApp(app, { REDIS_URL: redis.url, PORT: '0', WORKER_PORT: '0' });
      const { code } = await process.exited;
      expect(code).toBe(1);
      const answer = process.lines.filter((line) => line.startsWith('invoq '));
      expect(answer).toEqual([expect.stringContaining(`The data in Redis have format ${format}, and this release`)]);
      expect(answer[0]).toContain(way);
    }
    expect(await db.keys('*')).toEqual([FORMAT]);
  },
  60_000,
);

it('a fleet that begins writes the newest format, and the older one while a process without heartbeats lives', async () => {
  const stack = await startStack({ redis, functions: { 'add.js': 'exports.main = () => 1;' } });
  const format = () => db.get(FORMAT);
  expect(await format()).toBe('2');
  // A process of the release before is known by its channel alone.
  const older = redis.client();
  await older.subscribe('invoq:worker:11111111-2222-4333-8444-555555555555');
  await until('the format falls', async () => (await format()) === '1', LIMIT_MS);
  expect((await stack.http.post('/v1/functions/add/invocations', {})).body).toMatchObject({ data: 1 });
  older.disconnect();
  await until('the format rises again', async () => (await format()) === '2', LIMIT_MS);
  await stack.stop();
}, 90_000);
