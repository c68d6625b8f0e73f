/** `invoq dead-letters replay`. */
import { EXIT } from '../exit-codes';
import { UsageError } from '../faults';
import { shown } from '../output/shown';
import type { Use } from '../use';

export async function run(use: Use<{ all?: boolean }>): Promise<number> {
  const { args, options, out, signal } = use;
  const [name, ...requestIDs] = args;
  const named = namedOf(requestIDs, options.all);
  const came = await (await use.client()).deadLetters(name).replay(named, { signal });
  out.answer(came, () =>
    [
      ...came.replays.map(({ requestID, replayOf, refused }) =>
        refused ? `${replayOf}  ${refused.type}: ${shown(refused.message)}` : `${requestID}  replay of ${replayOf}`,
      ),
      `${came.replays.filter(({ refused }) => !refused).length} replayed, ${came.left ?? 'an unknown number'} left`,
    ].join('\n'),
  );
  return came.replays.some(({ refused }) => refused) ? EXIT.refused : EXIT.ok;
}

/** Undefined: all of them. */
export function namedOf(requestIDs: string[], all: boolean | undefined): string[] | undefined {
  if (requestIDs.length > 0 && all) throw new UsageError('Name requestIDs, or give --all; not both.');
  if (requestIDs.length === 0 && !all) throw new UsageError('Name requestIDs, or give --all.');
  return all ? undefined : requestIDs;
}
