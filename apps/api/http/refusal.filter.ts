/**
 * Answers every request that no controller answered (a body that is not JSON, an unknown address, a refusal, a fault of
 * ours), in the words of its wire. What goes wrong before Nest has the request comes here by `fastify.refuse`.
 */
import { finished, type Readable } from 'node:stream';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WIRES } from '../process/tokens';
import { Refusals } from './refusals';
import { rateLimitHeaders } from './rate-limit-headers';
import { doorRequest, send } from './send';
import type { Wires } from './wire';
import { fieldsOf } from './trace-requests';

/** Most clients read an answer only when they have sent everything; the rest of an upload is accepted for so long, ms. */
const DRAIN_MS = 5_000;

declare module 'fastify' {
  interface FastifyInstance {
    refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
  }
}

@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(
    private readonly refusals: Refusals,
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
    const { upload = false, challenge } = request.routeOptions.config ?? {};
    // A caller who hung up in the middle of an upload gets no answer, and that is no error.
    if (upload && request.raw.destroyed && !request.raw.complete) return void reply.hijack();
    const refusal = this.refusals.refusalOf(error, request.id, fieldsOf(request));
    const wire = this.wires.at(request.method, request.originalUrl);
    const refused = wire.refuse(refusal, doorRequest(request, undefined));
    Object.assign(refused.headers, rateLimitHeaders(refusal.quotas));
    if (challenge !== undefined && refused.status === 401) refused.headers['www-authenticate'] = challenge;
    if (!upload) return send(reply, refused);
    void drained(request.raw, DRAIN_MS).then((isWhole) => {
      // What is still to come must not be taken for the next request.
      if (!isWhole) refused.headers.connection = 'close';
      send(reply, refused);
    });
  }
}

/** Lets a body that nobody wants go by. False: there was more of it than time. */
function drained(body: Readable, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, false);
    finished(body, { writable: false }, () => {
      clearTimeout(timer);
      resolve(true);
    });
    body.resume();
  });
}
