/** `invoq functions`. */
import type { ListedFunction } from '@invoq/client/index';
import { agoText, lengthText } from '../output/lengths';
import type { Column } from '../output/table';
import type { Use } from '../use';

const COLUMNS: Column<ListedFunction>[] = [
  { head: 'FUNCTION', of: ({ name }) => name },
  { head: 'QUEUE', of: ({ queue }) => queue },
  { head: 'CONTRACT', of: ({ contract }) => contract },
  { head: 'SYNC', of: ({ timeoutMs }) => lengthText(timeoutMs.sync), right: true },
  { head: 'ASYNC', of: ({ timeoutMs }) => lengthText(timeoutMs.async), right: true },
  { head: 'MB', of: ({ memoryMb }) => memoryMb, right: true },
  { head: 'AT A TIME', of: ({ concurrency }) => concurrency, right: true },
  { head: 'STATE', of: stateOf, paint: (_, text, paint) => (text.startsWith('served') ? text : paint.bad(text)) },
];

export async function run(use: Use): Promise<void> {
  const functions = await (await use.client()).functions.list({ signal: use.signal });
  use.out.table({ functions }, COLUMNS, functions, 'No function in this env. Another --env, or is no worker up?');
}

function stateOf({ loadProblem, paused, unservedSince }: ListedFunction): string {
  if (loadProblem) {
    const { file, line, reason } = loadProblem;
    return `does not load: ${file}${line === undefined ? '' : `:${line}`}: ${reason}`;
  }
  if (paused) return ['paused', paused.reason].filter(Boolean).join(': ');
  return unservedSince === undefined ? 'served' : `served by nobody for ${agoText(unservedSince)}`;
}
