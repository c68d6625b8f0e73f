/** Makes a refusal of whatever was thrown while a request was served. */
import { HttpException, Inject, Injectable } from '@nestjs/common';
import { type ErrorType, Refusal } from '@invoq/contract/errors';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import { withoutArguments } from '@invoq/store/store-fault';
import { LOG } from '../tokens';

/** What Fastify and Nest refuse by themselves, by HTTP status. */
const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: 'INVALID_REQUEST',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'INVALID_REQUEST',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

@Injectable()
export class Faults {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  refusalOf(error: unknown, requestID: string): Refusal {
    const refusal = translated(error);
    this.note(refusal, requestID);
    return refusal;
  }

  /** Each refusal is counted, and logged when it is ours to mend: its caller gets the id under which the log has the rest. */
  note(refusal: Refusal, requestID: string): void {
    const { type, quotas, cause } = refusal;
    this.metrics.refused(type);
    for (const { name, remaining } of quotas ?? []) if (remaining === 0) this.metrics.limited(name);
    if (type !== 'INTERNAL') return;
    const fields = { err: withoutArguments(cause ?? refusal), requestID: refusal.requestID ?? requestID };
    this.log.error(fields, 'a request failed by a fault of ours');
  }
}

function translated(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const type = BY_STATUS[statusOf(error)];
  if (type) return new Refusal(type, (error as Error).message);
  return new Refusal('INTERNAL', undefined, { started: 'unknown', cause: error });
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
