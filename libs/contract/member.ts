/** One process of the fleet, as its heartbeat describes it. */

export const APPS = ['api', 'worker'] as const;
export type App = (typeof APPS)[number];

/**
 * `starting`: it does not take calls yet. `ready`: it does. `refusing`: it could, and may not; `reasons` says why.
 * `draining`: it takes no more calls, and ends what it has begun. `drained`: it has, and stays up until it is resumed.
 */
export const MEMBER_STATES = ['starting', 'ready', 'refusing', 'draining', 'drained'] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

/** What operators want of a worker: that it takes calls, that it drains, or that it ends once it is drained. */
export const WORKER_ORDERS = ['take', 'drain', 'exit'] as const;
export type WorkerOrder = (typeof WORKER_ORDERS)[number];

/** What changes seldom. Written with each heartbeat, read by others when it has changed. */
export interface Member {
  /** `<format>-<uuid>`: the format that its release writes when the whole fleet can read it. */
  id: string;
  app: App;
  /** Host name. */
  host: string;
  pid: number;
  /** Version of the package, and the commit when it is known: `0.2.0+a6899a5`. */
  release: string;
  /** The newest format that it reads and writes. */
  format: number;
  /** When it joined, ms since the epoch, by Redis' clock. */
  since: number;
  state: MemberState;
  /** Why it refuses calls, one sentence each. */
  reasons?: string[];
  /** Of a worker: the order that it obeys. Missing: its release knows no orders. */
  wanted?: WorkerOrder;
  /** In what it differs from the fleet while it takes calls all the same, one sentence each. */
  differs?: string[];
  /** Of a worker. */
  queues?: string[];
  /** Of a worker: slots of each of its queues, by kind of lane. */
  slots?: Record<string, number>;
  /** Of a worker: the digest of the functions that it serves; the list is kept beside. */
  functions?: string;
  /** Of a worker: it has functions that do not load, and leaves their calls to workers that have them whole. */
  broken?: boolean;
  /** Settings that must agree in the whole fleet, by the name of their variable. */
  settings: Record<string, string>;
  /** It notes in which partitions it writes. Missing: its release does not. */
  notes?: boolean;
  /** Fingerprints of secrets that must agree, by the name of their variable. One in common is enough. */
  secrets: Record<string, string[]>;
}

/** What changes all the time. Read only when somebody asks for it. */
export interface MemberLoad {
  /** Slots at work, by queue and lane. Lanes without any are left out. */
  busy?: { queue: string; lane: string; busy: number }[];
  /** Sandbox processes. */
  sandboxes?: number;
  /** Resident memory of the process itself, MB. */
  memoryMb: number;
}
