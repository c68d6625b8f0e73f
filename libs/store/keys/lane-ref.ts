/** Where an invocation stands among others, and the keys of that place, by the names that the scripts have for them. */
import type { LaneName } from '@invoq/policy/lanes';
import {
  deadExpiryKey,
  deadKey,
  heldKey,
  readyKey,
  openKey,
  outboxKey,
  permitsKey,
  queuedKey,
  recordKey,
  turnsKey,
} from './keys';
import { partitionOf } from './partition';

/** Which lane an invocation is in. */
export interface LaneRef {
  queue: string;
  lane: LaneName;
}

/** And whose calls it is counted with. */
export interface FunctionRef extends LaneRef {
  env: string;
  function: string;
}

/** What every script takes that may end invocations of one lane. */
export interface LaneEndingKeys extends LaneKeys {
  open: string;
  outbox: string;
  dead: string;
  deadExpiry: string;
}

/** What every script takes that may end one invocation. */
export interface EndingKeys extends LaneEndingKeys {
  record: string;
}

export function endingKeys(requestID: string, home: LaneRef): EndingKeys {
  return { record: recordKey(requestID), ...laneEndingKeys(partitionOf(requestID), home) };
}

export function laneEndingKeys(partition: number, home: LaneRef): LaneEndingKeys {
  const { queued, ready, turns } = laneKeys(partition, home);
  return {
    open: openKey(partition),
    outbox: outboxKey(partition),
    queued,
    ready,
    turns,
    dead: deadKey(partition),
    deadExpiry: deadExpiryKey(partition),
  };
}

/** A function's limit, as `limit.lua` has it. */
export interface LimitKeys {
  permits: string;
  held: string;
}

export function limitKeys(partition: number, { queue, env, function: name }: Omit<FunctionRef, 'lane'>): LimitKeys {
  return { permits: permitsKey(partition, env, name), held: heldKey(partition, queue, env, name) };
}

/** A lane, as `readyQueue.lua` has it. Take its keys apart where they join others: a spread costs a call some µs. */
export interface LaneKeys {
  queued: string;
  ready: string;
  turns: string;
}

export function laneKeys(partition: number, { queue, lane }: LaneRef): LaneKeys {
  return {
    queued: queuedKey(partition, queue, lane),
    ready: readyKey(partition, queue, lane),
    turns: turnsKey(partition, queue, lane),
  };
}
