/** `invoq submit`: hands a call over, and waits for its result when asked to. */
import type { Use } from '../use';
import { dataOf } from './data';
import { resultText } from './result-text';
import { waitMs } from './waiting';

interface Options {
  data?: string;
  wait?: number | true;
  delay?: number;
  timeout?: number;
  priority?: number;
  key?: string;
}

export async function run(use: Use<Options>): Promise<void> {
  const { args, options, out, signal } = use;
  const data = await dataOf(options.data);
  const { delay: delayMs, timeout: timeoutMs, priority, key: idempotencyKey } = options;
  const invoq = await use.client({ patient: options.wait !== undefined });
  const job = await invoq.submit(args[0], data, { delayMs, timeoutMs, priority, idempotencyKey, signal });
  const { requestID, status } = job;
  if (options.wait === undefined) return out.answer({ requestID, status }, () => requestID);
  out.note(`${requestID} is accepted; waiting for its end`);
  use.onStop(`It goes on. Its result: invoq result ${requestID} --wait. Cancel it: invoq cancel ${requestID}`);
  const result = (await job.result({ wait: waitMs(options.wait), signal })) ?? null;
  out.answer({ requestID, status: 'succeeded', data: result }, () => resultText(result));
}
