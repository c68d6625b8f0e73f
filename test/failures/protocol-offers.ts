/** Offers in the model of the record protocol, and the calls that were dispatched under them and not read yet. */
import type { Mode } from '@invoq/contract/invocation';
import type { Serving } from '@invoq/store/ready-queue/serving';
import type { ProtocolKinds } from './protocol-kinds';
import type { ModelRecord } from './protocol-record';

/** So long an offer stands, ms. */
export const OFFER_MS = 20;

export interface ModelOffer {
  mode: Mode;
  kind: Serving;
  token: string;
  leaseMs: number;
  until: number;
}

export class ProtocolOffers {
  standing: ModelOffer[] = [];
  /** In the order in which they were dispatched. */
  unread: ModelRecord[] = [];
  /** How many were dispatched, and how many of them were not read in time. */
  dispatched = 0;
  takenBack = 0;

  constructor(private readonly kinds: ProtocolKinds) {}

  leave(offer: Omit<ModelOffer, 'until'>, now: number): void {
    this.standing.push({ ...offer, until: now + OFFER_MS });
  }

  /** The oldest offer of a worker that has the function whole. Those that are over are forgotten on the way. */
  take(mode: Mode, served: string, now: number): ModelOffer | undefined {
    for (const kind of this.kinds.inOrder()) {
      if (!kind.whole.has(served)) continue;
      for (const offer of this.standing.filter((each) => each.mode === mode && each.kind === kind)) {
        this.withdraw(offer.token);
        if (now <= offer.until) return offer;
      }
    }
    return undefined;
  }

  withdraw(token: string): boolean {
    const before = this.standing.length;
    this.standing = this.standing.filter((each) => each.token !== token);
    return this.standing.length < before;
  }

  /** Its worker has it from now on. */
  read(mode: Mode): ModelRecord | undefined {
    const record = this.unread.find((each) => each.mode === mode);
    if (record) this.takeBack(record);
    return record;
  }

  takeBack(record: ModelRecord): boolean {
    const before = this.unread.length;
    this.unread = this.unread.filter((each) => each !== record);
    return this.unread.length < before;
  }
}
