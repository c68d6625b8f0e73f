/** Where an invocation stands among others, and the keys of that place, in the order in which the scripts take them. */
import type { LaneName } from '@invoq/policy/lanes';
import {
  deadExpiryKey,
  deadKey,
  heldKey,
  lineKey,
  openKey,
  outboxKey,
  permitsKey,
  queuedKey,
  recordKey,
  turnsKey,
} from './keys';
import { partitionOf } from './partition';

/** Which lane's waiting line an invocation is in. */
export interface Place {
  queue: string;
  lane: LaneName;
}

/** And whose calls it is counted with. */
export interface Home extends Place {
  env: string;
  function: string;
}

/** What every script that may end an invocation is given first. */
export function endingKeys(requestID: string, home: Place): string[] {
  const partition = partitionOf(requestID);
  return [
    recordKey(requestID),
    openKey(partition),
    outboxKey(partition),
    ...laneKeys(partition, home),
    deadKey(partition),
    deadExpiryKey(partition),
  ];
}

/** A function's limit, as `limit.lua` has it. */
export function limitKeys(partition: number, { queue, env, function: name }: Omit<Home, 'lane'>): string[] {
  return [permitsKey(partition, env, name), heldKey(partition, queue, env, name)];
}

/** A lane, as `line.lua` has it. */
export function laneKeys(partition: number, { queue, lane }: Place): string[] {
  return [queuedKey, lineKey, turnsKey].map((key) => key(partition, queue, lane));
}
