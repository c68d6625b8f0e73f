/**
 * Workers whose settings for callbacks differ. One worker's settings never decide for all: what it must not deliver, another
 * one may; and receivers are not sent signatures of two secrets.
 */

/** How many places of a worker one env may hold while others hold none: nine tenths of what is free. */
const SHARE_OF_FREE = 0.9;

export interface CallbackPeer {
  id: string;
  /** Since when it signs, by the clock of Redis, ms since the epoch; missing before its first signature. */
  since?: number;
  /** Fingerprints of the secrets it signs with. */
  signs: readonly string[];
  /** Networks of `INVOQ_CALLBACK_ALLOW`. */
  allow: readonly string[];
  /** Public addresses of its machine. */
  addresses: readonly string[];
}

/**
 * The peers that keep a worker from signing: they signed before it, and with none of its secrets. One secret in common is
 * enough, since it is being replaced and receivers take either. A worker that does not know its secrets yet finds them out
 * with its first message.
 */
export function peersAhead(self: CallbackPeer, others: readonly CallbackPeer[]): CallbackPeer[] {
  if (self.signs.length === 0) return [];
  const isBefore = (other: CallbackPeer): boolean => {
    if (other.since === undefined) return false;
    if (self.since === undefined || other.since < self.since) return true;
    return other.since === self.since && other.id < self.id;
  };
  const sharesNone = ({ signs }: CallbackPeer): boolean => !signs.some((each) => self.signs.includes(each));
  return others.filter((other) => other.signs.length > 0 && isBefore(other) && sharesNone(other));
}

/** May an env start one more delivery? `own`: places that it holds, `all`: places held by all envs, `max`: places there are. */
export function hasPlaceFor(own: number, all: number, max: number): boolean {
  const free = max - all;
  return free > 0 && own < SHARE_OF_FREE * (free + own);
}
