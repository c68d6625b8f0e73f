/** Routes say whom they serve; callers are known, or refused, before a body is read. */
import Fastify, { type FastifyInstance } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import type { Caller, Credentials, Scope } from './caller';
import type { Callers } from './callers';
import { allDoors } from '../../../test/harness/wires';
import { callerOf } from './current-caller';
import { CallerGuard } from './caller.guard';

const KNOWN: Caller = { id: 'k', holder: 'k', env: 'default', scopes: new Set(['invoke'] as const), depth: 0 };
const KEPT_BYTES = 1_000;

let parsed: number;
function server(): FastifyInstance {
  parsed = 0;
  const fastify = Fastify({ exposeHeadRoutes: true });
  fastify.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => {
    parsed++;
    done(null, body);
  });
  const callers = {
    identify: async ({ bearer }: Credentials, scope: Scope): Promise<Caller> => {
      if (bearer !== 'good') throw new Refusal('UNAUTHENTICATED');
      if (!KNOWN.scopes.has(scope)) throw new Refusal('FORBIDDEN');
      return KNOWN;
    },
    screen: async ({ bearer }: Credentials) => {
      if (bearer === 'bad') throw new Refusal('UNAUTHENTICATED');
    },
  } as unknown as Callers;
  new CallerGuard(callers, allDoors(), { bodyLimitBytes: KEPT_BYTES }).standBefore(fastify);
  fastify.setErrorHandler((error, _request, reply) => reply.status(error instanceof Refusal ? error.http : 404).send());
  return fastify;
}

const asked = { method: 'POST', url: '/v1/x', headers: { 'content-type': 'text/plain' }, payload: 'hello' } as const;
const as = (bearer: string): Record<string, string> => ({ ...asked.headers, authorization: `Bearer ${bearer}` });

test('a route that says neither who may use it nor that anybody may is no route', () => {
  expect(() => server().post('/v1/x', async () => 'x')).toThrow(/POST \/v1\/x needs @RequireScope\(\) or @Public\(\)/);
  expect(() => server().get('/docs-more', async () => 'x')).toThrow();
  expect(() => server().get('/docs/x', async () => 'x')).not.toThrow();
});

test('its handler has the caller; one who is refused has no body read, also by HEAD', async () => {
  const fastify = server();
  fastify.post('/v1/x', { config: { access: 'invoke' } }, async (request) => callerOf(request).id);
  fastify.get('/v1/x', { config: { access: 'read' } }, async () => 'x');
  expect((await fastify.inject({ ...asked, headers: as('good') })).body).toBe('k');
  expect(parsed).toBe(1);
  expect((await fastify.inject({ ...asked, headers: as('bad') })).statusCode).toBe(401);
  expect((await fastify.inject({ ...asked, url: '/nowhere' })).statusCode).toBe(404);
  expect(parsed).toBe(1);
  for (const method of ['GET', 'HEAD'] as const)
    expect((await fastify.inject({ method, url: '/v1/x', headers: as('good') })).statusCode).toBe(403);
});

test('the rest of a large body, or of one without a length, ends its connection; a small one does not', async () => {
  const fastify = server();
  fastify.post('/v1/x', { config: { access: 'invoke' } }, async () => 'x');
  const large = await fastify.inject({ ...asked, headers: as('bad'), payload: 'x'.repeat(KEPT_BYTES + 1) });
  expect(large.headers.connection).toBe('close');
  const small = await fastify.inject({ ...asked, headers: as('bad'), payload: 'x'.repeat(KEPT_BYTES) });
  expect(small.headers.connection).not.toBe('close');
});

test('where the body says who sends it, it is read when the headers do not rule that out', async () => {
  const fastify = server();
  fastify.post('/web', { config: { access: 'invoke' } }, async () => 'x');
  expect((await fastify.inject({ ...asked, url: '/web' })).statusCode).toBe(401);
  expect(parsed).toBe(1);
  expect((await fastify.inject({ ...asked, url: '/web', headers: as('bad') })).statusCode).toBe(401);
  expect(parsed).toBe(1);
  expect((await fastify.inject({ ...asked, url: '/web', headers: as('good') })).body).toBe('x');
});
