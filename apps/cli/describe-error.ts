/** Tells why a command failed and what to do next, and chooses its exit code. Loaded only when something failed. */
import { FunctionError, InvoqError } from '@invoq/client/index';
import { EXIT } from './exit-codes';
import { Interrupted, UsageError, WaitOver } from './faults';
import { shown } from './output/shown';

const UNREACHABLE = ['CONNECTION_FAILED', 'NO_ANSWER', 'BAD_ANSWER'];

/** By the type of the error. `{id}` is the requestID. */
const NEXT: Record<string, string> = {
  CONNECTION_FAILED: 'Check the URL (--url, INVOQ_URL, invoq login) and that the API runs: invoq doctor',
  NO_ANSWER: 'The API is slow or gone: invoq doctor. Whether a call was taken: invoq list',
  BAD_ANSWER: 'Check the URL (--url, INVOQ_URL): what answers there is not an Invoq API.',
  STILL_PENDING: 'It goes on. Wait again: invoq result {id} --wait 10m',
  UNAUTHENTICATED: 'Give a key: invoq login, or INVOQ_KEY=<id>.<secret>',
  FORBIDDEN: 'Use a key with the scope and the env that this needs: invoq keys create --scopes … --envs …',
  FUNCTION_NOT_FOUND: 'See which functions there are, in this env: invoq functions',
  INVOCATION_NOT_FOUND: 'Check the env (--env); ended calls are kept for a day by default: invoq list',
  WORKER_NOT_FOUND: 'See which workers there are: invoq workers',
  WORKER_NOT_DRAINABLE: 'Stop its process with SIGTERM, on its host: invoq workers',
  WORKER_ENDING: 'Start another one: invoq worker',
  QUEUE_NOT_FOUND: 'See which queues there are: invoq queues',
  SCHEDULE_NOT_FOUND: 'See which schedules there are: invoq schedules',
  NOT_REPLAYABLE: 'Its data are not kept. Submit it again: invoq submit <function> --data …',
  ROUTE_NOT_FOUND: 'This API is older than this command line. Upgrade the API.',
  METHOD_NOT_ALLOWED: 'This API is older than this command line. Upgrade the API.',
  QUEUE_FULL: 'See what waits: invoq queues. Then try again, or start more workers.',
  RATE_LIMITED: 'Try again later, or raise the rate of the key.',
  NO_WORKER: 'See which workers there are, and which are drained: invoq workers',
  PAUSED: 'It is held back by an operator: invoq queues. Take it up again: invoq resume queue|function <name>',
  EXPIRED: 'It never ran. See what waits: invoq queues',
};

export interface ErrorReport {
  text: string;
  exitCode: number;
}

/** `json`: one JSON object for programs. */
export function describeError(error: unknown, json: boolean): ErrorReport {
  const exitCode = exitCodeOf(error);
  const next = nextOf(error);
  return { exitCode, text: json ? jsonOf(error, exitCode, next) : textOf(error, next) };
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof WaitOver) return EXIT.waitOver;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof FunctionError || !(error instanceof InvoqError)) return EXIT.failed;
  if (error.type === 'STILL_PENDING') return EXIT.waitOver;
  return UNREACHABLE.includes(error.type) ? EXIT.unreachable : EXIT.refused;
}

function nextOf(error: unknown): string | undefined {
  if (error instanceof UsageError || error instanceof Interrupted) return error.next;
  if (error instanceof FunctionError) {
    return error.requestID === undefined ? undefined : `What it printed: invoq logs ${error.requestID}`;
  }
  if (!(error instanceof InvoqError)) return undefined;
  return NEXT[error.type]?.replace('{id}', error.requestID ?? '<requestID>');
}

function textOf(error: unknown, next: string | undefined): string {
  const lines = [`invoq: ${shown(messageOf(error))}`];
  if (error instanceof InvoqError) {
    for (const { field, rule } of error.fields ?? []) lines.push(`  ${shown(field)}: ${shown(rule)}`);
    if (error.requestID) lines.push(`  requestID: ${shown(error.requestID)}`);
  }
  if (next !== undefined) lines.push(`  ${next}`);
  return `${lines.join('\n')}\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof InvoqError) return `${error.type}: ${error.message}`;
  if (error instanceof UsageError || error instanceof Interrupted) return error.message;
  // The system's own sentence says what and where: a file that cannot be read. Anything else is a fault of ours.
  const { syscall, message, stack } = error as NodeJS.ErrnoException;
  return syscall === undefined ? (stack ?? String(error)) : message;
}

function jsonOf(error: unknown, exitCode: number, next: string | undefined): string {
  const { name, message } = error as Error;
  const known =
    error instanceof InvoqError
      ? {
          type: error.type,
          message,
          requestID: error.requestID,
          retryable: error.retryable,
          started: error.started,
          fields: error.fields,
        }
      : { type: name, message };
  return `${JSON.stringify({ error: { ...known, next }, exitCode })}\n`;
}
