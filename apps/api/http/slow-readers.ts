/**
 * Cuts off connections whose callers do not read their answers: what waits for them holds memory and open files. One look
 * every few seconds over all connections costs requests nothing.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const CHECKS_PER_LIMIT = 6;

/** A connection that had something to be read at the last check. */
interface Stuck {
  /** Bytes that were taken from us so far. */
  taken: number;
  /** Since when it takes nothing, by the clock that never goes back, ms. */
  since: number;
}

/** `limitMs`: a connection that takes nothing of its answer for so long is closed, up to a sixth of that later. */
export function cutOffSlowReaders(fastify: FastifyInstance, limitMs: number): void {
  const sockets = new Set<Socket>();
  const stuck = new WeakMap<Socket, Stuck>();
  fastify.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const check = (now: number): void => {
    for (const socket of sockets) {
      if (socket.writableLength === 0) {
        stuck.delete(socket);
        continue;
      }
      const taken = socket.bytesWritten - socket.writableLength;
      const before = stuck.get(socket);
      if (before?.taken !== taken) stuck.set(socket, { taken, since: now });
      else if (now - before.since >= limitMs) socket.destroy();
    }
  };
  const timer = setInterval(() => check(performance.now()), Math.ceil(limitMs / CHECKS_PER_LIMIT)).unref();
  fastify.addHook('onClose', (_, done) => {
    clearInterval(timer);
    done();
  });
}
