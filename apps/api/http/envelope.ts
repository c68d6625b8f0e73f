/**
 * Answers in the platform's own envelope: data, or a refusal. What a controller of a route with a scope returns is the
 * `data` of its envelope; one that has more to say of its answer writes it by `send`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Envelope, failureJson, successJson } from '@invoq/contract/envelope';
import type { Refusal } from '@invoq/contract/refusal';
import { jsonHeaders } from './headers';
import type { DoorReply } from './wire';

/** Before any route is made. */
export function envelopValues(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.config?.access === undefined || route.config.access === 'public') return;
    const before = route.preSerialization === undefined ? [] : [route.preSerialization].flat();
    route.preSerialization = [
      ...before,
      (request: FastifyRequest, reply: FastifyReply, data: unknown, done: (error: null, value: object) => void) => {
        void reply.headers(jsonHeaders(request.id));
        done(null, { code: 0, data, error: {}, requestID: request.id } satisfies Envelope);
      },
    ];
  });
}

/** `json`: the `data` of the envelope as JSON text. */
export function dataReply(requestID: string, json: string): DoorReply {
  return { status: 200, headers: jsonHeaders(requestID), body: successJson(requestID, json) };
}

export function refusalReply(refusal: Refusal, requestID: string): DoorReply {
  const id = refusal.requestID ?? requestID;
  const { type, message, retryable, started, fields } = refusal;
  const headers = jsonHeaders(id);
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(refusal.retryAfterS);
  if (type === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer';
  return {
    status: refusal.http,
    headers,
    body: failureJson(id, refusal.code, { type, message, retryable, started, fields }),
  };
}
