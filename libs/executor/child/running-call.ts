/** One call of a sandbox, from its arrival until nothing of it is at work any more. */
import type { CloudbaseContext } from '@invoq/contract/handler';
import type { ReceivedHead } from '../pipe/call-head';
import { abortOf, AbortController, clock, min, now, round } from '../pipe/primordials';
import type { Hooks } from './context';
import type { Environment } from './environment';
import type { Progress } from './progress';

/** Work left by an async handler goes on for so long: its contract waits for its promise alone. ms. */
const ASYNC_MS = 1_000;

/** What its context reaches for is made when it is asked for. */
export class RunningCall implements Hooks {
  began = clock();
  /** ms since the epoch. */
  answeredAt = 0;
  hasFailed = false;
  context?: CloudbaseContext;
  isAsync?: boolean;
  private cancelled = false;
  private controller: AbortController | undefined;
  private reports: Progress | undefined;
  private over = false;

  constructor(
    readonly head: ReceivedHead,
    private readonly environment: Environment,
    private readonly makeProgress: () => Progress,
  ) {}

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.cancelled) abortOf(this.controller);
    return this.controller.signal;
  }

  get timezone(): string | undefined {
    return this.environment.timezone;
  }

  get tookUs(): number {
    return round((clock() - this.began) * 1_000);
  }

  progress(value: unknown): void {
    if (this.over) return;
    this.reports ??= this.makeProgress();
    this.reports.report(value);
  }

  abort(): void {
    this.cancelled = true;
    if (this.controller !== undefined) abortOf(this.controller);
  }

  /** Until when what the call has left may be at work, by the rule of its contract; ms since the epoch. */
  get worksUntil(): number {
    const { context, isAsync, head, answeredAt } = this;
    if (context === undefined) return head.deadline;
    if (!context.callbackWaitsForEmptyEventLoop) return 0;
    return isAsync ? min(head.deadline, answeredAt + ASYNC_MS) : head.deadline;
  }

  end(): void {
    this.over = true;
    this.answeredAt = now();
    this.reports?.end();
  }
}
