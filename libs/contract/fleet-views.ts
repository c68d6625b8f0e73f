/** What operators see of workers and queues. */
import type { Time } from './formats';
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
  /** Of each queue: `sync`, `async`, and `nested` for each depth. */
  slots: Record<string, number>;
  /** Slots at work, by queue and lane; lanes without any are left out. For keys that open every env, and without a keys file. */
  busy?: BusyLane[];
  /** Sandbox processes. For keys that open every env, and without a keys file. */
  sandboxes?: number;
  /** Resident memory of the worker process itself, MB. For keys that open every env, and without a keys file. */
  memoryMb?: number;
  /** How many functions it serves; a key for single envs counts those of its env. */
  functionCount: number;
  /** `<env>/<name>` of each of them, with `include=functions`. */
  functions?: string[];
  /** When it joined. */
  since: Time;
  /** Of its last heartbeat. */
  seenAt: Time;
  state: MemberState;
  /** What an operator wants of it, as it obeys it: `take` calls, `drain`, `exit`. Missing: its release cannot be drained. */
  wanted?: WorkerOrder;
  /** Why it refuses calls. */
  reasons?: string[];
  /** In what it differs from the fleet while it takes calls all the same: a secret, or where it keeps large results. */
  differs?: string[];
}

export interface BusyLane {
  queue: string;
  lane: string;
  busy: number;
}

export interface FleetWorkers {
  /** Those whose heartbeat has not run out. */
  workers: WorkerView[];
}

/** A key for single envs counts the calls of its env. */
export interface LaneView {
  /** `sync`, `async`, or `nested-1` to `nested-4`. */
  lane: string;
  /** Calls that a new slot could start now. */
  depth: number;
  /** Calls that wait and that no slot could start: paused, or over the concurrency limit of their function. */
  held: number;
  /** How long the first call of `depth` has waited, ms; 0 when there is none. */
  oldestAgeMs: number;
  /** Calls that run, as of the last heartbeats (2 s old at most). For keys that open every env, and without a keys file. */
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

export interface FleetQueues {
  queues: QueueView[];
}
