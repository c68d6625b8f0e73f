/** `invoq dead-letters list`. */
import type { DeadLetter } from '@invoq/client/index';
import { agoText } from '../output/lengths';
import type { Column } from '../output/table';
import type { Use } from '../use';

const COLUMNS: Column<DeadLetter>[] = [
  { head: 'REQUESTID', of: ({ requestID }) => requestID },
  { head: 'STATUS', of: ({ status }) => status, paint: (_, text, paint) => paint.bad(text) },
  { head: 'STARTS', of: ({ attempt }) => attempt, right: true },
  { head: 'DIED', of: ({ diedAt }) => agoText(diedAt), right: true },
  { head: 'ERROR', of: ({ error }) => `${error.type}: ${error.message}` },
];

export async function run(use: Use<{ limit: number; cursor?: string }>): Promise<void> {
  const { args, options, out, signal } = use;
  const { limit, cursor } = options;
  const page = await (await use.client()).deadLetters(args[0]).list({ limit, cursor, env: options.env, signal });
  out.table(page, COLUMNS, page.letters, `${args[0]} has no dead letters.`);
  if (page.cursor !== null) out.note(`${page.total} in all. More of them: --cursor ${page.cursor}`);
}
