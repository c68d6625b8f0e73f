/**
 * Requests of one connection are served in turn: a pipelined request is checked when the answer before it has been written.
 * So whatever serves a request may write its answer at once and hears its caller hang up, and one connection holds no more
 * than one wait, stream or open file. Requests that are not pipelined pay one comparison for it.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { isLastOf } from './lingering-close';

/** A connection that sends so many times its limit is cut off. Until then its last answer says what is wrong. */
const FLOOD = 10;

/** `max`: requests of one connection that may wait for their turn. The first hook: what comes before it is not in turn. */
export function serveInTurn(fastify: FastifyInstance, max: number): void {
  const waiting = new WeakMap<Socket, number>();
  const count = (socket: Socket, more: number): number => {
    const now = (waiting.get(socket) ?? 0) + more;
    waiting.set(socket, now);
    return now;
  };

  fastify.addHook('onRequest', (request, reply, done) => {
    // Node gives an answer its socket when its turn has come.
    if (reply.raw.socket !== null) return done();
    const { socket } = request.raw;
    const queued = count(socket, 1);
    if (queued <= max) {
      reply.raw.once('socket', () => {
        count(socket, -1);
        queueMicrotask(done);
      });
    } else if (queued === max + 1) {
      // Nothing behind it is served.
      isLastOf(socket);
      void reply.header('connection', 'close');
      done(tooMany(max));
    } else if (queued > FLOOD * max) socket.destroy();
  });
}

function tooMany(max: number): Refusal {
  const message = `${max} requests of this connection wait for their turn, as many as may (INVOQ_MAX_PIPELINED). Use more connections.`;
  return new Refusal('RATE_LIMITED', message, { retryAfterS: 1 });
}
