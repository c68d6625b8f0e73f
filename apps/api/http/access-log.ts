/** A line of the log for each request, where INVOQ_ACCESS_LOG asks for it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, plain } from '@invoq/host/log';
import { routeOf } from './measure-requests';
import { fieldsOf } from './trace-requests';

/** Of a path in the log, characters. */
const MAX_LOGGED = 200;

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Those under way, as Fastify has them. */
const exchanges = new WeakMap<IncomingMessage, Exchange>();

/**
 * Before the routes are made. Whatever Node takes for a request has its line when its answer ends: also one that the router
 * refuses, and one whose caller hangs up. Queries, headers and bodies are not logged: they may hold secrets.
 */
export function logRequests(fastify: FastifyInstance, log: Logger): void {
  const lines = plain(log);
  fastify.server.prependListener('request', (raw: IncomingMessage, answer: ServerResponse) => {
    const from = performance.now();
    answer.once('close', () => lines.info(lineOf(raw, answer, performance.now() - from), 'request'));
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    noteExchange(request, reply);
    done();
  });
}

/** For what is refused before there are hooks. */
export function noteExchange(request: FastifyRequest, reply: FastifyReply): void {
  exchanges.set(request.raw, { request, reply });
}

function lineOf(raw: IncomingMessage, answer: ServerResponse, ms: number): object {
  const { request, reply } = exchanges.get(raw) ?? {};
  return {
    // As in the answer: a call may have an id other than its request.
    requestID: reply?.getHeader('x-request-id') ?? request?.id,
    method: raw.method,
    route: request && routeOf(request),
    path: (request?.originalUrl ?? raw.url ?? '').split('?', 1)[0].slice(0, MAX_LOGGED),
    status: answer.headersSent ? answer.statusCode : undefined,
    hungUp: answer.writableFinished ? undefined : true,
    ms: Math.round(ms),
    ip: request?.ip ?? raw.socket.remoteAddress,
    caller: request?.caller?.id,
    env: request?.caller?.env,
    ...fieldsOf(request ?? raw),
  };
}
