/** `invoq audit`: what operators changed. */
import type { AuditAction, AuditEntry } from '@invoq/client/index';
import type { Column } from '../output/table';
import type { Use } from '../use';

const COLUMNS: Column<AuditEntry>[] = [
  { head: 'AT', of: ({ at }) => at },
  { head: 'KEY', of: ({ keyID, ip }) => keyID ?? ip },
  { head: 'ACTION', of: ({ action }) => action },
  { head: 'TARGET', of: ({ target }) => target },
  { head: 'ENV', of: ({ env }) => env },
  { head: 'REASON', of: ({ reason }) => reason ?? '' },
];

interface Options {
  action?: string;
  since?: string;
  until?: string;
  limit: number;
  cursor?: string;
}

export async function run(use: Use<Options>): Promise<void> {
  const { options, out, signal } = use;
  const { since, until, limit, cursor } = options;
  const action = options.action as AuditAction | undefined;
  const page = await (await use.client()).audit.list({ action, since, until, limit, cursor, signal });
  out.table(page, COLUMNS, page.entries, 'No change in this time.');
  if (page.cursor !== null) out.note(`More of them: --cursor ${page.cursor}`);
}
