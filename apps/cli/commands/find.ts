/** `invoq find`: all calls that fit, by the start of a requestID and by filters. */
import type { Invocation } from '@invoq/client/index';
import { type FilterFlags, listOptions } from '../call-flags';
import type { Use } from '../use';
import { INVOCATIONS } from './invocation-table';

export async function run(use: Use<FilterFlags & { limit: number }>): Promise<void> {
  const { args, options, out, signal } = use;
  const [requestID] = args;
  const found: Invocation[] = [];
  let more = false;
  const invoq = await use.client();
  for await (const call of invoq.find({ ...listOptions(options), requestID, limit: 100, signal })) {
    if (found.length === options.limit) {
      more = true;
      break;
    }
    found.push(call);
  }
  out.table({ invocations: found, more }, INVOCATIONS, found, 'No call fits. Other filters, or another --env?');
  if (more) out.note(`There are more. Show them: --limit ${options.limit * 10}`);
}
