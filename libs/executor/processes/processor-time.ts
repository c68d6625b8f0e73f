/** How long a process has run, as the kernel counts it. */
import { readFileSync } from 'node:fs';

/** ms on a processor, of its main thread; undefined when the kernel does not say. */
export function processorMs(pid: number): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ', 1);
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}
