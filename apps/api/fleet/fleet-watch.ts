/** What this API has to say of the fleet: whether it may take calls, and in what it differs, each logged once. */
import type { Logger } from '@invoq/host/log';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';

export class FleetWatch {
  private logged: ReadonlySet<string> = new Set();
  private serving = false;

  constructor(
    private readonly fleet: FleetMember,
    private readonly log: Logger,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** From now on heartbeats say that this process takes calls, or why it does not. */
  async start(): Promise<void> {
    this.serving = true;
    this.fleet.onChange(() => this.review());
    // Should Redis go away just now, the next heartbeat says it.
    await this.say().catch(this.onError);
    this.review();
  }

  /** It takes no more calls. */
  end(): void {
    this.serving = false;
    this.fleet.say('draining').catch(() => undefined);
  }

  /** All in which it differs from the fleet. */
  differences(): string[] {
    return [...this.fleet.refusals, ...this.fleet.complaints];
  }

  private review(): void {
    const { refusals, complaints } = this.fleet;
    const before = this.logged;
    this.logged = new Set([...refusals, ...complaints]);
    for (const refusal of refusals) {
      if (!before.has(refusal)) this.log.error({ event: 'refusing' }, `takes no calls: ${refusal}`);
    }
    for (const complaint of complaints) {
      if (!before.has(complaint)) this.log.warn({ event: 'disagrees' }, complaint);
    }
    if (this.logged.size === 0 && before.size > 0) this.log.info({ event: 'agrees' }, 'takes calls: nothing disagrees');
    const isNews = this.logged.size !== before.size || [...this.logged].some((text) => !before.has(text));
    if (isNews && this.serving) this.say().catch(this.onError);
  }

  private say(): Promise<void> {
    const { refusals } = this.fleet;
    return this.fleet.say(refusals.length === 0 ? 'ready' : 'refusing', [...refusals]);
  }
}
