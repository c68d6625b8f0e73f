/**
 * Is there room for new work? Looked at now and then and not by each call: how full Redis is, and what each env that is
 * called holds. New work is refused before Redis is full, so that ends, logs and whatever else is under way still fit.
 */
import { type ErrorType } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import { BYTE_QUOTAS, type ByteQuotaName } from '@invoq/contract/rate';
import type { Redis } from '@invoq/store/connection/connection';
import { partitionOf } from '@invoq/store/keys/partition';
import { type BytesHeld, QuotaStore } from '@invoq/store/limits/quota-store';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import { memoryUsed } from '@invoq/store/connection/store-health';
import type { ByteQuotas, Submission } from '@invoq/store/submission/submission';

export interface RoomOptions extends ByteQuotas {
  /** Of what ended calls keep, in each env and partition, bytes. */
  maxKept: number;
  /** The part of `maxmemory` beyond which there is no room, 0 to 1. */
  fullAt: number;
  onError(error: unknown): void;
}

interface Known {
  held: BytesHeld;
  /** By the clock of this process, ms. */
  at: number;
  isAsked: boolean;
}

const POLL_MS = 500;
/** While no calls come, ms. */
const IDLE_POLL_MS = 2_000;
/** What an env holds is known by a check that is no older than this, ms, and one that begins with the call. */
const FRESH_MS = 1_000;
/** Envs that are remembered; then all are forgotten. */
const MAX_KNOWN = 10_000;
const NOTHING: BytesHeld = { waiting: 0, dead: 0, kept: 0 };

export class Room {
  private readonly task: PeriodicTask;
  private readonly store: QuotaStore;
  private readonly known = new Map<string, Known>();
  private used = 0;
  private polling: Promise<void> | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly options: RoomOptions,
  ) {
    this.store = new QuotaStore(redis);
    // While Redis is away there is nothing to be learned, and calls are refused without us.
    const onError = (error: unknown): void => {
      if (redis.status === 'ready') options.onError(error);
    };
    this.task = new PeriodicTask(() => this.poll(), { everyMs: POLL_MS, idleMs: IDLE_POLL_MS, onError });
  }

  /** Resolves after the first check. */
  async start(): Promise<void> {
    await this.poll().catch(this.options.onError);
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  /** How full the fullest Redis was at the last check, of 1. */
  get usedRatio(): number {
    return this.used;
  }

  /** Was there room at the last check? */
  get isThere(): boolean {
    return this.used <= this.options.fullAt;
  }

  /** Refuses with STORE_FULL when Redis is as full as it may be. */
  async mustHave(): Promise<void> {
    await this.settled();
    const full = this.fullRefusal();
    if (full) throw full;
  }

  /** Looks again while Redis is full: there may be room by now. Costs nothing while there is. */
  async settled(): Promise<void> {
    this.task.used();
    if (this.isThere) return;
    this.polling ??= this.poll().finally(() => (this.polling = undefined));
    await this.polling.catch(() => undefined);
  }

  /** Why there is no room for this call; undefined: there is. What its own data come to is for `submit.lua` to say. */
  refusal({ requestID, env, plan, replay }: Submission): Refusal | undefined {
    this.task.used();
    const full = this.fullRefusal(requestID);
    if (full) return full;
    const { dead, kept } = this.heldBy(partitionOf(requestID), env);
    const { maxDead, maxKept } = this.options;
    if (kept >= maxKept)
      return bytesRefusal('STORE_FULL', { name: 'kept-bytes', env, held: kept, limit: maxKept, requestID });
    // A replay takes the place of its dead letter.
    if (dead < maxDead || !plan.deadMs || replay) return undefined;
    return bytesRefusal('STORE_FULL', { name: 'dead-letter-bytes', env, held: dead, limit: maxDead, requestID });
  }

  private fullRefusal(requestID?: string): Refusal | undefined {
    if (this.isThere) return undefined;
    const { fullAt } = this.options;
    const text = `Redis is ${percent(this.used)} full, and takes new work up to ${percent(fullAt)} of its maxmemory (INVOQ_STORE_FULL_AT).`;
    return new Refusal('STORE_FULL', text, { requestID, retryAfterS: 5 });
  }

  /** As it was at the last check, which is renewed in the background: no call waits for it. */
  private heldBy(partition: number, env: string): BytesHeld {
    const key = `${partition}/${env}`;
    let known = this.known.get(key);
    if (!known) {
      if (this.known.size >= MAX_KNOWN) this.known.clear();
      known = { held: NOTHING, at: -Infinity, isAsked: false };
      this.known.set(key, known);
    }
    if (!known.isAsked && performance.now() - known.at > FRESH_MS) void this.ask(known, partition, env);
    return known.held;
  }

  private async ask(known: Known, partition: number, env: string): Promise<void> {
    known.isAsked = true;
    try {
      known.held = await this.store.held(partition, env, this.options.maxKept);
    } catch (error) {
      if (this.redis.status === 'ready') this.options.onError(error);
    } finally {
      known.at = performance.now();
      known.isAsked = false;
    }
  }

  private async poll(): Promise<void> {
    if (this.redis.status === 'ready') this.used = await memoryUsed(this.redis);
  }
}

/** Names the quota and its setting. `held` and `limit`: bytes. */
export function bytesRefusal(
  type: ErrorType,
  {
    name,
    env,
    held,
    limit,
    requestID,
  }: { name: ByteQuotaName; env: string; held: number; limit: number; requestID?: string },
): Refusal {
  const { setting, of } = BYTE_QUOTAS[name];
  const text = `Env "${env}" holds ${held} bytes of ${of}. The quota "${name}" is ${limit} bytes (${setting}).`;
  const quotas = [{ name, limit, remaining: Math.max(0, limit - held) }];
  return new Refusal(type, text, { requestID, retryAfterS: type === 'QUEUE_FULL' ? 1 : 5, quotas });
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
