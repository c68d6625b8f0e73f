/**
 * Notices workers that sign with another secret than this one. Their receivers take the callbacks of the one and refuse those
 * of the other, and all that would be seen of it here are tries that fail.
 */
import { fingerprintOf } from '@invoq/callbacks/signature';
import { limited, type LimitedLog, type Logger } from '@invoq/host/log';
import type { Signers } from '@invoq/store/signers';

/** Between two looks of a worker that signs, ms. */
const LOOK_MS = 60_000;
/** Between two warnings, ms. */
const WARN_MS = 3_600_000;

export class SignerWatch {
  private readonly warnings: LimitedLog;
  private lookAt = -Infinity;

  constructor(
    private readonly signers: Signers,
    log: Logger,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.warnings = limited(log, 'signers', WARN_MS);
  }

  /** A message is signed with these; it does not wait for the look. */
  signs(masters: readonly string[]): void {
    if (performance.now() < this.lookAt) return;
    this.lookAt = performance.now() + LOOK_MS;
    this.look(masters.map(fingerprintOf)).catch(this.onFault);
  }

  private async look(ours: string[]): Promise<void> {
    // One in common is enough: a secret is being replaced, and receivers of either are content.
    const others = (await this.signers.announce(ours)).filter((theirs) => !theirs.some((each) => ours.includes(each)));
    if (others.length === 0) return;
    const text =
      'another worker signs callbacks with another secret: set one INVOQ_CALLBACK_SECRET, or share INVOQ_DATA';
    this.warnings.warn({ ours, others }, text);
  }
}
