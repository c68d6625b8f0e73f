/**
 * What a request says its body is. JSON alone is read. A request without a body may say what it likes: many clients name a
 * type for a body that they do not send, and a cancel that is refused for it leaves its job running.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal, shown } from '@invoq/contract/refusal';

/** `application/json` and its relatives, such as `application/problem+json`. */
export const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const WELL_FORMED = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;

/** Asked of nearly each body. */
function isWellFormed(type: string): boolean {
  return type === 'application/json' || WELL_FORMED.test(type);
}

/** What every refusal of a type says to do. */
export const SEND_JSON = 'Send the body as "application/json".';

/** After the parser of JSON is there. */
export function takeEmptyBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request;
    const type = headers['content-type'];
    // Fastify refuses what is no type before anybody sees whether there is a body.
    if (type !== undefined && !isWellFormed(type) && !request.routeOptions.config?.upload)
      delete headers['content-type'];
    done();
  });
  fastify.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage, done) => {
    if (request.routeOptions.config.upload) return done(null, payload);
    const isOver = (error: Error | null, body?: object): void => {
      payload.off('data', onData).off('end', onEnd).off('error', isOver);
      // What was refused still comes, and an error of it concerns nobody.
      if (error) payload.on('error', () => undefined).resume();
      done(error, body);
    };
    const onData = (chunk: Buffer): void => {
      if (chunk.length > 0) isOver(notJson(request.headers['content-type']));
    };
    const onEnd = (): void => isOver(null, {});
    payload.on('data', onData).once('end', onEnd).once('error', isOver);
  });
}

function notJson(type: string | undefined): Refusal {
  const what = type === undefined ? 'A body without a Content-Type' : `A body of type "${shown(type)}"`;
  return new Refusal('UNSUPPORTED_MEDIA_TYPE', `${what} is not accepted. ${SEND_JSON}`);
}
