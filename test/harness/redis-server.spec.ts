/** The Redis of a test is a real one, and its data outlive a kill -9. */
import { startRedis } from './redis-server';

test('what was acknowledged is there after kill -9 and a restart, on the same port', async () => {
  const redis = await startRedis({ config: { maxmemory: '64mb' } });
  const client = redis.client();
  await client.set('kept', 'yes');
  const { pid, port } = redis;
  expect((await redis.kill()).signal).toBe('SIGKILL');
  await redis.restart();
  expect(redis.pid).not.toBe(pid);
  expect(redis.url).toBe(`redis://127.0.0.1:${port}`);
  expect(await client.get('kept')).toBe('yes');
  const [, policy] = (await client.config('GET', 'maxmemory-policy')) as [string, string];
  expect(policy).toBe('noeviction');
  const [, maxmemory] = (await client.config('GET', 'maxmemory')) as [string, string];
  expect(maxmemory).toBe(String(64 * 1024 * 1024));
});

test('two run side by side and know nothing of each other', async () => {
  const [one, two] = await Promise.all([startRedis(), startRedis()]);
  await one.client().set('whose', 'one');
  expect(await two.client().get('whose')).toBeNull();
  await one.stop();
  expect(one.process.exit).toEqual({ code: 0, signal: null });
  expect(await two.client().ping()).toBe('PONG');
});
