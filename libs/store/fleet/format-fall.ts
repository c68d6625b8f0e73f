/**
 * What is to be done before the number of the format falls. All processes write the older format as soon as they know of one that
 * wants it. When that is certain, what was written before is written anew, and only then the number tells a process of the release
 * before that it may start.
 */
import { LIFE_MS } from './fleet-store';

/** So long after the last word of Redis a process writes the newer format at most, ms; see `FleetMember.format`. */
export const TRUSTED_MS = LIFE_MS;

export class FormatFall {
  private since: number | undefined;
  private state: 'waits' | 'writes' | 'ready' = 'waits';

  /** `rewrite`: all that the release before cannot read. */
  constructor(
    private readonly rewrite: () => Promise<unknown>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asked at each heartbeat of a leader that wants the number to fall: may it? `now`: by a clock that never goes back, ms. */
  isReady(now: number): boolean {
    this.since ??= now;
    // Until then a process that has not heard of it may write the newer format.
    if (this.state === 'waits' && now - this.since > TRUSTED_MS) void this.write();
    return this.state === 'ready';
  }

  /** It is not to fall (any more), or has fallen. */
  reset(): void {
    this.since = undefined;
    this.state = 'waits';
  }

  private async write(): Promise<void> {
    this.state = 'writes';
    const { since } = this;
    try {
      await this.rewrite();
      if (this.since === since) this.state = 'ready';
    } catch (error) {
      this.onError(error);
      // Begun anew at the next heartbeat.
      if (this.since === since) this.state = 'waits';
    }
  }
}
