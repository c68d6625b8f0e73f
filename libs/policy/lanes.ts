/** Lanes: which worker slots a call competes for. Pure tables; no I/O. */
import type { Mode } from '@invoq/contract/invocation';
import { Refusal } from '@invoq/contract/refusal';

/** How deep sync calls may nest: a call from outside is at depth 0. */
export const MAX_DEPTH = 4;

export type LaneName = 'sync' | 'async' | `nested-${number}`;

/**
 * Every nesting depth has slots of its own. A call at depth d waits only for slots of depth d+1, and the deepest waits
 * for nobody, so parents that hold all slots of their lane can never wait for each other.
 */
export const NESTED_LANES: readonly LaneName[] = Array.from(
  { length: MAX_DEPTH },
  (_, i) => `nested-${i + 1}` as const,
);

export const LANES: readonly LaneName[] = ['sync', 'async', ...NESTED_LANES];

/**
 * What delivers the requestIDs of a lane. `bullmq`: a BullMQ queue. `line`: nothing more than the waiting line that the
 * record protocol keeps anyway; see docs/decisions/0007.
 */
export const CARRIERS = ['line', 'bullmq'] as const;
export type Carrier = (typeof CARRIERS)[number];

/** Async calls stay with BullMQ; `syncCarrier` is the operator's choice for all others. */
export function carrierOf(lane: LaneName, syncCarrier: Carrier): Carrier {
  return lane === 'async' ? 'bullmq' : syncCarrier;
}

/** The kinds of slots that an operator sizes (`--slots sync=8,async=4,nested=2`). `nested` is per depth. */
export const SLOT_KINDS = ['sync', 'async', 'nested'] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];
export type Slots = Record<SlotKind, number>;

export function slotsOf(lane: LaneName, slots: Slots): number {
  if (lane === 'sync' || lane === 'async') return slots[lane];
  return slots.nested;
}

/** An async call never holds up its caller, so it needs no lane of its depth. */
export function laneOf(mode: Mode, depth: number): LaneName {
  if (mode === 'async') return 'async';
  if (depth === 0) return 'sync';
  if (depth > MAX_DEPTH) {
    throw new Refusal(
      'INVALID_REQUEST',
      `Sync calls nest ${MAX_DEPTH} deep at most; this one would be the ${depth}th. Call it with "sync": false.`,
      {
        fields: [{ field: 'sync', rule: `must be false beyond a nesting depth of ${MAX_DEPTH}` }],
      },
    );
  }
  return `nested-${depth}`;
}
