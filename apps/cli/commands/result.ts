/** `invoq result`: what a call returned. */
import type { Use } from '../use';
import { resultText } from './result-text';
import { waitMs } from './waiting';

export async function run(use: Use<{ wait?: number | true }>): Promise<void> {
  const { args, options, out, signal } = use;
  const invoq = await use.client({ patient: options.wait !== undefined });
  use.onStop(`It goes on. Wait again: invoq result ${args[0]} --wait`);
  const result = (await invoq.result(args[0], { wait: waitMs(options.wait), signal })) ?? null;
  out.answer(result, () => resultText(result));
}
