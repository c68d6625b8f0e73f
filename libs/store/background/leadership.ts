/** One process of the fleet that does a chore for all, for as long as it says so now and then. */
import type { Redis } from 'ioredis';
import { lockKey } from '../keys/keys';
import { withScripts } from '../scripts/scripts';

export class Leadership {
  /** `ms`: who leads is followed after so long a silence. */
  constructor(
    private readonly redis: Redis,
    private readonly job: string,
    private readonly who: string,
    private readonly ms: number,
  ) {}

  /** Takes or keeps the lead; false while another process has it. */
  async holds(): Promise<boolean> {
    const call = { keys: { leader: lockKey(this.job) }, args: { who: this.who, ms: this.ms } };
    return (await withScripts(this.redis).invoqElectLeader(call)) === 1;
  }
}
