/** Refuses a large call of a function that is not there, or at a time when no call is taken, before its body is read. */
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Invocations } from '../invocations/invocations';
import { endAfterAnswer } from '../auth/caller.guard';
import { MAX_SMALL_BYTES } from './body-scan';

/** Before any route is registered, and after `identifyCallers`. `keptBytes`: as there. */
export function checkFunctions(fastify: FastifyInstance, invocations: Invocations, keptBytes: number): void {
  const check: onRequestAsyncHookHandler = async (request, reply) => {
    const { caller, params } = request;
    if (caller === undefined) return;
    try {
      await invocations.mustTake(caller, (params as { name: string }).name);
    } catch (error) {
      endAfterAnswer(request, reply, keptBytes);
      throw error;
    }
  };
  fastify.addHook('onRoute', (route) => {
    if (!route.config?.callsNamed) return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    // The usual call is small, and pays for no hook.
    route.onRequest = [
      ...before,
      function ifLarge(request, reply, done) {
        if (!isLarge(request)) return done();
        check.call(fastify, request, reply).then(() => done(), done);
      },
    ];
  });
}

function isLarge({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_SMALL_BYTES;
}
