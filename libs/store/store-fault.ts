/** Turns what ioredis throws into the refusal that callers see. */
import { Refusal, type RefusalDetails } from '@invoq/contract/errors';

/** The first word of an error reply is its code by Redis's protocol. */
const FULL = new Set(['OOM']);

export function storeRefusal(error: unknown, details: RefusalDetails = {}): Refusal {
  if (error instanceof Refusal) return error;
  if (isReply(error) && FULL.has(replyCode(error))) {
    return new Refusal('STORE_FULL', undefined, { retryAfterS: 5, ...details, started: false, cause: error });
  }
  return new Refusal('STORE_UNAVAILABLE', undefined, { retryAfterS: 1, ...details, cause: error });
}

/** Did Redis itself say no? Then nothing was written. Otherwise (connection, timeout) nobody knows. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function replyCode(error: Error): string {
  return error.message.slice(0, error.message.indexOf(' '));
}

/** For a log: ioredis hangs the command on its errors, with callers' data among its arguments. */
export function withoutArguments(error: unknown): unknown {
  const { command } = (error ?? {}) as { command?: { name?: string } };
  if (command) (error as { command: object }).command = { name: command.name };
  return error;
}
