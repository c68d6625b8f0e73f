/** An action on many calls goes step by step; the page counts along. */
import type { BulkAnswer } from '@invoq/client/index';

export interface Counts {
  matched: number;
  done: number;
  refused: Record<string, number>;
}

export async function inSteps(
  step: (cursor: string | undefined) => Promise<BulkAnswer>,
  say: (counts: Counts) => void,
): Promise<Counts> {
  const counts: Counts = { matched: 0, done: 0, refused: {} };
  let cursor: string | undefined;
  do {
    const answer = await step(cursor);
    counts.matched += answer.matched;
    counts.done += answer.done;
    for (const [type, count] of Object.entries(answer.refused))
      counts.refused[type] = (counts.refused[type] ?? 0) + count;
    cursor = answer.cursor ?? undefined;
    say(counts);
  } while (cursor !== undefined);
  return counts;
}

/** What was done to each of a few, at most four at a time. */
export async function each<T>(
  list: readonly T[],
  act: (one: T) => Promise<unknown>,
  say: (done: number) => void,
): Promise<{ done: number; failed: unknown[] }> {
  const waiting = [...list];
  const failed: unknown[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await act(one).then(
        () => done++,
        (error: unknown) => failed.push(error),
      );
      say(done);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return { done, failed };
}
