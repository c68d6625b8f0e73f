/**
 * Ends a connection whose caller may still be sending, so that the last answer is not lost (RFC 9112, section 9.6). To close a
 * socket with bytes unread makes the system reset the connection, and a reset throws away what the caller has not read yet.
 * So we end our side, let the rest go by for a bounded time, and close then. None of the rest is taken for a request.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** `parser`: Node's, with the request that it reads or has read last. */
type HttpSocket = Socket & { parser?: { incoming: IncomingMessage | null } | null };

/** From the end of the last answer, ms. Most callers close before, as soon as they see it. */
const LINGER_MS = 2_000;
/** More than the buffers of a connection hold. A caller who sends more has to wait, and may read the answer meanwhile. */
const MAX_BYTES = 16_777_216;

const lastEarly = new WeakSet<Socket>();
const lingering = new WeakSet<Socket>();

/** After every answer that is the last of its connection, unless the caller has no more to send. */
export function closeLingering(fastify: FastifyInstance): void {
  fastify.server.on('connection', (socket: Socket) => {
    // Node calls it when the last answer is written.
    socket.destroySoon = afterLastAnswer;
  });
}

/** Its last answer is decided by us, though that request has come whole: the caller may be sending more of them. */
export function isLastOf(socket: Socket): void {
  lastEarly.add(socket);
}

/** `text`: the last that is said, if anything. */
export function endLingering(socket: Socket, text = ''): void {
  if (socket.destroyed || lingering.has(socket)) return;
  lingering.add(socket);
  letGoBy(socket);
  socket.once('finish', () => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  });
  if (text !== '') socket.write(text);
  socket.end();
}

function afterLastAnswer(this: HttpSocket): void {
  const request = this.parser?.incoming;
  const isWhole = !request || request.complete;
  if (isWhole && !lastEarly.has(this)) Socket.prototype.destroySoon.call(this);
  else endLingering(this);
}

/** What comes from now on goes to nobody: a listener of our own takes the bytes from Node's parser. */
function letGoBy(socket: Socket): void {
  let bytes = 0;
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= MAX_BYTES) socket.pause();
  });
  socket.resume();
  // Whoever read the body may have stopped the socket below the stream, which does not know of it.
  socket._read(0);
}
