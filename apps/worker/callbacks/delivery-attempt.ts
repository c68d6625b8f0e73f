/** One try to deliver: checks that the receiver is not disabled, writes, signs, sends, and records what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryState, DeliveryTry } from '@invoq/contract/callback';
import type { WebhookClient } from '@invoq/callbacks/webhook-client';
import { signedHeaders } from '@invoq/callbacks/signature';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { afterTry, GONE_MS, type DeliveryAnswer } from '@invoq/policy/callbacks';
import type { CallbackTest } from '@invoq/store/callbacks/callback-tests';
import type { HeldDelivery, KeptTry, Outbox } from '@invoq/store/callbacks/outbox';
import type { CallbackReport } from './callback-report';
import { DeliveryTrace } from './delivery-trace';
import { messageOf, sampleMessage } from './message';
import type { Peers } from './peers';

export interface CourierOptions {
  /** Sign the messages: one, or several while they are being replaced. */
  secrets(): Promise<readonly string[]>;
  /** Where receivers reach the API. */
  publicUrl: string;
  /** While traces are exported. */
  tracing?: Tracing;
}

const AGENT = 'Invoq (+standard-webhooks)';
/** For saying what came of a try, to a Redis that says no. */
const PAUSE_MS = 500;
/** After a fault of this worker's own, such as a secret that cannot be read, ms. */
const OWN_FAULT_MS = 5_000;

/** `elsewhere`: it is given back, and this worker should leave its receiver to the others for a while. */
export type Delivered = 'settled' | 'elsewhere';

/** What a try came to, as far as this worker is concerned. `own`: no try at all, the reason is this worker's alone. */
type Tried = DeliveryAnswer | { kind: 'own'; inMs: number };

export class DeliveryAttempt {
  constructor(
    private readonly outbox: Outbox,
    private readonly sender: WebhookClient,
    private readonly report: CallbackReport,
    private readonly peers: Peers,
    private readonly options: CourierOptions,
  ) {}

  /** False: another worker signs with another secret and did so before; nothing is taken. */
  get mayDeliver(): boolean {
    return this.peers.maySign;
  }

  /** `ours`: for how long it is this worker's, ms. `stop`: the worker goes; what is under way is given back. */
  async deliver(held: HeldDelivery, ours: number, stop: AbortSignal): Promise<Delivered> {
    const until = performance.now() + ours;
    if (!held.forced && (await this.outbox.isGone(held))) {
      await this.settle(held, 'disabled', 0, { at: held.at, outcome: 'disabled' }, until);
      return 'settled';
    }
    const began = performance.now();
    const trace = new DeliveryTrace(held, this.options.tracing);
    const answer = await this.send(held, trace, stop);
    trace.end(answer);
    const ms = Math.round(performance.now() - began);
    if (answer.kind === 'own') {
      await this.giveBack(held, answer.inMs);
      return 'elsewhere';
    }
    const after = afterTry(answer, held.try, Math.random());
    if (after.state === 'gone') await this.outbox.markGone(held, GONE_MS);
    if (after.state === 'delivered' && held.forced) await this.outbox.unmarkGone(held);
    const inMs = after.state === 'pending' ? after.inMs : 0;
    await this.settle(
      held,
      after.state,
      inMs,
      { at: held.at, outcome: outcomeOf(after.state), ms, ...said(answer) },
      until,
      trace,
    );
    return 'settled';
  }

  /** One try of a sample, of which nothing is kept. */
  async sample(test: CallbackTest, stop: AbortSignal): Promise<{ webhookID: string; answer: DeliveryAnswer }> {
    const at = Date.now();
    const webhookID = `msg_${test.id}`;
    const body = sampleMessage(test, at);
    const headers = headersOf(await this.options.secrets(), test.env, webhookID, at, body);
    return { webhookID, answer: await this.sender.post({ url: test.url, headers, body, at }, stop) };
  }

  private async send(held: HeldDelivery, trace: DeliveryTrace, stop: AbortSignal): Promise<Tried> {
    const { url, env, webhookID, at } = held;
    try {
      const body = messageOf(held, this.options.publicUrl);
      const secrets = await this.options.secrets();
      if (!(await this.peers.asksToSign(secrets))) return { kind: 'own', inMs: 0 };
      const headers = { ...headersOf(secrets, env, webhookID, at, body), ...trace.headers };
      const answer = await this.sender.post({ url, headers, body, at }, stop);
      // A try that this worker gave up is not the receiver's failure.
      if (stop.aborted && answer.kind === 'fault') return { kind: 'own', inMs: 0 };
      // An address that this worker may not connect to, and another one may.
      if (answer.kind === 'refused' && (await this.peers.isAllowedElsewhere(answer.address)))
        return { kind: 'own', inMs: 0 };
      return answer;
    } catch (error) {
      // The secret could not be read or made: ours to mend.
      this.report.fault(error);
      return { kind: 'own', inMs: OWN_FAULT_MS };
    }
  }

  /** Without a trace: the try does not count. Should Redis not take it, the lease ends it. */
  private async giveBack(held: HeldDelivery, inMs: number): Promise<void> {
    try {
      await this.outbox.giveBack(held, inMs);
      this.report.givenBack(held);
    } catch (error) {
      this.report.fault(error);
    }
  }

  /** A worker that cannot record it in time leaves it to another one: the receiver may then get it twice, with the same webhook-id. */
  private async settle(
    held: HeldDelivery,
    state: DeliveryState,
    inMs: number,
    tried: KeptTry,
    until: number,
    trace?: DeliveryTrace,
  ): Promise<void> {
    for (;;) {
      try {
        const counted = await this.outbox.settle(held, state, inMs, tried);
        return this.report.tried(held, counted ? state : 'fenced', tried, trace?.fields);
      } catch (error) {
        this.report.fault(error);
        if (performance.now() + PAUSE_MS > until) return;
        await sleep(PAUSE_MS);
      }
    }
  }
}

function headersOf(...signed: Parameters<typeof signedHeaders>): Record<string, string> {
  return { 'content-type': 'application/json', 'user-agent': AGENT, ...signedHeaders(...signed) };
}

/** A state is of the delivery, an outcome of one try. */
function outcomeOf(state: DeliveryState): DeliveryTry['outcome'] {
  return state === 'pending' ? 'failed' : state;
}

function said(answer: DeliveryAnswer): Pick<DeliveryTry, 'status' | 'error'> {
  switch (answer.kind) {
    case 'answer':
      return { status: answer.status };
    case 'fault':
      return { error: answer.message };
    case 'refused':
      return { error: 'its address is not a public one, nor one of INVOQ_CALLBACK_ALLOW' };
  }
}
