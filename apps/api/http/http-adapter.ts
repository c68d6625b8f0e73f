/** The HTTP server: its limits and times, and how it reads bodies. The only place that configures Fastify. */
import type { IncomingMessage } from 'node:http';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anyPartition, newRequestID } from '@invoq/store/keys/partition';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { keepEveryField } from '@invoq/host/every-field';
import type { TrustedProxies } from '@invoq/host/setting-parsers';
import type { Caller } from '../auth/caller';
import { noteExchange } from './access-log';
import { BodyTimes, UPLOAD_MS } from './body-time';
import { JSON_TYPE, takeEmptyBodies } from './body-type';
import { MAX_HEAD_BYTES } from './broken-requests';
import { DirectRoutesAdapter } from './direct-routes';
import { readForwardedFor, trustOf } from './forwarded-for';
import { readForwardedPrefix } from './forwarded-prefix';
import { serveInTurn } from './in-turn';
import { closeLingering } from './lingering-close';
import { BodyScan, MAX_SMALL_BYTES, type Span, WHOLE, withoutBlanks } from './body-scan';
import { mustBeUnpacked, mustBeUtf8, parseAround, parseJsonBody, parseSmallBody, RawJson } from './json-body';
import { SCANNED_BYTES, readBody } from './read-body';
import { readRequestIDsInEitherCase } from './request-id-case';
import { cutOffSlowReaders } from './slow-readers';

export interface HttpServerOptions {
  bodyLimitBytes: number;
  partitions: number;
  /** Requests of one connection that may wait for the answers before theirs. */
  maxPipelined: number;
  /** A connection that takes nothing of its answer for so long is closed, ms. */
  readerTimeoutMs: number;
  /** Of uploads, bytes in a second; 0: none. */
  minUploadSpeed: number;
  trustProxy?: TrustedProxies;
}

/** Above any client's own (the CloudBase SDK keeps sockets for 4.8 s), so that it is never us who close a socket in use. */
const KEEP_ALIVE_MS = 72_000;
/** For the head of a request to arrive, ms. */
const HEADERS_MS = 30_000;
/** For the body of a call to arrive, ms. */
const BODY_MS = 30_000;

/**
 * What an HTML answer may load and do. The description at /docs is the only page; its styles stand in the page. A route
 * that sets one of these headers itself keeps its own: an uploaded file has a stricter policy.
 */
const OF_A_PAGE: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

export function createHttpAdapter(
  options: Pick<HttpServerOptions, 'bodyLimitBytes' | 'partitions' | 'trustProxy'>,
): DirectRoutesAdapter {
  const { bodyLimitBytes, partitions, trustProxy } = options;
  return new DirectRoutesAdapter({
    trustProxy: trustProxy === undefined ? false : trustOf(trustProxy),
    // The API has no Nest middleware, and each request would pay for the search.
    skipMiddie: true,
    bodyLimit: bodyLimitBytes,
    genReqId: () => newRequestID(anyPartition(partitions)),
    requestIdHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: UPLOAD_MS,
    // A missing Host is refused in the envelope; Node's own answer has no body.
    http: { headersTimeout: HEADERS_MS, requireHostHeader: false, maxHeaderSize: MAX_HEAD_BYTES },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // What the router refuses before Nest sees it: addresses that are no URLs, names beyond all length.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      noteExchange(request, reply);
      reply.server.refuse(new Refusal('INVALID_REQUEST', error.message), request, reply);
    },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  });
}

/** After Nest has made its instance, before it listens. */
export function configureHttp(
  fastify: FastifyInstance,
  { bodyLimitBytes, maxPipelined, readerTimeoutMs, minUploadSpeed, trustProxy }: Omit<HttpServerOptions, 'partitions'>,
): void {
  keepEveryField(fastify.server);
  if (trustProxy !== undefined) readForwardedFor(fastify.server);
  readForwardedPrefix(fastify.server, trustProxy);
  readRequestIDsInEitherCase(fastify);
  closeLingering(fastify);
  serveInTurn(fastify, maxPipelined);
  cutOffSlowReaders(fastify, readerTimeoutMs);
  const bodies = new BodyTimes(fastify, BODY_MS);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.upload) route.config = { ...route.config, bodyTimeMs: UPLOAD_MS, leastBytesPerS: minUploadSpeed };
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPE, (request: FastifyRequest, payload: IncomingMessage, done) => {
    const { config, bodyLimit = bodyLimitBytes } = request.routeOptions;
    if (config.upload) return done(null, payload);
    const newScan = (): BodyScan => new BodyScan(config.carrier);
    try {
      mustBeUnpacked(request.headers['content-encoding']);
      mustBeUtf8(request.headers['content-type']);
    } catch (refusal) {
      return done(refusal as Error);
    }
    readBody(payload, bodyLimit, newScan, (error, body, large) => {
      bodies.arrived(request);
      if (error) return done(error);
      try {
        done(null, parsed(request.caller, config, body, large));
      } catch (refusal) {
        done(refusal as Error);
      }
    });
  });
  takeEmptyBodies(fastify);
  fastify.addHook('onSend', (_request: FastifyRequest, reply: FastifyReply, _payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    // Nearly every answer can change: one that a cache may keep says so itself.
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    if (String(reply.getHeader('content-type')).startsWith('text/html')) addPageHeaders(reply);
    done();
  });
}

/** What the function receives is not parsed when it is large, where its route knows how to go on with that. */
function parsed(
  caller: Caller | undefined,
  { carrier, carrierBytes = Infinity, raw }: FastifyContextConfig,
  body: Buffer,
  large?: Span,
): unknown {
  if (body.length <= SCANNED_BYTES) return parseSmallBody(body);
  if (carrier === undefined || large === undefined) return parseJsonBody(body);
  const span = withoutBlanks(body, large);
  const bytes = span.to - span.from;
  if (bytes > carrierBytes) throw invalid(carrier, `must be at most ${carrierBytes} bytes of JSON, and is ${bytes}`);
  if (!raw || bytes <= MAX_SMALL_BYTES) return parseJsonBody(body);
  if (carrier !== WHOLE) return parseAround(body, carrier, span);
  // A signature covers the parsed body.
  return caller === undefined ? parseJsonBody(body) : new RawJson(body.subarray(span.from, span.to));
}

function addPageHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(OF_A_PAGE)) if (!reply.hasHeader(name)) void reply.header(name, OF_A_PAGE[name]);
}
