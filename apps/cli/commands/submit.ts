/** `invoq submit`: hands a call over, and waits for its result when asked to. */
import { type CallFlags, callOptions } from '../call-flags';
import type { Use } from '../use';
import { dataOf } from './data';
import { resultText } from './result-text';
import { waitMs } from './waiting';

interface Options extends CallFlags {
  data?: string;
  wait?: number | true;
  delay?: number;
  timeout?: number;
  key?: string;
}

export async function run(use: Use<Options>): Promise<void> {
  const { args, options, out, signal } = use;
  const data = await dataOf(options.data);
  const { delay: delayMs, timeout: timeoutMs, key: idempotencyKey } = options;
  const invoq = await use.client({ patient: options.wait !== undefined });
  const job = await invoq.submit(args[0], data, {
    ...callOptions(options),
    delayMs,
    timeoutMs,
    idempotencyKey,
    signal,
  });
  const { requestID, status } = job;
  if (options.wait === undefined) return out.answer({ requestID, status }, () => requestID);
  out.note(`${requestID} is accepted; waiting for its end`);
  use.onStop(`It goes on. Its result: invoq result ${requestID} --wait. Cancel it: invoq cancel ${requestID}`);
  const result = (await job.result({ wait: waitMs(options.wait), signal })) ?? null;
  out.answer({ requestID, status: 'succeeded', data: result }, () => resultText(result));
}
