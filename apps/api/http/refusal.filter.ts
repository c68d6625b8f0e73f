/** Answers what no controller answered (bodies that are not JSON, unknown addresses, faults of ours), in the words of its wire. */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Faults } from './faults';
import { rateLimitHeaders } from './rate-limit-headers';
import { doorRequest, send } from './send';
import type { Wires } from './wire';

@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(
    private readonly faults: Faults,
    private readonly wires: Wires,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.raw.headersSent) return;
    const refusal = this.faults.refusalOf(error, request.id);
    const refused = this.wires.at(request.method, request.originalUrl).refuse(refusal, doorRequest(request, undefined));
    Object.assign(refused.headers, rateLimitHeaders(refusal.quotas));
    send(reply, refused);
  }
}
