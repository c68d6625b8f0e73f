/** Makes a refusal of whatever was thrown while a request was served. */
import { HttpException, Inject, Injectable } from '@nestjs/common';
import { type ErrorType, Refusal } from '@invoq/contract/errors';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
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
    const refusal = this.translate(error, requestID);
    this.count(refusal);
    return refusal;
  }

  count({ type, quotas }: Refusal): void {
    this.metrics.refused(type);
    for (const { name, remaining } of quotas ?? []) if (remaining === 0) this.metrics.limited(name);
  }

  private translate(error: unknown, requestID: string): Refusal {
    if (error instanceof Refusal) return error;
    const status = statusOf(error);
    const type = BY_STATUS[status];
    if (type) return new Refusal(type, (error as Error).message);
    // Ours to mend: the caller gets the id under which the log has the rest.
    this.log.error({ err: error, requestID }, 'a request failed by a fault of ours');
    return new Refusal('INTERNAL', undefined, { requestID, started: 'unknown', cause: error });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
