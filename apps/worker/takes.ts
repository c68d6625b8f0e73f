/** How this worker comes to its calls: it takes them from the lines, or they are dispatched to it under an offer. */
import type { Lane, TakenCall } from '@invoq/queue/lane-consumer';
import type { PartitionLane } from '@invoq/queue/partition-lane';
import type { InvocationStore, Taken } from '@invoq/store/invocation-store';
import type { Dispatched, OfferStore } from '@invoq/store/ready-queue/offers';
import type { Attempts, Held } from './attempt';
import type { Served } from './served';
import { SlotOffer } from './slot-offer';
import { untilStored } from './until-stored';

export interface TakesOptions {
  worker: string;
  onError(error: unknown): void;
}

export interface CallsTaken {
  calls: TakenCall[];
  /** More of them wait. */
  more: boolean;
}

const NO_CALLS: CallsTaken = { calls: [], more: false };

export class Takes {
  private readonly askedFor = new Set<string>();

  constructor(
    private readonly store: InvocationStore,
    private readonly offers: OfferStore,
    private readonly served: Served,
    private readonly attempts: Attempts,
    private readonly options: TakesOptions,
  ) {}

  /**
   * Takes those that are next in a lane of what this worker serves, `count` at most; see `LaneConsumerOptions`. They run, in
   * the eyes of everybody else, from now on. `laneOffer`: where the ends of the lane leave offers.
   */
  async take(address: PartitionLane, count: number, byTicket: boolean, laneOffer?: SlotOffer): Promise<CallsTaken> {
    const tokens = Array.from({ length: count }, () => this.attempts.newToken());
    const claimRequests = tokens.map(({ claimRequest }) => claimRequest);
    let serving = this.served.now;
    const take = (): Promise<Taken> =>
      this.stored(() => this.store.take(address.partition, address, claimRequests, serving.digest, byTicket));
    let taken = await take();
    if (taken.kind === 'unknown') {
      await this.served.announce(address.partition);
      serving = this.served.now;
      taken = await take();
    }
    if (taken.kind === 'unknown') return NO_CALLS;
    const calls = taken.claims.flatMap((claim, i) =>
      claim === undefined ? [] : [this.callOf({ claim, token: tokens[i], serving, laneOffer }, address)],
    );
    return { calls, more: taken.more };
  }

  /** The offer of a lane, of which none stands yet. `counted`: what becomes of each call that it brings. */
  offerIn(address: PartitionLane, counted: (call: TakenCall) => TakenCall): SlotOffer {
    const laneOffer: SlotOffer = new SlotOffer(address, {
      worker: this.options.worker,
      store: this.offers,
      askedFor: this.askedFor,
      callUnder: (offer, { claim }) => counted(this.callOf({ claim, ...offer, laneOffer }, address)),
      lateCallUnder: (offer, { claim }) => counted(this.lateCall({ claim, ...offer, laneOffer }, address)),
      strangeCall: (dispatched) => counted(this.strangeCall(dispatched, address)),
      takeUnder: async (offer) => (await this.takeUnder({ ...offer, laneOffer }, address)).map(counted),
    });
    return laneOffer;
  }

  private callOf(held: Held, address: PartitionLane): TakenCall {
    return {
      serve: (lane) => this.attempts.serve(held, address, lane),
      handBack: () => this.attempts.handBack(held.claim, held.token.claimRequest, address, 'noSlot'),
    };
  }

  /** It may have ended, or be another worker's, and little of its time may be left. */
  private lateCall(held: Held, address: PartitionLane): TakenCall {
    const serve = async (lane: Lane): Promise<boolean> => {
      const [call] = await this.takeUnder(held, address);
      return call === undefined ? false : call.serve(lane);
    };
    return { ...this.callOf(held, address), serve };
  }

  /** Of an offer that this worker has forgotten, with the token that goes with it. */
  private strangeCall({ claim, claimRequest }: Dispatched, address: PartitionLane): TakenCall {
    const handBack = (): Promise<void> => this.attempts.handBack(claim, claimRequest, address, 'noSlot');
    return { serve: () => handBack().then(() => false), handBack };
  }

  /** Asked with the same token, the store answers the same call. */
  private async takeUnder(right: Omit<Held, 'claim'>, address: PartitionLane): Promise<TakenCall[]> {
    const { token, serving } = right;
    const taken = await this.stored(() =>
      this.store.take(address.partition, address, [token.claimRequest], serving.digest, false),
    );
    const [claim] = taken.kind === 'taken' ? taken.claims : [];
    return claim === undefined ? [] : [this.callOf({ ...right, claim }, address)];
  }

  private stored<T>(store: () => Promise<T>): Promise<T> {
    return untilStored(store, this.options.onError);
  }
}
