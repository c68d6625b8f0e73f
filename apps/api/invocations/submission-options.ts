/** What the settings say of every call that is accepted. */
import type { ApiSettings } from '../settings';
import { quotasOf } from './admission.module';
import type { SubmissionOptions } from './submission';

const DAY_MS = 86_400_000;

export function submissionOptions(settings: ApiSettings, replyTo: string): SubmissionOptions {
  const { maxQueueAgeMs, idempotencyMs, maxWaitMs, maxDelayMs, maxQueued, maxOpen, partitions } = settings;
  const retention = { syncMs: settings.retainSyncMs, asyncMs: settings.retainAsyncMs, deadMs: settings.retainDeadMs };
  return {
    limits: { maxQueueAgeMs, retention, idempotencyMs, maxWaitMs, maxDelayMs },
    maxQueued,
    maxOpen,
    quotas: quotasOf(settings),
    partitions,
    replyTo,
    listed: { max: settings.maxListed, keepMs: listedMs(settings) },
  };
}

/** No shorter than any record is kept, from its acceptance on; a day is left for runs and what is between them. */
function listedMs(settings: ApiSettings): number {
  const { maxDelayMs, maxQueueAgeMs, retainSyncMs, retainAsyncMs, retainDeadMs, idempotencyMs } = settings;
  return maxDelayMs + maxQueueAgeMs + Math.max(retainSyncMs, retainAsyncMs, idempotencyMs, retainDeadMs) + DAY_MS;
}
