/** What a worker says of its deliveries: one log line for each try, and the metrics. */
import type { DeliveryState } from '@invoq/contract/callback';
import { limited, type LimitedLog, type Logger } from '@invoq/host/log';
import type { Metrics } from '@invoq/host/metrics';
import type { TraceFields } from '@invoq/host/tracing/trace-context';
import type { HeldDelivery, KeptTry } from '@invoq/store/callbacks/outbox';
import { withoutArguments } from '@invoq/store/connection/store-error';

export class CallbackReport {
  private readonly faults: LimitedLog;

  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    this.faults = limited(log, 'callbacks');
  }

  /** `fenced`: another worker has it, and what this one did is not counted. */
  tried(held: HeldDelivery, came: DeliveryState | 'fenced', { ms, status, error }: KeptTry, trace?: TraceFields): void {
    this.metrics.delivered(came === 'pending' ? 'retried' : came);
    const { requestID, webhookID, function: name, env, try: tries } = held;
    // The origin alone: the rest of a URL may be a secret of its receiver.
    const receiver = new URL(held.url).origin;
    const about = { requestID, webhookID, function: name, env, receiver, try: tries };
    const fields = { ...about, state: came, ms, status, error, ...trace };
    if (came === 'delivered' || came === 'pending' || came === 'fenced') this.log.info(fields, 'callback');
    else this.log.warn(fields, 'callback not delivered');
  }

  /** Left to another worker; no try was counted. */
  givenBack({ requestID, webhookID, function: name, env }: HeldDelivery): void {
    this.log.debug({ requestID, webhookID, function: name, env }, 'callback given back');
  }

  /** While Redis is away faults come in floods; the log lets one a second through, and counts the rest. */
  readonly fault = (error: unknown): void => {
    this.faults.warn({ err: withoutArguments(error) }, 'callbacks could not be looked after');
  };
}
