/** The load of one lane of a queue, as a scaler reads it: numbers and nothing else. */

/** `data` of `GET /v1/queues/{queue}/load?lane=async`. */
export interface QueueLoad {
  /** Calls that a new slot could start now. */
  depth: number;
  /** Calls that wait and that no slot could start: paused, or over the concurrency limit of their function. */
  held: number;
  /** How long the first call of `depth` has waited, ms; 0 when there is none. */
  oldestAgeMs: number;
  /** Calls that run, as of the last heartbeats (2 s old at most). For keys that open every env, and without a keys file. */
  running?: number;
  /** Slots of all workers that take calls of the lane. */
  slots: number;
}
