/** Takes calls as a worker that serves one function does. */
import type { Redis } from 'ioredis';
import type { Claimed, Starter } from '@invoq/store/claim';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { Home } from '@invoq/store/place';
import { servedName, ServingStore, servingOf } from '@invoq/store/serving';

export async function taken(
  redis: Redis,
  store: InvocationStore,
  home: Home,
  ...starters: Starter[]
): Promise<Claimed[]> {
  const serving = servingOf([servedName(home.env, home.function)], []);
  await new ServingStore(redis).announce(0, [home], serving);
  const said = await store.take(0, home, starters, serving.digest, false);
  if (said.kind === 'unknown') throw new Error('what it serves was announced, and is unknown');
  return said.claims;
}
