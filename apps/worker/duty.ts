/**
 * Whether this worker takes calls: not while it differs from the fleet in a setting that must agree, not with nothing to
 * serve, and not while an operator drains it. It says why, in its log, in `/readyz` and in its heartbeat, and begins again by
 * itself.
 */
import type { Logger } from '@invoq/host/log';
import type { FleetMember } from '@invoq/store/fleet/fleet-member';
import type { LaneRunner } from './lane-runner';
import type { Publisher } from './publisher';

export interface DutyOptions {
  /** Text of `INVOQ_FUNCTIONS`. */
  functions: string;
  queues: string[];
  /** Sandboxes that are still at work after the answer of their call. */
  lingering(): number;
}

const NOT_SAID = 'the fleet could not be told what this worker does';

export class Duty {
  private onDuty = false;
  private over = false;
  private logged: ReadonlySet<string> = new Set();
  private last: Promise<void> = Promise.resolve();
  private readonly exitListeners: (() => void)[] = [];

  constructor(
    private readonly fleet: FleetMember,
    private readonly publisher: Publisher,
    private readonly lanes: LaneRunner,
    private readonly log: Logger,
    private readonly options: DutyOptions,
  ) {}

  /** Resolves when the worker takes calls, or has said why not. */
  async start(): Promise<void> {
    this.fleet.onChange(() => this.reviewSoon());
    this.fleet.onBack(() => this.publisher.publishAgain());
    this.lanes.onRest(() => {
      if (this.fleet.order !== 'take') this.reviewSoon();
    });
    await this.review();
  }

  /** Called once, when it is drained and an operator wants it to end. */
  onExit(listener: () => void): void {
    this.exitListeners.push(listener);
  }

  /** Other functions are there. */
  async changed(): Promise<void> {
    await this.publisher.publish();
    await this.review();
  }

  /** It takes no more; what it does from now on is the shutdown's. */
  end(): void {
    this.over = true;
    this.fleet.say('draining', [], this.fleet.order === 'take' ? 'take' : 'exit').catch(() => undefined);
  }

  /** Does an operator keep it from taking calls? */
  get isDrained(): boolean {
    return this.fleet.order !== 'take';
  }

  /** Why it takes no calls, one sentence each. */
  reasons(): string[] {
    return [...this.fleet.refusals, ...(this.publisher.hasAny ? [] : [this.nothingToServe])];
  }

  /**
   * What else is wrong with it, while it takes calls. Functions that were moved to other queues are not published by this
   * worker any more; their calls that still wait in its queues are run.
   */
  complaints(): string[] {
    const isIdle = this.publisher.hasAny && this.publisher.served().length === 0;
    return [...this.fleet.complaints, ...(isIdle ? [this.nothingToServe] : [])];
  }

  private get nothingToServe(): string {
    const { functions, queues } = this.options;
    return `There is no function to serve: INVOQ_FUNCTIONS=${functions} has none of queue ${queues.join(', ')}.`;
  }

  private reviewSoon(): void {
    this.review().catch((err: unknown) => this.log.warn({ err }, NOT_SAID));
  }

  private review(): Promise<void> {
    this.last = this.last.catch(() => undefined).then(() => this.reviewNow());
    return this.last;
  }

  private async reviewNow(): Promise<void> {
    if (this.over) return;
    const reasons = this.reasons();
    const news = this.logNew(reasons);
    if (this.isDrained) {
      await this.standDown();
    } else if (reasons.length > 0) {
      if (this.onDuty) await this.lanes.pause();
      this.onDuty = false;
      if (news || this.fleet.state !== 'refusing') await this.fleet.say('refusing', reasons, 'take');
    } else if (!this.onDuty) {
      await this.publisher.publishAgain();
      await this.lanes.start();
      this.onDuty = true;
      await this.fleet.say('ready', [], 'take');
    }
  }

  /** The others learn first that it takes no more, then that what ran has ended. */
  private async standDown(): Promise<void> {
    const { order, state } = this.fleet;
    if (state !== 'draining' && state !== 'drained') {
      this.log.info({ event: 'draining' }, 'takes no calls: an operator drains this worker');
      // Should Redis be away, the next heartbeat says it.
      const said = this.fleet.say('draining', [], order).catch(() => undefined);
      if (this.onDuty) await this.lanes.pause();
      this.onDuty = false;
      await said;
    }
    const isDone = this.lanes.isAtRest && this.options.lingering() === 0;
    if (!isDone || (state === 'drained' && order === 'drain')) return;
    if (this.fleet.state !== 'drained') this.log.info({ event: 'drained' }, 'drained: nothing runs here any more');
    await this.fleet.say('drained', [], order);
    if (order === 'exit') for (const listener of this.exitListeners.splice(0)) listener();
  }

  /** A line for each that is new; true when there are others than before. */
  private logNew(reasons: string[]): boolean {
    const complaints = this.complaints();
    const before = this.logged;
    this.logged = new Set([...reasons, ...complaints]);
    for (const reason of reasons) {
      if (!before.has(reason)) this.log.error({ event: 'refusing' }, `takes no calls: ${reason}`);
    }
    for (const complaint of complaints) {
      if (!before.has(complaint)) this.log.warn({ event: 'disagrees' }, complaint);
    }
    if (this.logged.size === 0 && before.size > 0) this.log.info({ event: 'agrees' }, 'takes calls: nothing disagrees');
    return before.size !== this.logged.size || [...this.logged].some((text) => !before.has(text));
  }
}
