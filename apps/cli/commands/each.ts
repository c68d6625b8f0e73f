/** One action on each of some calls: each result is printed, and the first failure decides the exit code. */
import { InvoqError } from '@invoq/client/index';
import type { Use } from '../use';
import { exitCodeOf } from '../describe-error';
import { shown } from '../output/shown';

export interface Came {
  requestID: string;
  error?: { type: string; message: string };
}

export async function each<T extends Came>(
  { args, out }: Pick<Use, 'args' | 'out'>,
  act: (requestID: string) => Promise<T>,
  text: (came: T) => string,
): Promise<number> {
  const all: (T | Came)[] = [];
  let exitCode = 0;
  for (const requestID of args) {
    try {
      const came = await act(requestID);
      all.push(came);
      if (!out.json) out.line(text(came));
    } catch (error) {
      if (!(error instanceof InvoqError)) throw error;
      // Nobody there: the others would not fare better. A single one is reported like any error.
      if (args.length === 1 || error.type === 'CONNECTION_FAILED') throw error;
      exitCode ||= exitCodeOf(error);
      all.push({ requestID, error: { type: error.type, message: error.message } });
      out.note(`${requestID}  ${error.type}: ${shown(error.message)}`);
    }
  }
  if (out.json) out.line(JSON.stringify(all));
  return exitCode;
}
