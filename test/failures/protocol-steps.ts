/** What can happen to calls, in whatever order: each kind of step, and how often it comes. */
import fc from 'fast-check';
import type { Mode } from '@invoq/contract/invocation';
import type { Ending } from '@invoq/contract/outcome';
import type { ProtocolModel } from './protocol-model';
import { type FailedEnding, hasRecords, heldStep, index, pick, Step } from './protocol-step';
import { submits } from './protocol-submits';
import { home, pass, place, type World } from './protocol-world';

const kinds = [
  submits,
  fc.tuple(index, fc.constantFrom(1_500, 6_000), fc.boolean()).map(([n, leaseMs, again]) => {
    const act = async (model: ProtocolModel, { store, claims }: World): Promise<void> => {
      const record = pick(model.records, n);
      const token = again && record.token ? record.token : `token-${claims.length}-${n}`;
      const expected = model.claim(record, token, leaseMs);
      const claim = await store.claim(record.requestID, place(record.mode), { worker: 'w', leaseMs, tokenHash: token });
      expect(claim.kind === 'claimed' ? `claimed ${claim.attempt}` : claim.kind).toBe(expected);
      if (claim.kind === 'claimed' && !claims.some((known) => known.record === record && known.token === token))
        claims.push({ record, attempt: claim.attempt, token });
    };
    return new Step(`claim ${n} ${leaseMs}${again ? ' again' : ''}`, act, hasRecords);
  }),
  fc.tuple(index).map(([n]) =>
    heldStep(`renew ${n}`, n, async (model, { store }, { record, attempt }) => {
      const { leaseMs } = record;
      const expected = model.renew(record, attempt);
      expect(await store.renew(record.requestID, attempt, leaseMs)).toBe(expected);
    }),
  ),
  fc.tuple(index, fc.constantFrom<Ending['outcome']>('succeeded', 'failed', 'timedOut')).map(([n, outcome]) =>
    heldStep(`finish ${n} ${outcome}`, n, async (model, { store }, { record, attempt }) => {
      const by = `${attempt} ${outcome}`;
      const ending: Ending =
        outcome === 'succeeded'
          ? { outcome, result: JSON.stringify(by) }
          : outcome === 'failed'
            ? { outcome, type: 'FUNCTION_ERROR', message: by }
            : { outcome: 'timedOut', limitMs: attempt };
      const expected = model.finish(record, attempt, ending.outcome, by);
      expect(await store.finish(record.requestID, home(record), attempt, ending, '')).toMatchObject({
        recorded: expected,
      });
    }),
  ),
  fc.tuple(index, fc.constantFrom(1_500, 6_000), fc.boolean()).map(([n, leaseMs, again]) =>
    heldStep(
      `finish ${n} and go on${again ? ' again' : ''}`,
      n,
      async (model, { store, claims }, { record, attempt }) => {
        const by = `${attempt} succeeded`;
        const ending: Ending = { outcome: 'succeeded', result: JSON.stringify(by) };
        const token = again && record.next?.token ? record.next.token : `token-${claims.length}-${n}-next`;
        const expected = model.finishAndGoOn(record, attempt, 'succeeded', by, token, leaseMs);
        const starter = { worker: 'w', leaseMs, tokenHash: token };
        const finish = () =>
          store.finish(record.requestID, home(record), attempt, ending, '', undefined, undefined, starter);
        const told = await finish();
        const next = told.recorded ? told.next : undefined;
        expect(told.recorded).toBe(expected.recorded);
        expect(next?.requestID).toBe(expected.next?.requestID);
        if (!next || !expected.next) return;
        expect(next.attempt).toBe(expected.next.attempt);
        claims.push({ record: expected.next, attempt: next.attempt, token });
        // The same command again, as a connection that broke sends it: nobody else is started.
        expect(await finish()).toMatchObject({ recorded: true, next: { requestID: next.requestID } });
      },
    ),
  ),
  fc.tuple(index, fc.constantFrom(0, 100, 2_000), fc.constantFrom('failed', 'timedOut')).map(([n, afterMs, outcome]) =>
    heldStep(`retry ${n} ${outcome} after ${afterMs}`, n, async (model, { store }, { record, attempt }) => {
      const by = `${attempt} ${outcome}, tried again`;
      const ending: FailedEnding =
        outcome === 'failed'
          ? { outcome, type: 'FUNCTION_ERROR', message: by }
          : { outcome: 'timedOut', limitMs: 100 + attempt };
      const expected = model.retry(record, attempt, afterMs, ending.outcome, by);
      expect(await store.retry(record.requestID, home(record), attempt, afterMs, ending, '')).toBe(expected);
    }),
  ),
  fc.tuple(index).map(([n]) =>
    heldStep(`release ${n}`, n, async (model, { store }, { record, attempt }) => {
      model.release(record, attempt);
      await store.release(record.requestID, attempt);
    }),
  ),
  index.map((n) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const record = pick(model.records, n);
      model.expire(record);
      const standing = await store.expire(record.requestID, home(record));
      expect(standing?.status).toBe(record.status);
      expect(standing?.envelope !== undefined).toBe(record.end !== undefined);
    };
    return new Step(`expire ${n}`, act, hasRecords);
  }),
  index.map((n) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const record = pick(model.records, n);
      const expected = model.cancel(record);
      expect(await store.cancel(record.requestID, home(record))).toBe(expected);
    };
    return new Step(`cancel ${n}`, act, hasRecords);
  }),
  index.map((n) => {
    const act = async (model: ProtocolModel, { open }: World): Promise<void> => {
      const record = pick(model.records, n);
      const expected = model.sweep(record);
      expect(await open.look(record.requestID, home(record))).toBe(expected);
    };
    return new Step(`sweep ${n}`, act, hasRecords);
  }),
  fc
    .constantFrom(1, 100, 300, 700, 1_500, 2_000, 2_000, 6_000, 41_000)
    .map((ms) => new Step(`wait ${ms}`, (model, world) => pass(model, world, ms))),
  fc.constantFrom<Mode>('sync', 'async').map((mode) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      expect(await store.take(0, place(mode))).toBe(model.take(mode));
    };
    return new Step(`take ${mode}`, act);
  }),
] satisfies fc.Arbitrary<Step>[];
/** Claims and the sweeper are what histories with lost workers are made of. */
const [, claims, , , goOns, , , , , sweeps, waits] = kinds;
export const steps = [...kinds, claims, claims, goOns, sweeps, sweeps, sweeps, waits];
