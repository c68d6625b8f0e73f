/** `invoq cancel`. */
import type { Use } from '../use';
import { each } from './each';

export async function run(use: Use): Promise<number> {
  const invoq = await use.client();
  return each(
    use,
    async (requestID) => ({ requestID, status: await invoq.cancel(requestID, { signal: use.signal }) }),
    ({ requestID, status }) => `${requestID}  ${status}`,
  );
}
