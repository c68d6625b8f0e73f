/** Makes a refusal of whatever was thrown while a request was served. */
import { HttpException, Inject, Injectable } from '@nestjs/common';
import { cutText } from '@invoq/contract/cut-text';
import { type ErrorType } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import { limited, type Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import type { TraceFields } from '@invoq/host/tracing/trace-context';
import { withoutArguments } from '@invoq/store/connection/store-error';
import { LOG } from '../process/tokens';
import { SEND_JSON } from './body-type';

/** What Fastify, its plugins and Nest refuse by themselves, by HTTP status. Any other 4xx is INVALID_REQUEST. */
const BY_STATUS: ReadonlyMap<number, ErrorType> = new Map<number, ErrorType>([
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'ROUTE_NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [408, 'REQUEST_TIMEOUT'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
  [429, 'RATE_LIMITED'],
  [431, 'HEADERS_TOO_LARGE'],
]);
/** So many faults have a line of their own in each window, ms. */
const LINES = 20;
const WINDOW_MS = 10_000;
/** Of a message in the log, characters: it may repeat what a caller sent. */
const MAX_LOGGED = 1_000;

@Injectable()
export class Refusals {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** `trace`: of the request, for its line in the log. */
  refusalOf(error: unknown, requestID: string, trace?: TraceFields): Refusal {
    const refusal = translated(error);
    this.note(refusal, requestID, trace);
    return refusal;
  }

  /** Each refusal is counted, and logged when it is ours to mend: its caller gets the id under which the log has the rest. */
  note(refusal: Refusal, requestID: string, trace?: TraceFields): void {
    const { type, quotas, cause } = refusal;
    this.metrics.refused(type);
    for (const { name, remaining } of quotas ?? []) if (remaining === 0) this.metrics.limited(name);
    if (type !== 'INTERNAL') return this.sample(refusal, requestID, trace);
    const err = bounded(withoutArguments(cause ?? refusal));
    // Each has its line, so that it is found by its requestID; but a caller who can cause one can cause thousands.
    const log = limited(this.log, 'faults of ours', WINDOW_MS, LINES);
    log.error({ err, requestID: refusal.requestID ?? requestID, ...trace }, 'a request failed by a fault of ours');
  }

  /** Of each type one in a while has a line, which says how many had none. */
  private sample({ type, code, message, requestID: known }: Refusal, requestID: string, trace?: TraceFields): void {
    const about = { requestID: known ?? requestID, type, code, error: cutText(message, MAX_LOGGED), ...trace };
    limited(this.log, `refused: ${type}`, WINDOW_MS).info(about, 'refused');
  }

  /** Bytes that are no request: each time is counted, and one in each window is logged. */
  noteUnreadable(refusal: Refusal, about: { requestID: string; code?: string; ip?: string }): void {
    this.metrics.refused(refusal.type);
    limited(this.log, 'unreadable requests', WINDOW_MS).warn(about, 'a connection sent what is no HTTP request');
  }
}

function translated(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const status = statusOf(error);
  const type = BY_STATUS.get(status) ?? (status >= 400 && status < 500 ? 'INVALID_REQUEST' : undefined);
  if (type === 'UNSUPPORTED_MEDIA_TYPE') return new Refusal(type, `The Content-Type is not accepted. ${SEND_JSON}`);
  if (type) return new Refusal(type, (error as Error).message);
  return new Refusal('INTERNAL', undefined, { started: 'unknown', cause: error });
}

function bounded(error: unknown): unknown {
  if (!(error instanceof Error) || error.message.length <= MAX_LOGGED) return error;
  const short = new Error(`${error.message.slice(0, MAX_LOGGED)}…`);
  // The message stands at the head of the stack, too.
  short.stack = error.stack?.replace(error.message, short.message);
  short.name = error.name;
  return short;
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
