/** `invoq replay`: ended calls once more. */
import type { Use } from '../use';
import { each } from './each';

export async function run(use: Use): Promise<number> {
  const invoq = await use.client();
  return each(
    use,
    (requestID) => invoq.invocations.replay(requestID, { signal: use.signal }),
    ({ requestID, replayOf }) => `${requestID}  replay of ${replayOf}`,
  );
}
