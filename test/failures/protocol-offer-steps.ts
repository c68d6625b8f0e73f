/** What workers do with their offers and with what was dispatched to them. */
import fc from 'fast-check';
import type { Mode } from '@invoq/contract/invocation';
import { dispatchedKey, readyKey } from '@invoq/store/keys/keys';
import { OfferStore, readDispatched } from '@invoq/store/ready-queue/offers';
import type { ProtocolModel } from './protocol-model';
import { KINDS } from './protocol-kinds';
import { OFFER_MS } from './protocol-offers';
import { Step } from './protocol-step';
import { plainSubmits } from './protocol-submits';
import { place, type World } from './protocol-world';

const modes = fc.constantFrom<Mode>('sync', 'async');
const WORKER = 'w';
let offers = 0;

/** As an end leaves it. */
const leavings = fc
  .tuple(modes, fc.constantFrom(...KINDS), fc.constantFrom(1_500, 6_000))
  .map(([mode, kind, leaseMs]) => {
    const act = async (model: ProtocolModel, { redis }: World): Promise<void> => {
      const token = `offer-${++offers}`;
      model.offers.leave({ mode, kind, token, leaseMs }, model.now);
      const list = `${readyKey(0, 'default', mode)}:offers:${kind.digest}`;
      await redis.rpush(list, `${WORKER} ${leaseMs} ${token} ${model.now + OFFER_MS}`);
    };
    return new Step(`offer ${mode} by ${[...kind.whole].join()}`, act);
  });

const reads = modes.map((mode) => {
  const act = async (model: ProtocolModel, { redis, claims }: World): Promise<void> => {
    const text = await redis.lpop(dispatchedKey(0, 'default', mode, WORKER));
    const record = model.offers.read(mode);
    const dispatched = text === null ? undefined : readDispatched(text);
    expect(dispatched?.claim.requestID).toBe(record?.requestID);
    if (record === undefined || dispatched === undefined) return;
    const { claimRequest, claim } = dispatched;
    expect(claim).toMatchObject({ attempt: 1, mode, limitMs: record.timeoutMs, queueMs: 0, losses: 0 });
    claims.push({ record, attempt: 1, token: claimRequest.tokenHash });
  };
  return new Step(`read what was dispatched ${mode}`, act);
});

/** A connection broke, and its worker takes the offer back: it has what came under it, be the text lost or not. */
const withdrawals = fc.tuple(modes, fc.nat(3), fc.boolean()).map(([mode, n, isTextLost]) => {
  const act = async (model: ProtocolModel, { redis, store, claims }: World): Promise<void> => {
    const offer = model.offers.standing.filter((each) => each.mode === mode).at(n);
    const unread = model.offers.unread.filter((each) => each.mode === mode);
    if (isTextLost && unread.length > 0) {
      const [record] = unread;
      const list = dispatchedKey(0, 'default', mode, WORKER);
      const token = readDispatched((await redis.lpop(list))!).claimRequest.tokenHash;
      model.offers.read(mode);
      if (record.status !== 'running' || record.token !== token) return;
      const claimRequest = { worker: WORKER, leaseMs: record.leaseMs, tokenHash: token };
      const taken = await store.take(0, place(mode), [claimRequest], KINDS[0].digest, false);
      expect(taken).toMatchObject({ claims: [{ requestID: record.requestID, attempt: 1 }] });
      claims.push({ record, attempt: 1, token });
      return;
    }
    const token = offer?.token ?? 'none';
    const digest = (offer?.kind ?? KINDS[0]).digest;
    const by = { worker: WORKER, leaseMs: offer?.leaseMs ?? 0, tokenHash: token };
    const answer = await new OfferStore(redis).withdraw(0, place(mode), digest, by);
    model.offers.withdraw(token);
    expect(answer.isTaken).toBe(false);
    const dispatched = answer.dispatched.map(readDispatched);
    expect(dispatched.map(({ claim }) => claim.requestID)).toEqual(unread.map(({ requestID }) => requestID));
    for (const { claimRequest } of dispatched)
      claims.push({ record: model.offers.read(mode)!, attempt: 1, token: claimRequest.tokenHash });
  };
  return new Step(`withdraw ${n} ${mode}${isTextLost ? ', its text lost' : ''}`, act);
});

export const offerSteps = [leavings, leavings, plainSubmits, plainSubmits, reads, withdrawals];
