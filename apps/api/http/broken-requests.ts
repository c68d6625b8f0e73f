/**
 * Answers in the envelope what is no proper HTTP request: what Node's parser stops at, a request of HTTP/1.1 without
 * Host, and an Expect that nobody can meet.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { anyPartition, newRequestID } from '@invoq/store/keys/partition';
import type { DoorReply } from './wire';
import { refusalReply } from './envelope';
import { endLingering } from './lingering-close';
import type { Refusals } from './refusals';

/** What Node tells of bytes that it cannot read. `reason`: of the parser, in words of its own. */
export interface ClientError extends Error {
  code?: string;
  reason?: string;
}

/** `_httpMessage`: the answer that has the socket now. Node's own handler of these errors looks at it, too. */
type HttpSocket = Socket & { _httpMessage?: ServerResponse | null };

/** Of the request line and the header fields together. */
export const MAX_HEAD_BYTES = 16_384;
/** The caller went away in the middle of a request, or sends no more of it. Nobody's fault, and nothing to look into. */
const BROKEN_OFF = 'HPE_INVALID_EOF_STATE';
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

/** Before all other hooks. The server must not look for a Host itself (`requireHostHeader: false`). */
export function answerBrokenRequests(fastify: FastifyInstance, partitions: number, refusals: Refusals): void {
  const { server } = fastify;
  const broken = new WeakSet<Socket>();
  server.removeAllListeners('clientError');
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // All that follows on this connection is as unreadable.
    if (broken.has(socket)) return;
    broken.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const requestID = newRequestID(anyPartition(partitions));
    const refusal = refusalOf(error);
    if (error.code !== BROKEN_OFF)
      refusals.noteUnreadable(refusal, { requestID, code: error.code, ip: socket.remoteAddress });
    answerInTurn(socket, wireText(refusalReply(refusal, requestID)));
  });
  // Else Node answers 417 without a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const { headers, raw } = request;
    if (headers.host !== undefined && headers.expect === undefined) return done();
    const refusal = refusalOfHead(raw.httpVersion, headers);
    if (refusal === undefined) return done();
    // Its body may come, or not.
    void reply.header('connection', 'close');
    done(refusal);
  });
}

export function refusalOf({ code, reason = 'no request could be read' }: ClientError): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal(
        'HEADERS_TOO_LARGE',
        `The request line and the header fields may have ${MAX_HEAD_BYTES} bytes together. Send fewer or shorter header fields.`,
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Refusal('PAYLOAD_TOO_LARGE', 'The chunks of the body have extensions that are too long.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('REQUEST_TIMEOUT');
    case 'HPE_INVALID_URL':
      return new Refusal('INVALID_REQUEST', `The address must be percent-encoded ASCII: ${reason}.`);
    default:
      return new Refusal('INVALID_REQUEST', `This is not valid HTTP/1.1: ${reason}.`);
  }
}

function refusalOfHead(httpVersion: string, { host, expect }: FastifyRequest['headers']): Refusal | undefined {
  if (host === undefined && httpVersion === '1.1') return invalid('Host', 'must be sent with HTTP/1.1');
  if (expect !== undefined && !/^100-continue$/i.test(expect)) return invalid('Expect', 'must be 100-continue');
  return undefined;
}

/**
 * A request that came whole has its own answer first: its caller would take ours for it, and believe that nothing ran.
 * One whose body breaks off has none but ours.
 */
function answerInTurn(socket: HttpSocket, text: string): void {
  if (!socket.writable) return void socket.destroy();
  const current = socket._httpMessage;
  if (!current) return endLingering(socket, text);
  if (current.req.complete) return void current.once('close', () => answerInTurn(socket, text));
  // It was answered before its body broke off.
  if (current.writableEnded) return void current.once('close', () => endLingering(socket));
  if (current.headersSent) return void socket.destroy();
  endLingering(socket, text);
}

function wireText({ status, headers, body }: DoorReply): string {
  const fields = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join('')}\r\n${body}`;
}
