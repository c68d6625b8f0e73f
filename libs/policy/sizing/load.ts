/** What an installation has to carry: what a plan is asked for. */

/** Results beyond this are files: `INVOQ_RESULT_INLINE`. */
export const INLINE_BYTES = 262_144;

/** No value of a compact record is longer. */
export const COMPACT_BYTES = 1_024;

export interface Load {
  /** Calls a second at the peak, sync and async together. */
  rate: number;
  /** The part of them that is sync, 0 to 1. */
  syncShare: number;
  /** How long a function runs in the mean, ms. */
  runMs: number;
  /** CPU time that a function takes itself, ms a call. */
  functionCpuMs: number;
  /** Memory of a function on top of its process, MB. */
  functionMb: number;
  /** Of the data and of the result of a call, as JSON. */
  dataBytes: number;
  resultBytes: number;
  /** How long records are kept after the end of a call, ms. */
  keepSyncMs: number;
  keepAsyncMs: number;
  /** Whether data are kept with the records of calls that succeeded. */
  keepsData: boolean;
  /** Redis keeps small records as one text: `hash-max-listpack-value` is `COMPACT_BYTES`. */
  isCompact: boolean;
  /** Lines that a call prints. */
  logLines: number;
  /** How often the record of an async call is read. */
  reads: number;
  /** Async calls that may wait at a time. */
  waiting: number;
  /** Of one machine. */
  cores: number;
  machineBytes: number;
  /** Undefined: as many as Redis needs. */
  partitions?: number;
}

/** What is not asked for otherwise. */
export const USUAL: Omit<Load, 'rate'> = {
  syncShare: 0.5,
  runMs: 100,
  functionCpuMs: 0,
  functionMb: 32,
  dataBytes: 1_024,
  resultBytes: 1_024,
  keepSyncMs: 3_600_000,
  keepAsyncMs: 86_400_000,
  keepsData: false,
  isCompact: false,
  logLines: 0,
  reads: 1,
  waiting: 10_000,
  cores: 4,
  machineBytes: 16 * 1_024 ** 3,
};
