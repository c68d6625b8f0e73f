/** Lines that are logged in one turn of the event loop are written at once: at load a write for each was dearer than the line. */
import type { DestinationStream } from 'pino';

export interface LineSink {
  write(text: string): unknown;
}

/** Where a process says goodbye: whatever is still held is written then. */
export interface Goodbye {
  on(event: 'exit', listener: () => void): unknown;
}

/** Nothing is lost at an end that the process sees; killed, it loses the lines of its last turn. */
export function gathered(sink: LineSink, process: Goodbye): DestinationStream {
  let held = '';
  const release = (): void => {
    if (held === '') return;
    const lines = held;
    held = '';
    sink.write(lines);
  };
  process.on('exit', release);
  return {
    write(line) {
      if (held === '') setImmediate(release);
      held += line;
    },
  };
}
