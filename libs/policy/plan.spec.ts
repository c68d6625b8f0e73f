import { Refusal } from '@invoq/contract/refusal';
import type { FunctionSpec } from '@invoq/contract/function';
import { LANES, laneOf, MAX_DEPTH, slotsOf } from './lanes';
import { type CallInput, planCall, type PlatformLimits } from './plan';

const SPEC: FunctionSpec = {
  name: 'add',
  env: 'default',
  contract: 'cloudbase',
  queue: 'default',
  timeoutMs: { sync: 5_000, async: 300_000 },
  memoryMb: 256,
};
const LIMITS: PlatformLimits = {
  maxQueueAgeMs: 21_600_000,
  retention: { syncMs: 3_600_000, asyncMs: 86_400_000, deadMs: 604_800_000 },
  idempotencyMs: 86_400_000,
  maxWaitMs: 20_000,
  maxDelayMs: 60_000,
};
const WISH: CallInput = { sync: true, onTimeout: 'fail', depth: 0, idempotent: false };

describe('planCall', () => {
  const cases: [string, Partial<CallInput>, object][] = [
    ['a sync call has one limit from acceptance to end', {}, { mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs: 5_000, waitMs: 5_000, maxStarts: 1 }],
    ['a sync call may ask for less', { timeoutMs: 100 }, { timeoutMs: 100, expireAfterMs: 100, waitMs: 100 }],
    ['an async call may wait long in the queue', { sync: false }, { mode: 'async', lane: 'async', timeoutMs: 300_000, expireAfterMs: 21_600_000, waitMs: 0, maxStarts: 3 }],
    ['an async call may lower its run limit', { sync: false, timeoutMs: 7 }, { timeoutMs: 7, expireAfterMs: 21_600_000 }],
    ['what an async call asks for rides along', { sync: false, timeoutMs: 7 }, { askedMs: 7 }],
    ['so that whoever does it again asks for the same', { sync: false, again: true, timeoutMs: 7 }, { timeoutMs: 7, askedMs: 7 }],
    ['of which it gets as much as there is now', { sync: false, again: true, timeoutMs: 300_001 }, { timeoutMs: 300_000, askedMs: 300_001 }],
    ['who did not ask gets what there is now', { sync: false, again: true }, { timeoutMs: 300_000, askedMs: undefined }],
    ['a wait is no run', { onTimeout: 'detach', timeoutMs: 9_000 }, { askedMs: undefined }],
    ['a detaching call is async, with a wait', { onTimeout: 'detach' }, { mode: 'async', lane: 'async', timeoutMs: 300_000, waitMs: 5_000, maxStarts: 3 }],
    ['a detaching call says how long it waits', { onTimeout: 'detach', timeoutMs: 9_000 }, { timeoutMs: 300_000, waitMs: 9_000 }],
    ['a wait that is said keeps the limit of the run', { onTimeout: 'detach', waitMs: 9_000, timeoutMs: 1_000 }, { timeoutMs: 1_000, askedMs: 1_000, waitMs: 9_000 }],
    ['which may be beyond the wait', { onTimeout: 'detach', waitMs: 1_000, timeoutMs: 60_000 }, { timeoutMs: 60_000, waitMs: 1_000 }],
    ['a wait alone leaves the run its own limit', { onTimeout: 'detach', waitMs: 9_000 }, { timeoutMs: 300_000, askedMs: undefined, waitMs: 9_000 }],
    ['onTimeout means nothing to an async call', { sync: false, onTimeout: 'detach' }, { mode: 'async', waitMs: 0 }],
    ['a nested sync call has a lane of its depth', { depth: 2 }, { lane: 'nested-2' }],
    ['a nested async call has none', { depth: 9, sync: false }, { lane: 'async' }],
    ['a record outlives the key that replays it', { idempotent: true }, { retainMs: 86_400_000 }],
    ['a call without a priority has none', {}, { priority: 0 }],
    ['a call may say its priority', { priority: 7 }, { priority: 7 }],
    ['a sync record is kept for less', {}, { retainMs: 3_600_000 }],
    ['an async call may be retried', { sync: false, retry: { attempts: 2 } }, { retry: { attempts: 2, backoffMs: 1_000 } }],
    ['an async call may be put off', { sync: false, delayMs: 60_000 }, { delay: { delayMs: 60_000 } }],
    ['or wait for a time', { sync: false, runAt: 61_000, now: 1_000 }, { delay: { runAt: 61_000 } }],
    ['a time that is past is no delay to speak of', { sync: false, runAt: 1, now: 9e12 }, { delay: { runAt: 1 } }],
    ['nothing is retried unasked', { sync: false }, { retry: undefined }],
  ]; // prettier-ignore
  it.each(cases)('%s', (_, input, plan) => expect(planCall(SPEC, { ...WISH, ...input }, LIMITS)).toMatchObject(plan));

  it.each<[Partial<CallInput>, string]>([
    [{ retry: {} }, 'retry'],
    [{ delayMs: 1 }, 'delayMs'],
    [{ runAt: 1 }, 'runAt'],
    [{ onTimeout: 'detach', delayMs: 1 }, 'delayMs'],
    [{ sync: false, delayMs: 1, runAt: 1 }, 'delayMs'],
    [{ sync: false, delayMs: 60_001 }, 'delayMs'],
    [{ sync: false, runAt: 61_001, now: 1_000 }, 'runAt'],
  ])('%j is refused by %s', (input, field) => {
    const fields = [expect.objectContaining({ field })];
    expect(() => planCall(SPEC, { ...WISH, ...input }, LIMITS)).toThrow(expect.objectContaining({ fields }));
  });

  it.each([
    ['a sync call above its limit', { timeoutMs: 5_001 }],
    ['an async call above its limit', { sync: false, timeoutMs: 300_001 }],
    ['a wait above what one request may be held', { onTimeout: 'detach' as const, timeoutMs: 20_001 }],
    ['a run of a waiting caller above its limit', { onTimeout: 'detach' as const, waitMs: 1_000, timeoutMs: 300_001 }],
  ])('%s is refused by the name of the field', (_, input) => {
    let refusal: unknown;
    try {
      planCall(SPEC, { ...WISH, ...input }, LIMITS);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field: 'timeoutMs' }] });
  });
});

describe('retention', () => {
  const retention = { syncMs: 1_000, deadMs: 0 };
  it("is the function's, where it says so", () => {
    expect(planCall({ ...SPEC, retention }, WISH, LIMITS)).not.toHaveProperty('deadMs');
    const asynchronous = planCall({ ...SPEC, retention }, { ...WISH, sync: false }, LIMITS);
    expect(asynchronous).toMatchObject({ retainMs: 86_400_000, deadMs: 0 });
    expect(planCall(SPEC, { ...WISH, sync: false }, LIMITS)).toMatchObject({ deadMs: 604_800_000 });
  });
  it('is as long as its key at least', () => {
    const plan = planCall({ ...SPEC, retention }, { ...WISH, idempotent: true }, LIMITS);
    expect(plan.retainMs).toBe(LIMITS.idempotencyMs);
  });
});

describe('lanes', () => {
  it('every depth up to the cap has slots of its own', () => {
    const lanes = Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => laneOf('sync', depth));
    expect(new Set(lanes).size).toBe(MAX_DEPTH + 1);
    for (const lane of lanes) expect(LANES).toContain(lane);
  });

  it('refuses a sync call beyond the cap', () => {
    expect(() => laneOf('sync', MAX_DEPTH + 1)).toThrow(Refusal);
  });

  it('nested lanes share one size', () => {
    expect(LANES.map((lane) => slotsOf(lane, { sync: 8, async: 4, nested: 2 }))).toEqual([8, 4, 2, 2, 2, 2]);
  });
});
