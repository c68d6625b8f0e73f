/** One try to deliver: is the receiver still there, write, sign, send, and record what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryState, DeliveryTry } from '@invoq/contract/callback';
import type { Sender } from '@invoq/callbacks/sender';
import { signedHeaders } from '@invoq/callbacks/signature';
import { afterTry, GONE_MS, type Heard } from '@invoq/policy/callbacks';
import type { HeldDelivery, KeptTry, Outbox } from '@invoq/store/outbox';
import type { CallbackReport } from './callback-report';
import { messageOf } from './message';

export interface CourierOptions {
  /** Sign the messages: one, or several while they are being replaced. */
  secrets(): Promise<readonly string[]>;
  /** Told of the secrets of each message. */
  onSign(secrets: readonly string[]): void;
  /** Where receivers reach the API. */
  publicUrl: string;
}

const AGENT = 'Invoq (+standard-webhooks)';
/** For saying what came of a try, to a Redis that says no. */
const PAUSE_MS = 500;

export class Courier {
  constructor(
    private readonly outbox: Outbox,
    private readonly sender: Sender,
    private readonly report: CallbackReport,
    private readonly options: CourierOptions,
  ) {}

  /** `ours`: for how long it is this worker's, ms. `stop`: the worker goes; what is under way is given back. */
  async deliver(held: HeldDelivery, ours: number, stop: AbortSignal): Promise<void> {
    const until = performance.now() + ours;
    if (!held.forced && (await this.outbox.isGone(held))) {
      return this.settle(held, 'disabled', 0, { at: held.at, outcome: 'disabled' }, until);
    }
    const began = performance.now();
    const heard = await this.send(held, stop);
    const ms = Math.round(performance.now() - began);
    // A try that we gave up ourselves is not the receiver's failure: it is made again, by another worker.
    const givenUp = stop.aborted && heard.kind === 'fault';
    const after = givenUp ? ({ state: 'pending', inMs: 0 } as const) : afterTry(heard, held.try, Math.random());
    if (after.state === 'gone') await this.outbox.markGone(held, GONE_MS);
    if (after.state === 'delivered' && held.forced) await this.outbox.unmarkGone(held);
    const inMs = after.state === 'pending' ? after.inMs : 0;
    await this.settle(
      held,
      after.state,
      inMs,
      { at: held.at, outcome: outcomeOf(after.state), ms, ...said(heard) },
      until,
    );
  }

  private async send(held: HeldDelivery, stop: AbortSignal): Promise<Heard> {
    const { url, env, webhookID, at } = held;
    try {
      const body = messageOf(held, this.options.publicUrl);
      const secrets = await this.options.secrets();
      this.options.onSign(secrets);
      const signed = signedHeaders(secrets, env, webhookID, at, body);
      const headers = { 'content-type': 'application/json', 'user-agent': AGENT, ...signed };
      return await this.sender.post({ url, headers, body, at }, stop);
    } catch (error) {
      // The secret could not be read or made: ours to mend, and it will be tried again.
      this.report.fault(error);
      return { kind: 'fault', message: 'the worker could not write or sign it' };
    }
  }

  /** Whoever cannot say it in time leaves it to another worker: the receiver may then hear it twice, by the same webhook-id. */
  private async settle(
    held: HeldDelivery,
    state: DeliveryState,
    inMs: number,
    tried: KeptTry,
    until: number,
  ): Promise<void> {
    for (;;) {
      try {
        const counted = await this.outbox.settle(held, state, inMs, tried);
        return this.report.tried(held, counted ? state : 'fenced', tried);
      } catch (error) {
        this.report.fault(error);
        if (performance.now() + PAUSE_MS > until) return;
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** A state is of the delivery, an outcome of one try. */
function outcomeOf(state: DeliveryState): DeliveryTry['outcome'] {
  return state === 'pending' ? 'failed' : state;
}

function said(heard: Heard): Pick<DeliveryTry, 'status' | 'error'> {
  switch (heard.kind) {
    case 'answer':
      return { status: heard.status };
    case 'fault':
      return { error: heard.message };
    case 'refused':
      return { error: 'its address is not a public one, nor one of INVOQ_CALLBACK_ALLOW' };
  }
}
