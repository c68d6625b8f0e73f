/** `--watch`: shows a table again and again, in place on a terminal, one below the other elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Use } from '../use';

export interface WatchOptions {
  watch?: boolean;
  every: number;
  for: number;
}

/** The shortest time between two checks, ms. */
const LEAST_MS = 200;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

export async function shownAgain<T>(
  { options, out, signal }: Pick<Use<WatchOptions>, 'options' | 'out' | 'signal'>,
  read: () => Promise<T>,
  show: (value: T) => void,
): Promise<void> {
  if (!options.watch) return show(await read());
  const until = Date.now() + options.for;
  while (Date.now() < until) {
    const value = await read();
    if (out.isTerminal && !out.json) {
      process.stdout.write(HOME_AND_CLEAR);
      out.line(out.paint.dim(`${new Date().toLocaleTimeString()}, each ${options.every} ms; Ctrl-C ends`));
    }
    show(value);
    const pauseMs = Math.min(Math.max(LEAST_MS, options.every), Math.max(0, until - Date.now()));
    // Ctrl-C is how a watch ends: that is no fault.
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}
