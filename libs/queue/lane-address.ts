/** Which lane: of which queue, in which partition. */
import type { LaneName } from '@invoq/policy/lanes';

export interface LaneAddress {
  partition: number;
  queue: string;
  lane: LaneName;
}
