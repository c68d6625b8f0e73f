/** What must be recorded is not lost to a Redis that refuses for a while (a full disk, a failover). */
import { setTimeout as sleep } from 'node:timers/promises';

const MAX_TRIES = 60;
const PAUSE_MS = 500;

/** `onError`: called with each failure. Rejects with the last one. */
export async function untilStored<T>(store: () => Promise<T>, onError: (error: unknown) => void): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await store();
    } catch (error) {
      onError(error);
      if (tries === MAX_TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
