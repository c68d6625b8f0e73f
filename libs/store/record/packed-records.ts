/** The packed records of the whole store, made hashes for a release that knows no other: the way back from this format. */
import type { Redis } from 'ioredis';
import { primariesOf } from '../connection/connection';
import { anyRecordPattern } from '../keys/keys';
import { withScripts } from '../scripts/scripts';

/** Keys looked at in one command: Redis serves others in between. */
const LOOKED_AT_ONCE = 500;

export class PackedRecords {
  constructor(private readonly redis: Redis) {}

  /** Every one that is there from the start to the end of this. Resolves with how many there were. */
  async unpackAll(): Promise<number> {
    const counts = await Promise.all(primariesOf(this.redis).map((primary) => this.unpackOn(primary)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async unpackOn(primary: Redis): Promise<number> {
    const scripts = withScripts(this.redis);
    let [cursor, count] = ['0', 0];
    do {
      const args = ['MATCH', anyRecordPattern(), 'COUNT', LOOKED_AT_ONCE, 'TYPE', 'string'];
      const [next, keys] = (await primary.call('SCAN', cursor, ...args)) as [string, string[]];
      await Promise.all(keys.map((record) => scripts.invoqUnpack({ keys: { record } })));
      count += keys.length;
      cursor = next;
    } while (cursor !== '0');
    return count;
  }
}
