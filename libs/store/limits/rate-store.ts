/** Rates of the whole fleet, counted in Redis. */
import type { Rate } from '@invoq/contract/rate';
import type { Redis } from 'ioredis';
import { type RateOf, rateKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

export interface Counted {
  /** So many of the calls are within every rate. */
  through: number;
  /** Until one more would be, ms. */
  nextInMs: number;
  /** Of each rate, in the order they were given: calls that remain, and ms until all are there again. */
  left: { remaining: number; wholeInMs: number }[];
}

export class RateStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Counts as many of `count` calls as every one of the rates lets through; the others cost nothing. */
  async count(rates: { of: RateOf; rate: Rate }[], count: number): Promise<Counted> {
    const reply = await this.redis.invoqRates({
      keys: { wholeAt: rates.map(({ of }) => rateKey(of)) },
      args: { count, rates: rates.map(({ rate }) => rate) },
    });
    const [through, nextInMs, ...left] = reply as number[];
    return {
      through,
      nextInMs,
      left: rates.map((_, i) => ({ remaining: left[2 * i], wholeInMs: left[2 * i + 1] })),
    };
  }
}
