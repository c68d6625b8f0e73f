/** A primary that dies, and the replica that Sentinels promote in its place. */
import { startWatchedRedis, type WatchedRedis } from '../harness/redis-sentinel';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 60_000;

let redis: WatchedRedis;
let stack: Stack;
beforeAll(async () => {
  redis = await startWatchedRedis();
  stack = await startStack({
    redis: redis.primary,
    functions: {
      'add.js': 'exports.main = ({ x, y }) => x + y',
      'waits.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, "waited"))',
    },
    env: { REDIS_URL: redis.url },
  });
}, 120_000);
afterAll(() => stack.stop());

const invoke = (name: string, data: unknown, sync = true) =>
  stack.http.post(`/v1/functions/${name}/invocations`, { data, sync });
const resultOf = async (id: string) => (await stack.http.get(`/v1/invocations/${id}/result?wait=20`)).body;

test('what was replicated is kept and done after the failover, and calls are taken again by themselves', async () => {
  expect((await invoke('add', { x: 1, y: 2 })).body.data).toBe(3);
  const ended = (await invoke('add', { x: 2, y: 2 }, false)).body.requestID;
  expect((await resultOf(ended)).data).toBe(4);
  const { body: running } = await invoke('waits', { ms: 3_000 }, false);
  // More than there are slots: most of them wait.
  const waiting = await Promise.all(Array.from({ length: 20 }, () => invoke('waits', { ms: 200 }, false)));
  // The primary's answers do not wait for the replica; this test does, to know what must be there.
  const replicated = async (): Promise<boolean> => offsetOf(await redis.replica.client().info('replication')) >= offset;
  const offset = offsetOf(await redis.primary.client().info('replication'));
  await until('the replica has it all', replicated, LIMIT_MS);

  await redis.primary.kill();
  const refused = await invoke('add', { x: 1, y: 1 });
  expect([refused.status, refused.body.error.type]).toEqual([503, 'STORE_UNAVAILABLE']);
  await until('calls are taken again', async () => (await invoke('add', { x: 20, y: 3 })).body.data === 23, LIMIT_MS);
  expect(await redis.replica.client().info('replication')).toContain('role:master');

  expect(await resultOf(ended)).toMatchObject({ code: 0, data: 4 });
  for (const id of [running.requestID, ...waiting.map(({ body }) => body.requestID)]) {
    expect(await resultOf(id)).toMatchObject({ code: 0, data: 'waited' });
  }
}, 180_000);

function offsetOf(info: string): number {
  return Number(/(?:slave|master)_repl_offset:(\d+)/.exec(info)?.[1]);
}
