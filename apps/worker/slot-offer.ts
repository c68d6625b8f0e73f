/**
 * The offer of one lane: the right to a call that is yet to come. A call that is started under it arrives as a text, which names
 * the offer by the hash of its token.
 */
import type { LaneOffer, TakenCall } from '@invoq/queue/lane-consumer';
import type { PartitionLane } from '@invoq/queue/partition-lane';
import { dispatchedKey } from '@invoq/store/keys/keys';
import { type Dispatched, type OfferStore, readDispatched } from '@invoq/store/ready-queue/offers';
import type { Serving } from '@invoq/store/ready-queue/serving';
import type { AttemptToken } from './attempt-token';

/** What a slot goes on with: a token for the next call, and what its worker says that it serves. */
export interface Offer {
  token: AttemptToken;
  serving: Serving;
}

/** `offers.lua` lets it stand for 20 ms. A call that came under it has arrived by then, as a rule, ms. */
const OVER_MS = 100;
/** What is read so long after its offer was left may have lain in the socket of a worker that was frozen, ms. */
const FRESH_MS = 250;

export interface SlotOfferOptions {
  worker: string;
  store: OfferStore;
  /** The hashes of offers whose calls this worker has asked for, since their texts seemed to be lost. There are few, if any. */
  askedFor: Set<string>;
  /** A call that came under this offer. */
  callUnder(offer: Offer, dispatched: Dispatched): TakenCall;
  /** The same, when it may be over by now: it is asked for again before it is run. */
  lateCallUnder(offer: Offer, dispatched: Dispatched): TakenCall;
  /** A call that came under an offer of which nothing is known. */
  strangeCall(dispatched: Dispatched): TakenCall;
  /** The call that was started under this offer and did not arrive. */
  takeUnder(offer: Offer): Promise<TakenCall[]>;
}

/** What a text gives that comes too late. */
const NO_CALL: TakenCall = { serve: () => Promise.resolve(false), handBack: () => Promise.resolve() };

/** Times are of `performance.now()`. */
interface Left {
  offer: Offer;
  /** When the end was sent that leaves it. */
  sentAt: number;
  /** Since when it stands; missing: its end is on its way. */
  since?: number;
}

export class SlotOffer implements LaneOffer {
  readonly key: string;
  /** Forgotten when a call has come under it, or when Redis says that none will. */
  private left: Left | undefined;

  constructor(
    private readonly address: PartitionLane,
    private readonly options: SlotOfferOptions,
  ) {
    this.key = dispatchedKey(address.partition, address.queue, address.lane, options.worker);
  }

  get stands(): boolean {
    return this.left?.since !== undefined;
  }

  get mayStand(): boolean {
    return this.left !== undefined;
  }

  get isOver(): boolean {
    return this.left?.since !== undefined && performance.now() - this.left.since >= OVER_MS;
  }

  /** May the end of a call leave this one? Then `endHasLeft` follows. */
  reserve(offer: Offer): boolean {
    if (this.left !== undefined) return false;
    this.left = { offer, sentAt: performance.now() };
    return true;
  }

  /** What came of `reserve`. A call may have come under the offer before. */
  endHasLeft(offer: Offer, isLeft: boolean): void {
    if (this.left?.offer !== offer) return;
    if (isLeft) this.left.since = performance.now();
    else this.left = undefined;
  }

  read(text: string): TakenCall {
    const dispatched = readDispatched(text);
    const { left } = this;
    if (this.options.askedFor.has(dispatched.claimRequest.tokenHash)) return NO_CALL;
    if (left?.offer.token.claimRequest.tokenHash !== dispatched.claimRequest.tokenHash)
      return this.options.strangeCall(dispatched);
    this.left = undefined;
    // It was dispatched after its offer was left, so it is no older.
    const isFresh = performance.now() - left.sentAt < FRESH_MS;
    return this.options[isFresh ? 'callUnder' : 'lateCallUnder'](left.offer, dispatched);
  }

  async withdraw(): Promise<TakenCall[]> {
    const offer = this.left?.offer;
    if (offer === undefined) return [];
    const { store, takeUnder } = this.options;
    const { partition } = this.address;
    const by = offer.token.claimRequest;
    const { isTaken, dispatched } = await store.withdraw(partition, this.address, offer.serving.digest, by);
    const calls = dispatched.map((text) => this.read(text));
    if (this.left?.offer !== offer) return calls;
    this.left = undefined;
    if (!isTaken) return calls;
    // Its text was lost with a connection, or comes too late.
    this.options.askedFor.add(by.tokenHash);
    return [...calls, ...(await takeUnder(offer))];
  }
}
