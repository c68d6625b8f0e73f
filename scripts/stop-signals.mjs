/** Ctrl-C and SIGTERM: the first asks for an orderly stop, the second for an end at once. An npm that is gone asks too. */
import { onNpmGone } from './npm-watch.mjs';

/**
 * A terminal sends Ctrl-C to npm and to us, and npm hands its own on: one key press arrives twice. A service manager may
 * signal every process. What comes within this time of the first signal belongs to it, as it does in the apps.
 */
const ONE_WISH_MS = 1_000;

/** @param {{ first: () => void, second: () => void }} handlers */
export function onStopSignals({ first, second }) {
  let firstAt;
  const ask = () => {
    firstAt = Date.now();
    first();
  };
  onNpmGone(() => firstAt ?? ask());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        ask();
      } else if (Date.now() - firstAt > ONE_WISH_MS) {
        second();
      }
    });
  }
}
