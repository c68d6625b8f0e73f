/** What became of an invocation's callback, and sending it again. Another env's id is answered like an unknown one. */
import type { Deliveries, Delivery, FailingCallback } from '@invoq/contract/callback';
import { Refusal } from '@invoq/contract/refusal';
import type { Outcome } from '@invoq/contract/outcome';
import { iso } from '@invoq/contract/iso';
import type { DeliveryView, Outbox } from '@invoq/store/callbacks/outbox';
import type { FailingCallbacks } from '@invoq/store/callbacks/failing-callbacks';
import { fromStore, storeRefusal } from '@invoq/store/connection/store-error';
import type { WalkPlace } from '@invoq/store/lists/lists-walk';
import type { Caller } from '../auth/caller';
import type { Records } from './records';

export interface FailingCallbacksPage {
  callbacks: FailingCallback[];
  /** Where the next page begins; undefined: there is none. */
  next?: WalkPlace;
}

export class DeliveryLog {
  constructor(
    private readonly records: Records,
    private readonly outbox: Outbox,
    private readonly failures: FailingCallbacks,
  ) {}

  async read(caller: Caller, requestID: string): Promise<Deliveries> {
    await this.records.find(caller, requestID);
    return deliveriesOf(await this.asked(() => this.outbox.read(requestID), requestID));
  }

  /** Those of the caller's env that failed and are not delivered since, the newest failure first. */
  async failing({ env }: Caller, limit: number, after?: WalkPlace): Promise<FailingCallbacksPage> {
    const { callbacks, next } = await fromStore(this.failures.page(env, limit, after));
    const rows = callbacks.map(({ requestID, function: name, failedAt, view }) => ({
      requestID,
      function: name,
      url: view.callbackUrl ?? '',
      failedAt: iso(failedAt),
      ...deliveryOf(view.webhookID ?? '', view),
    }));
    return { callbacks: rows, next };
  }

  /** From the first try on, also where nothing is sent otherwise. Refuses with NOTHING_TO_DELIVER. */
  async resend(caller: Caller, requestID: string): Promise<Deliveries> {
    const record = await this.records.find(caller, requestID);
    if (!(await this.asked(() => this.outbox.resend(requestID), requestID))) {
      throw new Refusal('NOTHING_TO_DELIVER', undefined, { requestID, started: record.attempt > 0 });
    }
    // How it stands is for those who may read: the callback's address is that of whoever made the call.
    return caller.scopes.has('read') ? this.read(caller, requestID) : { deliveries: [] };
  }

  private asked<T>(ask: () => Promise<T>, requestID: string): Promise<T> {
    return ask().catch((error: unknown) => {
      throw storeRefusal(error, { requestID, started: 'unknown' });
    });
  }
}

function deliveriesOf(view: DeliveryView): Deliveries {
  const { callbackUrl: url, callbackEvents, webhookID } = view;
  if (url === undefined) return { deliveries: [] };
  const callback = { url, events: callbackEvents as Outcome[] };
  return { callback, deliveries: webhookID === undefined ? [] : [deliveryOf(webhookID, view)] };
}

function deliveryOf(webhookID: string, { status, state, nextAt, tries }: DeliveryView): Delivery {
  return {
    webhookID,
    type: `invocation.${status}`,
    state,
    nextAt: nextAt === undefined ? undefined : iso(nextAt),
    tries: tries.map((tried) => ({ ...tried, at: iso(tried.at) })),
  };
}
