/** `invoq invoke`: calls a function and waits. */
import { type CallFlags, callOptions } from '../call-flags';
import type { Use } from '../use';
import { dataOf } from './data';
import { resultText } from './result-text';

interface Options extends CallFlags {
  data?: string;
  timeout?: number;
  key?: string;
}

export async function run({ args: [name], options, out, signal, client }: Use<Options>): Promise<void> {
  const data = await dataOf(options.data);
  const { timeout: timeoutMs, key: idempotencyKey } = options;
  const invoq = await client();
  const result =
    (await invoq.invoke(name, data, { ...callOptions(options), timeoutMs, idempotencyKey, signal })) ?? null;
  out.answer(result, () => resultText(result));
}
