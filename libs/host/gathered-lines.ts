/**
 * Lines that are logged at about the same time are written at once: at load a write for each was dearer than the line. The
 * first after a pause goes out in the same turn of the event loop.
 */
import type { DestinationStream } from 'pino';

export interface LineSink {
  write(text: string): unknown;
}

/** Where a process says goodbye: whatever is still held is written then. */
export interface Goodbye {
  on(event: 'exit', listener: () => void): unknown;
}

/** Between two writes, ms. */
const GATHER_MS = 20;

/** Nothing is lost at an end that the process sees; killed, it loses the lines of its last 20 ms. */
export function gathered(sink: LineSink, process: Goodbye): DestinationStream {
  let held = '';
  let writtenAt = -Infinity;
  const release = (): void => {
    if (held === '') return;
    const lines = held;
    held = '';
    writtenAt = performance.now();
    sink.write(lines);
  };
  process.on('exit', release);
  return {
    write(line) {
      if (held === '') {
        const waitMs = GATHER_MS - (performance.now() - writtenAt);
        if (waitMs > 0) setTimeout(release, waitMs).unref();
        else setImmediate(release);
      }
      held += line;
    },
  };
}
