/** Ctrl-C and SIGTERM: the first asks for an orderly stop, the second for an end at once. */

/**
 * A terminal sends Ctrl-C to npm and to us, and npm hands its own on: one key press arrives twice. The second of two
 * such signals within this time is the echo of the first.
 */
const ECHO_MS = 300;

/** @param {{ first: () => void, second: () => void }} handlers */
export function onStopSignals({ first, second }) {
  let firstAt;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = Date.now();
        first();
      } else if (Date.now() - firstAt > ECHO_MS) {
        second();
      }
    });
  }
}
