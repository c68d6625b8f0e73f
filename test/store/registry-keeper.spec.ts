/** Functions that nobody serves are marked, and a worker that comes back just then is heard. */
import type { Redis } from 'ioredis';
import type { FunctionSpec } from '@invoq/contract/function';
import type { Member } from '@invoq/contract/member';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { RegistryKeeper } from '@invoq/store/fleet/registry-keeper';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';

const SPEC = {
  env: 'default',
  name: 'f',
  queue: 'default',
  contract: 'cloudbase',
  source: 'f.js',
} as unknown as FunctionSpec;

let server: Awaited<ReturnType<typeof startRedis>>;
let client: Redis;
let aheadMs = 0;
beforeAll(async () => {
  server = await startRedis();
  client = server.client();
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + aheadMs);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.stop();
});

test('what a worker publishes while it starts is not marked again, as if nobody had served it all the time', async () => {
  const functions = new FunctionStore(client);
  const fleet = { id: 'api', members: [] as Member[], answeredForMs: 60_000, redisNow: Date.now() };
  const onError = (error: unknown): void => {
    throw error;
  };
  const keeper = new RegistryKeeper(fleet as unknown as FleetMember, new FleetStore(client), functions, {
    keepMs: 60_000,
    onError,
  });
  const isMarked = async () => (await functions.entries('default')).get('f')?.published.unservedSince !== undefined;
  await functions.publish([SPEC], 'gone');
  keeper.start();
  await until('it is missed', async () => (await client.exists('{invoq:fleet}:keeper')) === 1, 10_000);
  await until('it is marked', () => {
    aheadMs += 1_000;
    return isMarked();
  }, 20_000); // prettier-ignore

  await functions.publish([SPEC], 'back');
  fleet.members = [{ id: 'back', app: 'worker', state: 'starting', functions: 'digest' } as Member];
  expect(await isMarked()).toBe(false);
  // The keeper looks each two seconds while something is missing.
  for (const end = Date.now() + 5_000; Date.now() < end;) {
    expect(await isMarked()).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  keeper.stop();
}, 40_000);
