/**
 * Answers every request that no controller answered (a body that is not JSON, an unknown address, a refusal, a fault of
 * ours), in the words of its wire. What goes wrong before Nest has the request comes here by `fastify.refuse`.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WIRES } from '../process/tokens';
import { Faults } from './faults';
import { rateLimitHeaders } from './rate-limit-headers';
import { doorRequest, send } from './send';
import type { Wires } from './wire';

declare module 'fastify' {
  interface FastifyInstance {
    refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
  }
}

@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(
    private readonly faults: Faults,
    @Inject(WIRES) private readonly wires: Wires,
  ) {}

  /** Where there is no Nest: Fastify's own refusals, and looks of our own that have answered already. */
  serve(fastify: FastifyInstance): void {
    fastify.decorate('refuse', (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      this.answer(error, request, reply),
    );
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.raw.headersSent) return;
    const refusal = this.faults.refusalOf(error, request.id);
    const wire = this.wires.at(request.method, request.originalUrl);
    const refused = wire.refuse(refusal, doorRequest(request, undefined));
    Object.assign(refused.headers, rateLimitHeaders(refusal.quotas));
    const { challenge } = request.routeOptions.config ?? {};
    if (challenge !== undefined && refused.status === 401) refused.headers['www-authenticate'] = challenge;
    send(reply, refused);
  }
}
