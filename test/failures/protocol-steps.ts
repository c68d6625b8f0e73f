/** What can happen to calls, in whatever order: each kind of step, and how often it comes. */
import fc from 'fast-check';
import type { Mode } from '@invoq/contract/invocation';
import type { Ending } from '@invoq/contract/outcome';
import type { ProtocolModel } from './protocol-model';
import { type FailedEnding, hasRecords, heldStep, index, pick, Step } from './protocol-step';
import { bellKey } from '@invoq/store/keys/keys';
import type { PauseTarget } from '@invoq/store/operators/pause-store';
import { TARGETS } from './protocol-pauses';
import { KINDS } from './protocol-kinds';
import { offerSteps } from './protocol-offer-steps';
import { submits } from './protocol-submits';
import { announce, home, pass, place, type World } from './protocol-world';

const modes = fc.constantFrom<Mode>('sync', 'async');
const kinds = fc.constantFrom(KINDS[0], ...KINDS);

export async function resume(model: ProtocolModel, { pauses }: World, target: PauseTarget): Promise<void> {
  model.resume(target);
  await pauses.resume(target, ['default']);
}

const all = [
  submits,
  fc
    .tuple(modes, kinds, fc.constantFrom(1, 1, 2, 3), fc.constantFrom(1_500, 6_000))
    .map(([mode, kind, most, leaseMs]) => {
      const act = async (model: ProtocolModel, { redis, store, claims }: World): Promise<void> => {
        // As a worker does whose bell rings, and one who looks by itself.
        const rung = (await redis.lpop(bellKey(0, 'default', mode, kind.digest), most)) ?? [];
        const tokens = Array.from({ length: Math.max(1, rung.length) }, (_, n) => `token-${claims.length}-${n}`);
        const expected = model.take(mode, kind, tokens, leaseMs);
        const claimRequests = tokens.map((tokenHash) => ({ worker: 'w', leaseMs, tokenHash }));
        const take = () => store.take(0, place(mode), claimRequests, kind.digest, false);
        const answer = await take();
        if (answer.kind === 'unknown') throw new Error('what it serves was announced, and is unknown');
        const taken = answer.claims.map((claim) => `${claim?.requestID} ${claim?.attempt}`);
        expect(taken).toEqual(expected.taken.map(({ requestID, attempt }) => `${requestID} ${attempt}`));
        expect(answer.more).toBe(expected.more);
        expected.taken.forEach((record, i) => claims.push({ record, attempt: record.attempt, token: tokens[i] }));
        // The same command again, as a connection that broke sends it: it has the same ones, and nobody else is started.
        expect(await take()).toMatchObject({ claims: answer.claims.map((claim) => ({ requestID: claim?.requestID })) });
      };
      return new Step(`take ${most} ${mode} by ${[...kind.whole].join()} ${leaseMs}`, act);
    }),
  fc.tuple(index).map(([n]) =>
    heldStep(`hand back ${n}`, n, async (model, { store }, { record, attempt, token }) => {
      const claimRequest = { worker: 'w', leaseMs: 0, tokenHash: token };
      const handBack = () => store.handBack(record.requestID, place(record.mode), attempt, claimRequest);
      const expected = model.handBack(record, attempt, token);
      expect(await handBack()).toBe(expected);
      expect(await handBack()).toBe('lost');
      if (expected !== 'cancel') return;
      model.cancel(record);
      await store.cancel(record.requestID, home(record));
    }),
  ),
  kinds.map((kind) => new Step(`announce ${[...kind.whole].join()}`, (model, world) => announce(model, world, kind))),
  fc.tuple(index).map(([n]) =>
    heldStep(`renew ${n}`, n, async (model, { store }, { record, attempt }) => {
      const { leaseMs } = record;
      const expected = model.renew(record, attempt);
      expect(await store.renew(record.requestID, attempt, leaseMs)).toBe(expected);
    }),
  ),
  fc.constantFrom(2, 5).map((most) => {
    const act = async (model: ProtocolModel, { store, claims }: World): Promise<void> => {
      // One command for those with the same lease, also of what is no longer the worker's.
      const some = claims.slice(-most);
      const expected = some.map(({ record, attempt }) => model.renew(record, attempt));
      const answers = some.map(({ record, attempt }) => store.renew(record.requestID, attempt, record.leaseMs));
      expect(await Promise.all(answers)).toEqual(expected);
    };
    return new Step(`renew ${most} together`, act, (model) => model.records.some(({ attempt }) => attempt > 0));
  }),
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
      expect(
        await store.finish({ requestID: record.requestID, home: home(record), attempt, ending, logs: '' }),
      ).toMatchObject({
        recorded: expected,
      });
    }),
  ),
  fc
    .tuple(index, kinds, fc.constantFrom(1_500, 6_000), fc.boolean(), fc.boolean())
    .map(([n, kind, leaseMs, again, offers]) =>
      heldStep(
        `finish ${n} and go on by ${[...kind.whole].join()}${again ? ' again' : ''}${offers ? ' or offer' : ''}`,
        n,
        async (model, { store, claims }, { record, attempt }) => {
          const by = `${attempt} succeeded`;
          const ending: Ending = { outcome: 'succeeded', result: JSON.stringify(by) };
          const token = again && record.next?.token ? record.next.token : `token-${claims.length}-${n}-next`;
          const expected = model.finishAndGoOn(record, attempt, 'succeeded', by, kind, token, leaseMs, offers);
          const claimRequest = { worker: 'w', leaseMs, tokenHash: token };
          const then = { claimRequest, digest: kind.digest, offers };
          const finish = () =>
            store.finish({ requestID: record.requestID, home: home(record), attempt, ending, logs: '', then });
          const answer = await finish();
          const next = answer.recorded ? answer.next : undefined;
          expect(answer.recorded).toBe(expected.recorded);
          expect(next?.requestID).toBe(expected.next?.requestID);
          expect(answer.recorded && answer.offered === true).toBe(expected.offered === true);
          if (!next || !expected.next) return;
          expect(next.attempt).toBe(expected.next.attempt);
          claims.push({ record: expected.next, attempt: next.attempt, token });
          // The same command again, as a connection that broke sends it: nobody else is started.
          expect(await finish()).toMatchObject({ recorded: true, next: { requestID: next.requestID } });
        },
      ),
    ),
  fc.tuple(modes, kinds, fc.constantFrom(2, 3), fc.constantFrom(1_500, 6_000)).map(([mode, kind, most, leaseMs]) => {
    const act = async (model: ProtocolModel, { store, claims }: World): Promise<void> => {
      // Also what is no longer the worker's: it is fenced, and the others are not.
      const held = new Map(claims.filter(({ record }) => record.mode === mode).map((claim) => [claim.record, claim]));
      const ends = [...held.values()].slice(-most).map(({ record, attempt }, n) => ({
        record,
        attempt,
        by: `${attempt} succeeded`,
        token: `token-${claims.length}-${n}-together`,
      }));
      const expected = model.finishTogether(ends, kind, leaseMs);
      const answer = await Promise.all(
        ends.map(({ record, attempt, by, token }) =>
          store.finish({
            requestID: record.requestID,
            home: home(record),
            attempt,
            ending: { outcome: 'succeeded', result: JSON.stringify(by) },
            logs: '',
            then: { claimRequest: { worker: 'w', leaseMs, tokenHash: token }, digest: kind.digest },
          }),
        ),
      );
      answer.forEach((one, n) => {
        expect(one.recorded).toBe(expected[n].recorded);
        const next = one.recorded ? one.next : undefined;
        expect(next?.requestID).toBe(expected[n].next?.requestID);
        if (next) claims.push({ record: expected[n].next!, attempt: next.attempt, token: ends[n].token });
      });
    };
    return new Step(`finish ${most} ${mode} together and go on by ${[...kind.whole].join()}`, act);
  }),
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
      expect(await open.check(record.requestID, home(record))).toBe(expected);
    };
    return new Step(`sweep ${n}`, act, hasRecords);
  }),
  fc
    .constantFrom(1, 1, 20, 21, 300, 700, 1_500, 2_000, 2_000, 6_000, 41_000)
    .map((ms) => new Step(`wait ${ms}`, (model, world) => pass(model, world, ms))),
  fc
    .tuple(fc.constantFrom(...TARGETS), fc.constantFrom('pause', 'resume', 'resume', 'turn away'))
    .map(([target, verb]) => {
      const act = async (model: ProtocolModel, world: World): Promise<void> => {
        if (verb === 'resume') return resume(model, world, target);
        if (verb === 'turn away') {
          expect(await world.pauses.turnAway(target, ['default'], 'paused')).toBe(model.turnAway(target));
          return;
        }
        model.pause(target);
        await world.pauses.pause(target, {}, ['default']);
      };
      return new Step(`${verb} ${JSON.stringify(target)}`, act);
    }),
  ...offerSteps,
] satisfies fc.Arbitrary<Step>[];
/** Submissions, takes, ends and the sweeper are what histories are made of; what else comes, comes in between. */
const [, takes, , , , , goOns, together, , , , , sweeps, waits] = all;
export const steps = [
  ...all,
  ...Array.from({ length: 4 }, () => [submits, takes]).flat(),
  ...[goOns, goOns, together, together, sweeps, sweeps, waits, ...offerSteps, ...offerSteps],
];
