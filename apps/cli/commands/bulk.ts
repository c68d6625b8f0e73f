/** `invoq bulk cancel|replay`: one action on many calls. */
import type { BulkAction, Status } from '@invoq/client/index';
import { UsageError } from '../faults';
import { mustAgree } from '../output/ask';
import type { Use } from '../use';
import { inSteps, printSum } from './steps';

interface Options {
  function?: string;
  status?: Status[];
  since?: string;
  until?: string;
  dryRun?: boolean;
  yes?: boolean;
  reason?: string;
}

export async function run(use: Use<Options>): Promise<number> {
  const { args, options, signal } = use;
  const [action] = args as [BulkAction];
  if (action !== 'cancel' && action !== 'replay') {
    throw new UsageError(`"${String(action)}" is no bulk action.`, 'invoq bulk cancel …, or invoq bulk replay …');
  }
  const { function: name, status, since, until, dryRun, reason } = options;
  const filter = { function: name, status, since, until };
  const invoq = await use.client();
  const done = action === 'cancel' ? 'cancelled' : 'replayed';
  if (!dryRun) {
    const counted = await inSteps(use, (cursor) =>
      invoq.invocations.bulk({ action, filter, dryRun: true, cursor, signal }),
    );
    if (counted.matched === 0) return printSum(use, { ...counted, dryRun: false }, done);
    await mustAgree(`${action === 'cancel' ? 'Cancel' : 'Replay'} ${counted.matched} calls?`, options.yes, signal);
  }
  const sum = await inSteps(use, (cursor) =>
    invoq.invocations.bulk({ action, filter, dryRun, reason, cursor, signal }),
  );
  return printSum(use, sum, done);
}
