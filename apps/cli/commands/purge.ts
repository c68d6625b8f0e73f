/** `invoq purge`: cancels what waits in a queue. */
import { mustAgree } from '../output/ask';
import type { Use } from '../use';
import { inSteps, printSum } from './steps';

interface Options {
  lane?: string;
  dryRun?: boolean;
  yes?: boolean;
  reason?: string;
}

export async function run(use: Use<Options>): Promise<number> {
  const { args, options, signal } = use;
  const [queue] = args;
  const { lane, dryRun, reason } = options;
  const invoq = await use.client();
  if (!dryRun) {
    const counted = await inSteps(use, (cursor) => invoq.queues.purge(queue, { lane, dryRun: true, cursor, signal }));
    if (counted.matched === 0) return printSum(use, { ...counted, dryRun: false }, 'cancelled');
    await mustAgree(`Cancel ${counted.matched} calls that wait in ${queue}?`, options.yes, signal);
  }
  const sum = await inSteps(use, (cursor) => invoq.queues.purge(queue, { lane, dryRun, reason, cursor, signal }));
  return printSum(use, sum, 'cancelled');
}
