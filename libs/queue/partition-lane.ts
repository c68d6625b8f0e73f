/** Which lane: of which queue, in which partition. */
import type { LaneName } from '@invoq/policy/lanes';

export interface PartitionLane {
  partition: number;
  queue: string;
  lane: LaneName;
}
