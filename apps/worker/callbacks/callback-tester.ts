/** Sends signed samples to receivers, on request. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackTestResult } from '@invoq/contract/callback';
import type { DeliveryAnswer } from '@invoq/policy/callbacks';
import type { CallbackTest, CallbackTests } from '@invoq/store/callbacks/callback-tests';
import type { DeliveryAttempt } from './delivery-attempt';

/** At a time; whoever asks beyond that is served by another worker, or by nobody. */
const MAX_TESTS = 8;
/** Another worker is asked after a second without a word: a busy one leaves it to others. */
const YIELD_MS = 300;

export class CallbackTester {
  private readonly stop = new AbortController();
  private underWay = 0;

  constructor(
    private readonly tests: CallbackTests,
    private readonly deliveryAttempt: DeliveryAttempt,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Never rejects. Without an answer the caller asks another worker. */
  async test(test: CallbackTest): Promise<void> {
    if (!this.deliveryAttempt.mayDeliver || this.stop.signal.aborted) return;
    if (this.underWay >= MAX_TESTS) await sleep(YIELD_MS);
    if (this.underWay >= MAX_TESTS) return;
    this.underWay++;
    try {
      if (!(await this.tests.take(test))) return;
      const began = performance.now();
      const { webhookID, answer } = await this.deliveryAttempt.sample(test, this.stop.signal);
      await this.tests.settle(test, { webhookID, ms: Math.round(performance.now() - began), ...resultOf(answer) });
    } catch (error) {
      this.onError(error);
    } finally {
      this.underWay--;
    }
  }

  close(): void {
    this.stop.abort();
  }
}

function resultOf(answer: DeliveryAnswer): Pick<CallbackTestResult, 'outcome' | 'status' | 'error'> {
  switch (answer.kind) {
    case 'answer': {
      const { status } = answer;
      const isTaken = status >= 200 && status < 300;
      return { outcome: isTaken ? 'delivered' : 'failed', status };
    }
    case 'fault':
      return { outcome: 'failed', error: answer.message };
    case 'refused':
      return { outcome: 'refused', error: 'its address is not a public one, nor one of INVOQ_CALLBACK_ALLOW' };
  }
}
