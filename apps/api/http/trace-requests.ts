/** A span for each request of a caller, while traces are exported. Pages of operators, such as `/livez`, have none. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  readTraceContext,
  type TraceFields,
  traceFields,
  traceOfText,
  traceText,
} from '@invoq/host/tracing/trace-context';
import type { Span, Tracing } from '@invoq/host/tracing/tracing';
import { single } from './headers';
import { routeOf } from './measure-requests';

declare module 'fastify' {
  interface FastifyRequest {
    /** While traces are exported, from when its caller is known. */
    span?: Span;
  }
}

/** For lines of the log about a request. */
export function fieldsOf({ span, headers }: { span?: Span; headers: FastifyRequest['headers'] }): TraceFields {
  return span?.fields ?? traceFields(readTraceContext(single(headers.traceparent)));
}

/** Before the routes are made. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.decorateRequest('span', undefined);
  // A function that sends no trace is in that of its call, so its caller comes first.
  fastify.addHook('preHandler', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (isTraced(request)) begin(tracing, request, reply);
    done();
  });
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    // One that was refused before has its span all the same.
    if (isTraced(request)) end(request.span ?? begin(tracing, request, reply), request, reply);
    done();
  });
}

function isTraced({ is404, routeOptions: { config } }: FastifyRequest): boolean {
  return !is404 && config?.access !== undefined && config.access !== 'public';
}

function begin(tracing: Tracing, request: FastifyRequest, reply: FastifyReply): Span {
  const { headers, caller, method } = request;
  const route = routeOf(request);
  const span = tracing.start(`${method} ${route}`, {
    kind: 'server',
    parent:
      readTraceContext(single(headers.traceparent), single(headers.tracestate)) ?? traceOfText(caller?.trace ?? ''),
    at: Date.now() - reply.elapsedTime,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.scheme': request.protocol,
      'url.path': request.url.split('?', 1)[0],
      'invoq.env': caller?.env,
    },
  });
  request.span = span;
  // From here on the span is what sent the request: doors read its headers.
  headers.traceparent = span.context.traceparent;
  headers.tracestate = span.context.tracestate;
  // What it causes without being a call itself, such as a replay, goes by its caller.
  if (caller) request.caller = { ...caller, trace: traceText(span.context) };
  return span;
}

function end(span: Span, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode } = reply;
  const requestID = reply.getHeader('x-request-id') ?? request.id;
  span.set({ 'http.response.status_code': statusCode, 'invoq.request_id': String(requestID) });
  span.end(statusCode >= 500 ? `HTTP ${statusCode}` : undefined);
}
