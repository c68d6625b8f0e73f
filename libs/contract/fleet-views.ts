/** What operators are told of workers and queues. */
import type { MemberState, WorkerOrder } from './member';
import type { Pause } from './operations/pause';

/** What a key for single envs does not see is missing: it is of other envs too. */
export interface WorkerView {
  id: string;
  host: string;
  pid: number;
  /** Version, and the commit when it is known. */
  release: string;
  /** The newest format that it reads and writes. */
  format: number;
  queues: string[];
  /** Of each queue, by kind of lane. */
  slots: Record<string, number>;
  /** Slots at work, by queue and lane; lanes without any are left out. Whole-fleet keys only. */
  busy?: { queue: string; lane: string; busy: number }[];
  /** Sandbox processes. Whole-fleet keys only. */
  sandboxes?: number;
  /** Resident memory of the worker process itself, MB. Whole-fleet keys only. */
  memoryMb?: number;
  /** How many functions it serves; a key for single envs counts those of its env. */
  functionCount: number;
  /** `<env>/<name>` of each of them, when they are asked for. */
  functions?: string[];
  /** When it joined, ISO 8601, as `seenAt`. */
  since: string;
  /** When it was last heard of. */
  seenAt: string;
  state: MemberState;
  /** What an operator wants of it, as it obeys it: `take` calls, `drain`, `exit`. Missing: its release cannot be drained. */
  wanted?: WorkerOrder;
  /** Why it refuses calls. */
  reasons?: string[];
  /** In what it differs from the fleet while it takes calls all the same: secrets, the place of blobs. */
  differs?: string[];
}

/** A key for single envs counts the calls of its env. */
export interface LaneView {
  lane: string;
  /** Calls that a new slot could start now. */
  depth: number;
  /** Calls that wait and that no slot could start: paused, or over the concurrency limit of their function. */
  held: number;
  /** How long the first call of `depth` has waited, ms; 0 when there is none. */
  oldestAgeMs: number;
  /** Calls that run, as of the last heartbeats (2 s old at most). Whole-fleet keys only: workers count by lane. */
  running?: number;
  /** Of all workers that take calls of it. */
  slots: number;
  /** Workers that take calls of it. */
  workers: number;
}

export interface QueueView {
  queue: string;
  /** Are its calls held back? */
  paused: boolean;
  /** Why, since when and by whom. */
  pause?: Pause;
  lanes: LaneView[];
}
