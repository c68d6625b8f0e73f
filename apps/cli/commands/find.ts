/** `invoq find`: all calls that fit, by the start of a requestID and by filters. */
import type { Invocation } from '@invoq/client/index';
import type { Use } from '../use';
import { INVOCATIONS } from './invocation-table';
import { type FilterOptions, filterOf } from './list-filter';

export async function run(use: Use<FilterOptions & { limit: number }>): Promise<void> {
  const { args, options, out, signal } = use;
  const [requestID] = args;
  const found: Invocation[] = [];
  let more = false;
  const invoq = await use.client();
  for await (const call of invoq.find({ ...filterOf(options), requestID, limit: 100, signal })) {
    if (found.length === options.limit) {
      more = true;
      break;
    }
    found.push(call);
  }
  out.table({ invocations: found, more }, INVOCATIONS, found, 'No call fits. Other filters, or another --env?');
  if (more) out.note(`There are more. Show them: --limit ${options.limit * 10}`);
}
