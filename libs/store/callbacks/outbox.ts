/** Callbacks on their way: what is to be delivered to whom and when, who is at it, and what came of each try. */
import { createHash } from 'node:crypto';
import type { DeliveryState, DeliveryTry } from '@invoq/contract/callback';
import type { Outcome } from '@invoq/contract/outcome';
import type { Redis } from 'ioredis';
import { nearTimeAt, timeAt } from '../scripts/clock';
import { deliveryKey, goneKey, outboxKey, receiverKey, receiversKey, recordKey } from '../keys/keys';
import { partitionOf } from '../keys/partition';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { recordFields } from '../record/packed-record';
import { readCallSpec } from '../record/call-spec';

/** A delivery that is this worker's for the time of a lease. */
export interface HeldDelivery {
  requestID: string;
  receiver: string;
  holder: string;
  /** When it was taken, by the clock of Redis, ms since the epoch. */
  at: number;
  /** Counted from 1, and anew when it is sent again by request. */
  try: number;
  /** Somebody asked for it: it is tried also where nothing is sent otherwise. */
  forced: boolean;
  webhookID: string;
  url: string;
  function: string;
  env: string;
  status: Outcome;
  /** As it was recorded; see `stored-result.ts` for large results. */
  envelope: string;
  finishedAt: number;
  /** The trace of the call; see `Submission`. '' when it has none. */
  trace: string;
}

/** A try as it is kept: `at` in ms since the epoch. */
export type KeptTry = Omit<DeliveryTry, 'at'> & { at: number };

export interface DeliveryView {
  callbackUrl?: string;
  callbackEvents: string[];
  webhookID?: string;
  status: string;
  state: DeliveryState;
  /** ms since the epoch. */
  nextAt?: number;
  tries: KeptTry[];
}

/** By which those in a receiver's queue are shifted; see `outbox.lua`. */
const LINED_MS = 1e15;

export class Outbox {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Puts up to `limit` new callbacks into their receivers' queues; answers how many it met. */
  async lineUp(partition: number, limit: number): Promise<number> {
    const fresh = await this.redis.zrangebyscore(outboxKey(partition), 0, `(${LINED_MS}`, 'LIMIT', 0, limit);
    // One that fails keeps the others from nothing.
    const moves = await Promise.allSettled(fresh.map((requestID) => this.moveToLine(partition, requestID)));
    const failed = moves.find((move) => move.status === 'rejected');
    if (failed) throw failed.reason;
    return fresh.length;
  }

  private async moveToLine(partition: number, requestID: string): Promise<void> {
    const outbox = outboxKey(partition);
    const receiver = await this.receiverFor(requestID);
    // Its record is past retention: nothing is left to tell.
    if (receiver === undefined) return void (await this.redis.zrem(outbox, requestID));
    const keys = { outbox, receivers: receiversKey(partition), receiverQueue: receiverKey(partition, receiver) };
    await this.redis.invoqEnqueueCallback({ keys, args: { id: requestID, receiver } });
  }

  /** Undefined: there is no callback, or no record. */
  private async receiverFor(requestID: string): Promise<string | undefined> {
    const [url, terms] = await recordFields(this.redis, recordKey(requestID), ['callbackUrl', 'terms']);
    return url === null || terms === null ? undefined : receiverOf(readCallSpec(terms).env, url);
  }

  /** Receivers to whom something is due, the longest overdue first; `from`: those that are passed over. */
  async receiversDue(partition: number, limit: number, from = 0): Promise<string[]> {
    const key = receiversKey(partition);
    return this.redis.zrangebyscore(key, 0, await nearTimeAt(this.redis, key), 'LIMIT', from, limit);
  }

  /** ms until something is due to a receiver; Infinity: there is none. */
  async dueIn(partition: number): Promise<number> {
    const key = receiversKey(partition);
    const [, first] = await this.redis.zrange(key, 0, '0', 'WITHSCORES');
    return first === undefined ? Infinity : Math.max(0, Number(first) - (await timeAt(this.redis, key)));
  }

  /** What is due to one receiver, oldest first. */
  async due(partition: number, receiver: string, limit: number): Promise<string[]> {
    const key = receiverKey(partition, receiver);
    return this.redis.zrangebyscore(key, 0, await timeAt(this.redis, key), 'LIMIT', 0, limit);
  }

  /** Undefined: not due (any more), or another worker's. `holder`: new for each try. */
  async take(requestID: string, receiver: string, holder: string, leaseMs: number): Promise<HeldDelivery | undefined> {
    const args = { id: requestID, receiver, holder, leaseMs };
    const reply = (await this.redis.invoqClaimDelivery({ keys: keysOf(requestID, receiver), args })) as (
      string | number
    )[];
    const [kind, at, tries, forced, webhookID, url, terms, status, envelope, finishedAt, trace] = reply.map(String);
    if (kind !== 'taken') return undefined;
    const { function: name, env } = readCallSpec(terms);
    return {
      requestID, receiver, holder, at: Number(at), try: Number(tries), forced: forced !== '', webhookID, url,
      function: name, env, status: status as Outcome, envelope, finishedAt: Number(finishedAt), trace,
    }; // prettier-ignore
  }

  /** What came of it; `inMs`: until the next try of a `pending` one. False: it was no longer this worker's. */
  async settle(held: HeldDelivery, state: DeliveryState, inMs: number, tried: KeptTry): Promise<boolean> {
    const { requestID, receiver, holder } = held;
    const args = { id: requestID, receiver, holder, state, inMs, try: JSON.stringify(tried) };
    return (await this.redis.invoqSettleDelivery({ keys: keysOf(requestID, receiver), args })) === 1;
  }

  /** As if it had not been taken: no try is counted or kept. Due again in `inMs`. False: it was no longer this worker's. */
  async giveBack(held: HeldDelivery, inMs: number): Promise<boolean> {
    const { requestID, receiver, holder } = held;
    const args = { id: requestID, receiver, holder, state: 'given back', inMs };
    return (await this.redis.invoqSettleDelivery({ keys: keysOf(requestID, receiver), args })) === 1;
  }

  /** Delivers once more. False: there is no callback, or no end that it asks for. */
  async resend(requestID: string): Promise<boolean> {
    const receiver = await this.receiverFor(requestID);
    if (receiver === undefined) return false;
    const args = { id: requestID, receiver };
    return (await this.redis.invoqRedeliver({ keys: keysOf(requestID, receiver), args })) === 1;
  }

  async read(requestID: string): Promise<DeliveryView> {
    const fields = ['callbackUrl', 'callbackEvents', 'webhookID', 'status'];
    const [[url, events, webhookID, status], delivery] = await Promise.all([
      recordFields(this.redis, recordKey(requestID), fields),
      this.redis.hgetall(deliveryKey(requestID)),
    ]);
    const tries = Object.entries(delivery)
      .filter(([field]) => field.startsWith('try:'))
      .sort(([a], [b]) => Number(a.slice('try:'.length)) - Number(b.slice('try:'.length)));
    return {
      callbackUrl: url ?? undefined,
      callbackEvents: events?.split(' ') ?? [],
      webhookID: webhookID ?? undefined,
      status: status ?? '',
      state: (delivery.state as DeliveryState | undefined) ?? 'pending',
      nextAt: delivery.nextAt === undefined || delivery.state !== 'pending' ? undefined : Number(delivery.nextAt),
      tries: tries.map(([, json]) => JSON.parse(json) as KeptTry),
    };
  }

  /** How many are not delivered yet, and how long ago (ms) the first of them ended. */
  async depth(partition: number): Promise<{ depth: number; oldestMs: number }> {
    const outbox = outboxKey(partition);
    const [depth, [, fresh], [, lined], now] = await Promise.all([
      this.redis.zcard(outbox),
      this.redis.zrangebyscore(outbox, 0, `(${LINED_MS}`, 'WITHSCORES', 'LIMIT', 0, 1),
      this.redis.zrangebyscore(outbox, LINED_MS, '+inf', 'WITHSCORES', 'LIMIT', 0, 1),
      timeAt(this.redis, outbox),
    ]);
    const ends = [...(fresh ? [Number(fresh)] : []), ...(lined ? [Number(lined) - LINED_MS] : [])];
    return { depth, oldestMs: Math.max(0, now - Math.min(now, ...ends)) };
  }

  /** Nothing is sent to a receiver that is gone, for `ms`, unless somebody asks for it. */
  async markGone({ env, function: name, url }: HeldDelivery, ms: number): Promise<void> {
    await this.redis.set(goneKey(env, name, url), 1, 'PX', ms);
  }

  async isGone({ env, function: name, url }: HeldDelivery): Promise<boolean> {
    return (await this.redis.exists(goneKey(env, name, url))) === 1;
  }

  async unmarkGone({ env, function: name, url }: HeldDelivery): Promise<void> {
    await this.redis.del(goneKey(env, name, url));
  }
}

/** One queue: all URLs of one origin are one receiver of an env. So no env waits in another's queue. */
export function receiverOf(env: string, url: string): string {
  return `${env}/${createHash('sha256').update(new URL(url).origin).digest('base64url').slice(0, 22)}`;
}

/** The env of a receiver; '' of one that the release before lined up. */
export function envOf(receiver: string): string {
  return receiver.slice(0, Math.max(0, receiver.indexOf('/')));
}

function keysOf(requestID: string, receiver: string) {
  const partition = partitionOf(requestID);
  return {
    record: recordKey(requestID),
    delivery: deliveryKey(requestID),
    outbox: outboxKey(partition),
    receivers: receiversKey(partition),
    receiverQueue: receiverKey(partition, receiver),
  };
}
