/** Finds a worker that sends a signed sample to a receiver, and waits for what comes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallbackTestResult, readCallback } from '@invoq/contract/callback';
import { invalid, Refusal } from '@invoq/contract/refusal';
import type { CallbackTest, CallbackTests } from '@invoq/store/callbacks/callback-tests';
import type { FleetStore } from '@invoq/store/fleet/fleet-store';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import type { HangUp } from '../invocations/call';
import type { Admission } from '../invocations/admission';

/** For a worker to say that it takes it, ms; then the next one is asked. */
const TAKE_MS = 1_000;
/** Workers that are asked, one after the other. */
const MAX_ASKED = 5;
/** For what comes of it, ms: above the longest INVOQ_CALLBACK_TIMEOUT. */
const ANSWER_MS = 65_000;
const POLL_MS = 50;

export class CallbackTesting {
  constructor(
    private readonly tests: CallbackTests,
    private readonly fleet: FleetStore,
    private readonly admission: Admission,
  ) {}

  /** Counts as a call against the caller's rates. Refuses with NO_WORKER when no worker sends it. */
  async test(caller: Caller, id: string, url: string, hangUp: HangUp): Promise<CallbackTestResult> {
    const faults = readCallback({ url }, 'callback');
    if (Array.isArray(faults)) throw invalid('url', faults[0].rule);
    await this.admission.admit(caller);
    const test = { id, env: caller.env, url };
    return fromStore(this.through(test, hangUp));
  }

  private async through(test: CallbackTest, hangUp: HangUp): Promise<CallbackTestResult> {
    const workers = (await this.fleet.living()).filter(({ member }) => member.app === 'worker');
    for (const { member } of workers.slice(0, MAX_ASKED)) {
      await this.tests.ask(member.id, test);
      if ((await this.poll(test, TAKE_MS, hangUp, (answer) => answer !== 'nobody')) === 'nobody') continue;
      const answer = await this.poll(test, ANSWER_MS, hangUp, (one) => one !== 'taken');
      return typeof answer === 'object' ? answer : { outcome: 'unknown', webhookID: `msg_${test.id}`, ms: ANSWER_MS };
    }
    throw new Refusal('NO_WORKER', 'No worker sends callbacks now: none lives, or none may sign for the fleet.', {
      retryAfterS: 5,
    });
  }

  private async poll(
    test: CallbackTest,
    ms: number,
    hangUp: HangUp,
    isOver: (answer: Awaited<ReturnType<CallbackTests['answer']>>) => boolean,
  ): Promise<Awaited<ReturnType<CallbackTests['answer']>>> {
    const until = performance.now() + ms;
    for (;;) {
      const answer = await this.tests.answer(test);
      if (isOver(answer) || hangUp.isGone || performance.now() > until) return answer;
      await sleep(POLL_MS);
    }
  }
}
