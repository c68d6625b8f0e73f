/**
 * What this worker knows of the others that deliver callbacks. It announces its own settings, and answers what follows from
 * theirs: may it sign, does another one allow an address, which addresses are machines of ours.
 */
import { isWithin, networks } from '@invoq/callbacks/address-guard';
import { fingerprintOf } from '@invoq/callbacks/signature';
import { limited, type LimitedLog, type Logger } from '@invoq/host/log';
import { type CallbackPeer, peersAhead } from '@invoq/policy/callback-peers';
import type { CallbackPeers } from '@invoq/store/callbacks/callback-peers';
import { PeriodicTask } from '@invoq/store/background/periodic-task';

/** Between two announcements, ms. */
const ANNOUNCE_MS = 10_000;
/** What is known of the others is good enough for so long before a delivery is refused for good, ms. */
const ASK_MS = 1_000;
/** Between two warnings, ms. */
const WARN_MS = 3_600_000;

export interface PeersOptions {
  worker: string;
  /** Networks of `INVOQ_CALLBACK_ALLOW`. */
  allow: readonly string[];
  /** Public addresses of this machine. */
  addresses(): string[];
  onError(error: unknown): void;
}

export class Peers {
  private self: CallbackPeer;
  private others: CallbackPeer[] = [];
  /** When they were asked last. */
  private askedAt = -Infinity;
  private machines: ReadonlySet<string>;
  private announcing: Promise<void> = Promise.resolve();
  private readonly task: PeriodicTask;
  private readonly warnings: LimitedLog;

  constructor(
    private readonly store: CallbackPeers,
    log: Logger,
    private readonly options: PeersOptions,
  ) {
    const { worker: id, allow } = options;
    const addresses = options.addresses();
    this.self = { id, signs: [], allow, addresses };
    this.machines = new Set(addresses);
    this.warnings = limited(log, 'callback peers', WARN_MS);
    const { onError } = options;
    this.task = new PeriodicTask(() => this.announce(), { everyMs: ANNOUNCE_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  async stop(): Promise<void> {
    this.task.stop();
    await this.store.leave(this.self.id).catch(() => undefined);
  }

  /** Addresses of the machines that workers run on. */
  readonly ownAddresses = (): ReadonlySet<string> => this.machines;

  /** Does another living worker allow this address? Before the answer is no, they are asked: one may have come just now. */
  async isAllowedElsewhere(address: string): Promise<boolean> {
    if (this.someAllows(address)) return true;
    if (performance.now() - this.askedAt >= ASK_MS) await this.announce();
    return this.someAllows(address);
  }

  private someAllows(address: string): boolean {
    return this.others.some(({ allow }) => isWithin(networks(allow), address));
  }

  /** False: another worker signs with another secret and did so before. It delivers, this one does not. */
  get maySign(): boolean {
    return peersAhead(this.self, this.others).length === 0;
  }

  /** Before a message is signed with these. The first time, or with new ones, the others are asked. */
  async asksToSign(masters: readonly string[]): Promise<boolean> {
    const signs = masters.map(fingerprintOf).sort();
    if (signs.join() !== this.self.signs.join()) {
      this.self = { ...this.self, signs };
      await this.announce();
    }
    return this.maySign;
  }

  /** One at a time, so that an older answer never replaces a newer one. */
  private announce(): Promise<void> {
    this.announcing = this.announcing.catch(() => undefined).then(() => this.announceNow());
    return this.announcing;
  }

  private async announceNow(): Promise<void> {
    const addresses = this.options.addresses();
    const askedAt = performance.now();
    const { self, others } = await this.store.announce({ ...this.self, addresses });
    this.self = { ...this.self, since: self.since, addresses };
    this.others = others;
    this.askedAt = askedAt;
    this.machines = new Set([self, ...others].flatMap((peer) => peer.addresses));
    const ahead = peersAhead(this.self, others);
    if (ahead.length === 0) return;
    const text =
      'callbacks are left to other workers: one of them signs with another secret. ' +
      'Set the same INVOQ_CALLBACK_SECRET for all workers, or share INVOQ_DATA';
    this.warnings.warn({ ours: this.self.signs, others: ahead.map(({ signs }) => signs) }, text);
  }
}
