/** A plain sync call of the function `f`, as specs of the store submit it. */
import { newRequestID } from '@invoq/store/keys/partition';
import type { Submission } from '@invoq/store/submission/submission';

export const home = { queue: 'default', lane: 'sync', env: 'default', function: 'f' } as const;

export const plan = {
  mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs: 5_000, waitMs: 5_000, maxStarts: 1, priority: 0, retainMs: 60_000,
} as const; // prettier-ignore

export function plainCall(more: Partial<Submission> = {}): Submission {
  return {
    requestID: newRequestID(0), env: 'default', function: 'f', queue: 'default', data: '{"text":"ü\\n- -"}', origin: '{"ip":"::1"}',
    depth: 0, replyTo: 'channel', maxQueued: 100, plan, ...more,
  }; // prettier-ignore
}
