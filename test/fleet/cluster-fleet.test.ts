/** The fleet on a Redis Cluster: all heartbeats are on one node. */
import { startRedisCluster } from '../harness/redis-cluster';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 40_000;

it('processes know each other, and the format falls for an older one', async () => {
  const cluster = await startRedisCluster();
  const env = { REDIS_URL: cluster.url, INVOQ_PARTITIONS: '3' };
  const stack = await startStack({ redis: cluster.nodes[0], functions: { 'one.js': 'exports.main = () => 1;' }, env });
  const home = (await cluster.nodeOf('{invoq:fleet}')).client();
  const format = () => home.get('{invoq:fleet}:format');
  expect(await format()).toBe('3');
  expect((await stack.http.get('/v1/workers')).body.data.workers).toMatchObject([{ state: 'ready', functionCount: 1 }]);
  expect((await stack.http.get('/v1/queues')).body.data.queues).toMatchObject([{ queue: 'default' }]);

  const older = await stack.addWorker({ ...env, INVOQ_FORMAT: '2' });
  await until('the format falls', async () => (await format()) === '2', LIMIT_MS);
  await older.stop();
  await until('the format rises again', async () => (await format()) === '3', LIMIT_MS);
  await stack.stop();
}, 150_000);
