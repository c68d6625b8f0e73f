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

export function limitBodyTime(fastify: FastifyInstance, usualMs: number): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { headers, raw } = request;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
      const limitMs = request.routeOptions.config.bodyTimeMs ?? usualMs;
      const timer = setTimeout(() => tooSlow(request, reply, limitMs), limitMs);
      raw.once('end', () => clearTimeout(timer));
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
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
