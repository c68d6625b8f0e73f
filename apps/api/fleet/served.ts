/** Whether anybody serves a function. A sync call of one that nobody serves is refused, so that its caller need not wait in vain. */
import { Refusal } from '@invoq/contract/refusal';
import type { KnownFunction } from '@invoq/contract/function';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { UNSERVED_MS } from '@invoq/policy/fleet';
import { storeRefusal } from '@invoq/store/connection/store-error';
import type { StoodDown } from './stood-down';

/** Of the fleet, as this process knows it. */
export interface Answering {
  /** For how long Redis has answered, ms. */
  readonly answeredForMs: number;
}

const RETRY_AFTER_S = 5;

export class Served {
  constructor(
    private readonly functions: Pick<RegistryCache, 'findAgain'>,
    private readonly fleet: Answering,
    private readonly stoodDown: Pick<StoodDown, 'whyNot'>,
  ) {}

  /**
   * Refuses with NO_WORKER when every worker that serves the function is drained, and when no living worker has served it for
   * a while. After an outage of Redis it refuses nothing until workers have had the time to say that they are there.
   * Undefined: it is served, as far as is known.
   */
  mustBeServed({ env, name, unservedSince }: KnownFunction, requestID: string): Promise<void> | undefined {
    const whyNot = this.stoodDown.whyNot(env, name);
    if (whyNot !== undefined) throw new Refusal('NO_WORKER', whyNot, { requestID, retryAfterS: RETRY_AFTER_S });
    if (unservedSince === undefined || this.fleet.answeredForMs < UNSERVED_MS) return undefined;
    return this.mustBeServedNow(env, name, requestID);
  }

  /** What was remembered may be a few seconds old: whoever refuses looks again. */
  private async mustBeServedNow(env: string, name: string, requestID: string): Promise<void> {
    const now = await this.functions.findAgain(env, name).catch((error: unknown) => {
      throw storeRefusal(error, { requestID });
    });
    if (now?.unservedSince === undefined) return;
    const since = new Date(now.unservedSince).toISOString();
    const text = `No worker has served "${name}" in env "${env}" since ${since}. Start one that has it.`;
    throw new Refusal('NO_WORKER', text, { requestID, retryAfterS: RETRY_AFTER_S });
  }
}
