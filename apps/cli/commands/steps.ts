/** An action on many calls, step after step to its end. */
import type { BulkAnswer } from '@invoq/client/index';
import { EXIT } from '../exit-codes';
import type { Use } from '../use';

export type Sum = Omit<BulkAnswer, 'cursor'>;

export async function inSteps(
  { out, signal, onStop }: Pick<Use, 'out' | 'signal' | 'onStop'>,
  step: (cursor: string | null | undefined) => Promise<BulkAnswer>,
): Promise<Sum> {
  onStop('What was done stays done. Give the same command again to go on.');
  const sum: Sum = { dryRun: false, looked: 0, matched: 0, done: 0, refused: {} };
  let cursor: string | null | undefined;
  do {
    signal.throwIfAborted();
    const came = await step(cursor);
    sum.dryRun = came.dryRun;
    for (const key of ['looked', 'matched', 'done'] as const) sum[key] += came[key];
    for (const [type, count] of Object.entries(came.refused)) sum.refused[type] = (sum.refused[type] ?? 0) + count;
    cursor = came.cursor;
    if (process.stderr.isTTY && cursor !== null) out.note(out.paint.dim(`${sum.looked} looked at, ${sum.done} done`));
  } while (cursor !== null);
  return sum;
}

/** Shows it, and says the exit code. */
export function printSum({ out }: Pick<Use, 'out'>, sum: Sum, verb: string): number {
  const refused = Object.entries(sum.refused).map(([type, count]) => `${count} refused: ${type}`);
  const done = sum.dryRun ? `${sum.matched} would be ${verb}` : `${sum.done} ${verb}`;
  out.answer(sum, () => [`${done}, of ${sum.looked} calls that were looked at`, ...refused].join('\n'));
  return refused.length > 0 ? EXIT.refused : EXIT.ok;
}
