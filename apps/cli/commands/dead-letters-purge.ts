/** `invoq dead-letters purge`. */
import { mustAgree } from '../output/ask';
import type { Use } from '../use';
import { namedOf } from './dead-letters-replay';

export async function run(use: Use<{ all?: boolean; yes?: boolean }>): Promise<void> {
  const { args, options, out, signal } = use;
  const [name, ...requestIDs] = args;
  const named = namedOf(requestIDs, options.all);
  await mustAgree(`Take ${named?.length ?? 'all'} dead letters of ${name} off the list for good?`, options.yes, signal);
  const purged = await (await use.client()).deadLetters(name).purge(named, { signal });
  out.answer({ purged }, () => `${purged} purged`);
}
