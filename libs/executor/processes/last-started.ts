/** The process or thread that was started last on this machine (in this container), by its number. */
import { ProcFile } from './proc-file';

let file: ProcFile | undefined;
let last: number | undefined;
let readAt = -Infinity;

/**
 * At this time of `performance.now()`: those who ask at the same time have one answer. undefined where the system does not
 * tell: then anything may have been started.
 */
export function lastStarted(now: number): number | undefined {
  file ??= new ProcFile('/proc/sys/kernel/ns_last_pid');
  if (now !== readAt) {
    last = file.number(0) || undefined;
    readAt = now;
  }
  return last;
}

/** Until it is asked again. */
export function closeLastStarted(): void {
  file?.close();
  file = undefined;
}
