/**
 * A call that has answered and is still at work: its token opens the API as long as that lasts, and what it prints is kept with
 * its record. That is told each second, and when nothing of the call is at work any more; there is as much room as is left of
 * the call's log.
 */
import type { LogLine } from '@invoq/executor/call/call';
import type { Claimed, ClaimRequest } from '@invoq/store/attempts/claim';
import type { InvocationStore } from '@invoq/store/invocation-store';

const EVERY_MS = 1_000;
/** The token outlives the limit of its call by so much: a request may be on its way. */
const SLACK_MS = 500;

export class LateWork {
  private lines: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isRecorded = false;
  private isOver = false;
  private hasBegun = false;
  private readonly until: number;

  /** `onTelling`: called with each message to the store that is on its way. */
  constructor(
    private readonly store: Pick<InvocationStore, 'appendLateLog' | 'beginLate' | 'endLate'>,
    private readonly claim: Pick<Claimed, 'requestID' | 'attempt' | 'remainingMs'>,
    private readonly claimRequest: ClaimRequest,
    private readonly onWrite: (write: Promise<void>) => void,
  ) {
    this.until = performance.now() + claim.remainingMs + SLACK_MS;
  }

  /** It has answered, and is still at work. */
  readonly begins = (): void => {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.onWrite(this.store.beginLate(this.claim.requestID, this.claimRequest, this.until - performance.now()));
  };

  readonly add = (line: LogLine): void => {
    this.lines.push(`${JSON.stringify({ attempt: this.claim.attempt, ...line })}\n`);
    this.schedule();
  };

  /** The end of the call is recorded: what comes now stands behind what was printed before it. */
  recorded(): void {
    this.isRecorded = true;
    this.schedule();
  }

  /** Nothing of it is at work any more. */
  readonly over = (): void => {
    this.isOver = true;
    if (this.hasBegun) this.onWrite(this.store.endLate(this.claim.requestID));
    this.schedule();
  };

  private schedule(): void {
    if (!this.isRecorded || this.lines.length === 0) return;
    if (this.isOver) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), EVERY_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = this.lines.join('');
    this.lines = [];
    this.onWrite(this.store.appendLateLog(this.claim.requestID, text));
  }
}
