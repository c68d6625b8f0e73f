/**
 * What is started is ended: each thing that a test starts puts its ending here, and the file's last hook runs them all,
 * the latest first, also when the test that started it has failed.
 */
import { within } from './until';

const ENDING_LIMIT_MS = 20_000;

const endings: (() => void | Promise<void>)[] = [];

/** An ending must bear being called for something that has ended already. */
export function atEnd(ending: () => void | Promise<void>): void {
  endings.push(ending);
}

/** Runs all endings; those that fail do not keep the others from running, and are told together. */
export async function endAll(): Promise<void> {
  const faults: unknown[] = [];
  for (let ending = endings.pop(); ending; ending = endings.pop()) {
    try {
      await within('an ending at the end of a suite', Promise.resolve(ending()), ENDING_LIMIT_MS);
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, faults.map(String).join('\n'));
}

// A measurement has no hooks; it calls endAll() itself.
if (typeof afterAll === 'function') afterAll(endAll, 120_000);
