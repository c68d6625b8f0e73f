/** The time that the body of a request has to arrive: slow senders hold nothing for longer. Uploads have more of it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/errors';
import { refusalReply } from '../doors/native/native.door';
import { send } from './send';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** ms for the body to arrive, when it is not the usual time. */
    bodyTimeMs?: number;
  }
}

/** For an upload of the largest size over a slow line, ms. Also the longest that the server lets any request arrive. */
export const UPLOAD_MS = 600_000;

/** How often it is looked whose time is over, ms. A timer and two listeners for each body were 2 % of an API's time. */
const LOOK_MS = 1_000;

interface Sender {
  reply: FastifyReply;
  limitMs: number;
  /** By the clock that never goes back, ms. */
  endsAt: number;
}

/** The bodies that are on their way. */
export class BodyTimes {
  private readonly senders = new Map<FastifyRequest, Sender>();

  constructor(
    fastify: FastifyInstance,
    private readonly usualMs: number,
    lookMs = LOOK_MS,
  ) {
    fastify.addHook('onRequest', (request, reply, done) => {
      const { headers } = request;
      if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
        this.begins(request, reply);
      done();
    });
    const looks = setInterval(() => this.look(performance.now()), lookMs).unref();
    fastify.addHook('onClose', (_, done) => {
      clearInterval(looks);
      done();
    });
  }

  /** It was read to its end: what is read by others is found out by the next look. */
  arrived(request: FastifyRequest): void {
    this.senders.delete(request);
  }

  private begins(request: FastifyRequest, reply: FastifyReply): void {
    const limitMs = request.routeOptions.config.bodyTimeMs ?? this.usualMs;
    this.senders.set(request, { reply, limitMs, endsAt: performance.now() + limitMs });
  }

  private look(now: number): void {
    for (const [request, { reply, limitMs, endsAt }] of this.senders) {
      const { raw } = request;
      if (raw.complete || raw.destroyed) this.senders.delete(request);
      else if (endsAt <= now) {
        this.senders.delete(request);
        tooSlow(request, reply, limitMs);
      }
    }
  }
}

function tooSlow(request: FastifyRequest, reply: FastifyReply, limitMs: number): void {
  if (reply.sent) return void request.raw.destroy();
  const rule = `must arrive within ${limitMs} ms`;
  const refusal = new Refusal('INVALID_REQUEST', `body ${rule}.`, { fields: [{ field: 'body', rule }] });
  const refused = refusalReply(refusal, request.id);
  // What is still to come is not waited for, and must not be taken for the next request.
  refused.headers.connection = 'close';
  send(reply, refused);
}
