/** One process of the fleet that does a chore for all, for as long as it says so now and then. */
import type { Redis } from 'ioredis';
import { lockKey } from '../keys/keys';
import { withScripts } from '../scripts/scripts';

export class Leadership {
  /** When it was asked last and had the lead, of `performance.now()`. */
  private heldAt = -Infinity;

  /** `ms`: who leads is followed after so long a silence. */
  constructor(
    private readonly redis: Redis,
    private readonly job: string,
    private readonly who: string,
    private readonly ms: number,
  ) {}

  /** Takes or keeps the lead; false while another process has it. Asked again when half of its time is over. */
  async holds(): Promise<boolean> {
    const now = performance.now();
    if (now - this.heldAt < this.ms / 2) return true;
    const call = { keys: { leader: lockKey(this.job) }, args: { who: this.who, ms: this.ms } };
    const holds = (await withScripts(this.redis).invoqElectLeader(call)) === 1;
    this.heldAt = holds ? now : -Infinity;
    return holds;
  }
}
