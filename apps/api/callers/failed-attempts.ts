/**
 * Failed attempts to show a key, so that nobody can try for long. With a known key they are counted for the key, and for
 * each address with it; with key ids that do not exist (yet), for the address. In this process alone, in bounded memory.
 *
 * Behind a proxy all callers have one address, and a key id is no secret: whoever could lock an address or a key id by
 * failing on purpose would shut out its owners. So an address that has not failed with a known key of late is heard.
 */

/** The key id that an attempt named; `known`: there is such a key. */
export interface Attempt {
  ip: string;
  keyID: string;
  known: boolean;
}

const WINDOW_MS = 60_000;
/** Failures in one window, beyond which it is not even looked at the secret. */
const LIMITS = { pair: 10, ip: 50, key: 100 } as const;
/** Entries at most; the oldest is forgotten first. */
const MAX_ENTRIES = 30_000;

interface Count {
  failures: number;
  /** ms since the epoch. */
  until: number;
}

export class FailedAttempts {
  private readonly counts = new Map<string, Count>();

  /** Seconds until this sender is heard again; undefined: now. `now` in ms. */
  closedForS(attempt: Attempt, now: number): number | undefined {
    const own = this.read(attempt.known ? pair(attempt) : address(attempt), now);
    const closed =
      exceeded(own, attempt.known ? LIMITS.pair : LIMITS.ip) ??
      (attempt.known && own ? exceeded(this.read(keyOf(attempt), now), LIMITS.key) : undefined);
    return closed && Math.max(1, Math.ceil((closed.until - now) / 1_000));
  }

  failed(attempt: Attempt, now: number): void {
    for (const key of attempt.known ? [pair(attempt), keyOf(attempt)] : [address(attempt)]) {
      const count = this.read(key, now) ?? { failures: 0, until: now + WINDOW_MS };
      count.failures++;
      this.counts.set(key, count);
    }
    while (this.counts.size > MAX_ENTRIES) this.counts.delete(this.counts.keys().next().value!);
  }

  succeeded(attempt: Attempt): void {
    this.counts.delete(pair(attempt));
  }

  get size(): number {
    return this.counts.size;
  }

  private read(key: string, now: number): Count | undefined {
    const count = this.counts.get(key);
    if (count === undefined || now < count.until) return count;
    this.counts.delete(key);
    return undefined;
  }
}

function exceeded(count: Count | undefined, limit: number): Count | undefined {
  return count && count.failures >= limit ? count : undefined;
}

function address({ ip }: Attempt): string {
  return `ip ${ip}`;
}

function keyOf({ keyID }: Attempt): string {
  return `key ${keyID}`;
}

function pair({ ip, keyID }: Attempt): string {
  // An address holds no blank, so no key id can pose as another pair.
  return `pair ${ip} ${keyID}`;
}
