/** The workers that deliver callbacks, with those of their settings that decide what becomes of a delivery. */
import type { CallbackPeer } from '@invoq/policy/callback-peers';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { callbackWorkersKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** A worker that has not announced itself for so long is gone, ms. */
const GONE_MS = 45_000;

interface Announced extends CallbackPeer {
  /** By the clock of Redis, ms since the epoch. */
  seenAt: number;
}

export class CallbackPeers {
  private readonly redis: ScriptedRedis;
  private readonly key = callbackWorkersKey();

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Announces this worker and answers with the others. `since` of `self` is set here when it is missing: now. */
  async announce(self: CallbackPeer): Promise<{ self: CallbackPeer; others: CallbackPeer[] }> {
    const now = await timeAt(this.redis, this.key);
    const known = { ...self, since: self.since ?? (self.signs.length > 0 ? now : undefined) };
    const text = JSON.stringify({ ...known, seenAt: now } satisfies Announced);
    await this.redis.hset(this.key, self.id, text);
    await this.redis.pexpire(this.key, GONE_MS);
    const all = Object.values(await this.redis.hgetall(this.key)).map((each) => JSON.parse(each) as Announced);
    const gone = all.filter(({ seenAt }) => seenAt < now - GONE_MS).map(({ id }) => id);
    if (gone.length > 0) await this.redis.hdel(this.key, ...gone);
    return { self: known, others: all.filter(({ id }) => id !== self.id && !gone.includes(id)) };
  }

  /** A worker that stops is no peer any more. */
  async leave(id: string): Promise<void> {
    await this.redis.hdel(this.key, id);
  }
}
