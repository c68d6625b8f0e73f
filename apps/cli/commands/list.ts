/** `invoq list`: a page of calls, the newest first. */
import { type FilterFlags, listOptions } from '../call-flags';
import type { Use } from '../use';
import { INVOCATIONS } from './invocation-table';

export async function run(
  use: Use<FilterFlags & { requestId?: string; limit: number; cursor?: string }>,
): Promise<void> {
  const { options, out, signal } = use;
  const { requestId: requestID, limit, cursor } = options;
  const page = await (await use.client()).list({ ...listOptions(options), requestID, limit, cursor, signal });
  out.table(page, INVOCATIONS, page.invocations, 'No calls here. Other filters, or another --env?');
  if (page.cursor !== null) out.note(`More of them: --cursor ${page.cursor}`);
}
