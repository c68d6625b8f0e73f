/** Answers a request of the native wire with what its controller has to tell. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dataReply } from './envelope';
import { send } from './send';

/** `data`: of the envelope; anything that JSON can say. */
export function answer(request: FastifyRequest, reply: FastifyReply, data: unknown, status = 200): void {
  send(reply, { ...dataReply(request.id, JSON.stringify(data)), status });
}
