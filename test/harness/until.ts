/** Bounded waits: for something to become true, or for a promise to settle. */
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

/**
 * Asks again and again until `check` gives something truthy, and gives that. A check that throws counts as not yet.
 * Rejects after `timeoutMs`, naming `what`, with the last answer or error.
 */
export async function until<T>(what: string, check: () => T | Promise<T>, timeoutMs: number): Promise<NonNullable<T>> {
  const giveUpAt = Date.now() + timeoutMs;
  let last: unknown;
  const look = async (): Promise<T | undefined> => {
    try {
      const answer = await check();
      last = answer;
      return answer;
    } catch (error) {
      last = error;
      return undefined;
    }
  };
  for (;;) {
    try {
      const answer = await within(`one look at: ${what}`, look(), Math.max(1, giveUpAt - Date.now()));
      if (answer) return answer;
    } catch (error) {
      // It was cut short by the limit, and says less than the one before it.
      last ??= error;
    }
    if (Date.now() >= giveUpAt)
      throw new Error(`Not within ${timeoutMs} ms: ${what}. Last seen: ${show(last)}`, { cause: last });
    await sleep(PAUSE_MS);
  }
}

/** The promise, or a rejection that names `what` when it has not settled after `timeoutMs`. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`Not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function show(value: unknown): string {
  if (value instanceof Error) return value.message;
  return JSON.stringify(value) ?? String(value);
}
