/** A plan: how many of each, and the sum by which it was found. */
import type { UNITS } from './measured-units';

export type Units = typeof UNITS;

/** One line of the sum: its value, and how it came about, with the numbers in it. */
export interface Step {
  what: string;
  value: number;
  unit: '' | 'cores' | 'bytes' | 'bytes/s';
  how: string;
}

export interface Plan {
  machines: number;
  apiProcesses: number;
  workerProcesses: number;
  /** Of all workers together. */
  slots: { sync: number; async: number };
  sandboxes: number;
  redisPrimaries: number;
  partitions: number;
  /** CPU of one primary, in cores; it has one thread. */
  redisCores: number;
  /** Data of all primaries, and what `maxmemory` of all together should be. */
  redisBytes: number;
  redisMaxmemoryBytes: number;
  /** Files of all primaries at most: the AOF while it is rewritten. */
  redisDiskBytes: number;
  /** Results that are too large for Redis. */
  blobBytes: number;
  cores: number;
  memoryBytes: number;
  /** Bytes a second. */
  httpBytes: number;
  redisNetworkBytes: number;
  aofBytes: number;
  steps: Step[];
  warnings: string[];
}

/** Collects the steps of a plan while it is worked out. */
export class Sum {
  readonly steps: Step[] = [];

  /** @returns the value */
  add(what: string, value: number, unit: Step['unit'], how: string): number {
    this.steps.push({ what, value, unit, how });
    return value;
  }
}
