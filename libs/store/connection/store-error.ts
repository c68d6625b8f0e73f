/** Tells what came of a command that ioredis threw for, and makes of it the refusal that callers see. */
import { Refusal, type RefusalDetails } from '@invoq/contract/refusal';

/**
 * `full`, `away`: Redis refused it before it ran, so that nothing was written. `silent`: connection or time was lost, and
 * nobody knows. `ours`: a command or our own code ran into something that it was not made for; what was written before
 * that stands.
 */
export type StoreError = 'full' | 'away' | 'silent' | 'ours';

/**
 * The error replies that say how Redis is, and not what was wrong with a command. The first word of a reply is its code
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors); the codes are in its `server.c`, `script.c`
 * and `cluster.c`. A script is held to them before its first write.
 */
const BEFORE_IT_RAN: ReadonlyMap<string, StoreError> = new Map<string, StoreError>([
  ['OOM', 'full'],
  ['LOADING', 'away'],
  ['BUSY', 'away'],
  ['NOSCRIPT', 'away'],
  // Writes are refused: a replica, too few of them, or a disk that is full.
  ['READONLY', 'away'],
  ['NOREPLICAS', 'away'],
  ['MISCONF', 'away'],
  ['MASTERDOWN', 'away'],
  // A Redis Cluster that is being changed.
  ['CLUSTERDOWN', 'away'],
  ['TRYAGAIN', 'away'],
  ['MOVED', 'away'],
  ['ASK', 'away'],
  // It does not let us in (any more): an operator's to mend, and then it goes on.
  ['NOAUTH', 'away'],
  ['WRONGPASS', 'away'],
  ['NOPERM', 'away'],
  ['DENIED', 'away'],
]);

/** What the engine throws for a mistake in our code, or for a record that is not as we write it. No connection does. */
const ENGINES_OWN: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'URIError',
  'AssertionError',
]);

export function storeError(error: unknown): StoreError {
  const isError = error instanceof Error;
  if (isError && ENGINES_OWN.has(error.name)) return 'ours';
  const isReply = isError && error.name === 'ReplyError';
  return isReply ? (BEFORE_IT_RAN.get(error.message.split(' ', 1)[0]) ?? 'ours') : 'silent';
}

/** Did Redis refuse the command before it ran? Then nothing was written. */
export function isRefused(error: unknown): boolean {
  const fault = storeError(error);
  return fault === 'full' || fault === 'away';
}

/** The answer of the store, or the refusal that stands for its error. */
export function fromStore<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw storeRefusal(error);
  });
}

/** INTERNAL is for whoever answers to log, with its cause. */
export function storeRefusal(error: unknown, details: RefusalDetails = {}): Refusal {
  if (error instanceof Refusal) return error;
  switch (storeError(error)) {
    case 'full':
      return new Refusal('STORE_FULL', undefined, { retryAfterS: 5, ...details, started: false, cause: error });
    case 'away':
    case 'silent':
      return new Refusal('STORE_UNAVAILABLE', undefined, { retryAfterS: 1, ...details, cause: error });
    case 'ours':
      return new Refusal('INTERNAL', undefined, { ...details, cause: error });
  }
}

/** For a log: ioredis hangs the command on its errors, with callers' data among its arguments. */
export function withoutArguments(error: unknown): unknown {
  const { command } = (error ?? {}) as { command?: { name?: string } };
  if (command) (error as { command: object }).command = { name: command.name };
  return error;
}
