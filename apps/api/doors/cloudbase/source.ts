/** The chain of callers that CloudBase hands on: each function receives the chain that led to it, and adds itself. */
import { single } from '../../http/headers';

const MAX_LENGTH = 256;

/** From `x-tcb-source: <chain of the caller>,<kind of the caller>`; a caller with no chain of its own leaves a comma. */
export function sourceOf(headers: Record<string, string | string[] | undefined>): string | undefined {
  const chain = (single(headers['x-tcb-source']) ?? '').replace(/^,+/, '').trim();
  return chain === '' || chain.length > MAX_LENGTH || !/^[\w,.:-]+$/.test(chain) ? undefined : chain;
}
