/** Chores that one process of the fleet does at a time: who comes first has the turn, and nobody else until it is over. */
import type { Redis } from 'ioredis';
import { turnKey } from './keys';

export class Turns {
  constructor(private readonly redis: Redis) {}

  /** Takes the turn for `ms`; answers the time of Redis (ms since the epoch), or undefined when another has it. */
  async take(chore: string, who: string, ms: number): Promise<number | undefined> {
    if ((await this.redis.set(turnKey(chore), who, 'PX', ms, 'NX')) === null) return undefined;
    const [seconds, micros] = await this.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }
}
