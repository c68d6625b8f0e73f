/** The fleet on a Redis Cluster: heartbeats are on one node, and processes of the release before are found on any. */
import { startRedisCluster } from '../harness/redis-cluster';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 40_000;

it('processes know each other, and the format falls for an older one that is connected to any node', async () => {
  const cluster = await startRedisCluster();
  const env = { REDIS_URL: cluster.url, INVOQ_PARTITIONS: '3' };
  const stack = await startStack({ redis: cluster.nodes[0], functions: { 'one.js': 'exports.main = () => 1;' }, env });
  const home = (await cluster.nodeOf('{invoq:fleet}')).client();
  const format = () => home.get('{invoq:fleet}:format');
  expect(await format()).toBe('2');
  expect((await stack.http.get('/v1/workers')).body.data.workers).toMatchObject([{ state: 'ready', functionCount: 1 }]);
  expect((await stack.http.get('/v1/queues')).body.data.queues).toMatchObject([{ queue: 'default' }]);

  for (const node of cluster.nodes) {
    const older = node.client();
    await older.subscribe('invoq:reply:11111111-2222-4333-8444-555555555555');
    await until('the format falls', async () => (await format()) === '1', LIMIT_MS);
    older.disconnect();
    await until('the format rises again', async () => (await format()) === '2', LIMIT_MS);
  }
  await stack.stop();
}, 150_000);
