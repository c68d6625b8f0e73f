/** Takes calls as a worker that serves one function does. */
import type { Redis } from 'ioredis';
import type { Claimed, ClaimRequest } from '@invoq/store/attempts/claim';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { FunctionRef } from '@invoq/store/keys/lane-ref';
import { servedName, ServingStore, servingOf } from '@invoq/store/ready-queue/serving';

/** What each of these brings, in their order; undefined: what was started under it is over. */
export async function claimsFor(
  redis: Redis,
  store: InvocationStore,
  home: FunctionRef,
  ...claimRequests: ClaimRequest[]
): Promise<(Claimed | undefined)[]> {
  const serving = servingOf([servedName(home.env, home.function)], []);
  await new ServingStore(redis, 'w').announce(0, [home], serving);
  const said = await store.take(0, home, claimRequests, serving.digest, false);
  if (said.kind === 'unknown') throw new Error('what it serves was announced, and is unknown');
  return said.claims;
}

export async function taken(...by: Parameters<typeof claimsFor>): Promise<Claimed[]> {
  return (await claimsFor(...by)).filter((claim) => claim !== undefined);
}

/** The one call, whoever stands before it. */
export async function takenOne(
  redis: Redis,
  store: InvocationStore,
  home: FunctionRef,
  requestID: string,
): Promise<Claimed> {
  const claimRequests = Array.from({ length: 100 }, (_, n) => ({
    worker: 'w',
    leaseMs: 5_000,
    tokenHash: `${requestID}-${n}`,
  }));
  const claims = await taken(redis, store, home, ...claimRequests);
  for (const [n, { requestID: other, attempt }] of claims.entries())
    if (other !== requestID) await store.handBack(other, home, attempt, claimRequests[n]);
  const [claim] = claims.filter((each) => each.requestID === requestID);
  if (!claim) throw new Error(`${requestID} was not to be taken`);
  return claim;
}
