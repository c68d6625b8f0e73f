/**
 * Identifies the caller of each request from its headers, before any of its body is read. A route says whom it serves by
 * `@RequireScope()` or `@Public()`; one that says neither stops the start of the API.
 */
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  preValidationAsyncHookHandler,
  RouteOptions,
} from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import type { Caller, Scope } from '../callers/caller';
import type { Callers } from '../callers/callers';
import { AllowedMethods } from './allowed-methods';
import { doorRequest } from './send';
import type { Wire, Wires } from './wire';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes. */
    caller?: Caller;
  }
}

/** Routes of plugins, which have no config: the API's description, and the preflights of CORS. */
const OF_DOCS = /^\/docs(?:$|\/|-json$|-yaml$)/;
/** Of a path in a refusal, characters. */
const MAX_SHOWN = 200;
/** These get 404 wherever no route takes them. */
const AS_ELSEWHERE = new Set(['HEAD', 'OPTIONS']);

/** Before any route is registered. `keptBytes`: a refused body of that size is let by, so that its connection can go on. */
export function identifyCallers(fastify: FastifyInstance, callers: Callers, wires: Wires, keptBytes: number): void {
  fastify.decorateRequest('caller', undefined);
  const methods = new AllowedMethods();
  methods.listenTo(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    endAfterAnswer(request, reply, keptBytes);
    const allowed = AS_ELSEWHERE.has(request.method) ? [] : methods.at(request.url);
    if (allowed.length > 0) void reply.header('allow', allowed.join(', '));
    done(notFound(request, allowed));
  });
  fastify.addHook('onRoute', (route) => {
    const method = String(route.method);
    const access = route.config?.access ?? (isOfPlugin(route) ? 'public' : undefined);
    if (access === undefined) {
      throw new Error(`${method} ${route.url} needs @RequireScope() or @Public(): nothing says who may use it.`);
    }
    if (access === 'public') return;
    const wire = wires.at(method, route.url);
    route.onRequest = [...listed(route.onRequest), byHead(access, wire, callers, keptBytes)];
    if (wire.credentialsWithBody) {
      route.preValidation = [...listed(route.preValidation), byBody(access, wire, callers)];
    }
  });
}

/** The caller of a request to a route that requires a scope. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new Error('This route is public: nobody was identified');
  return caller;
}

function byHead(scope: Scope, wire: Wire, callers: Callers, keptBytes: number): onRequestAsyncHookHandler {
  return async (request, reply) => {
    try {
      const credentials = wire.credentials(request, Date.now());
      if (credentials.bodySays === undefined) request.caller = await callers.identify(credentials, scope);
      else await callers.screen(credentials);
    } catch (error) {
      endAfterAnswer(request, reply, keptBytes);
      throw error;
    }
  };
}

/** On wires where the body says who sends it, or is what was signed. */
function byBody(scope: Scope, wire: Wire, callers: Callers): preValidationAsyncHookHandler {
  return async (request) => {
    if (request.caller) return;
    const asked = doorRequest(request, request.body);
    request.caller = await callers.identify(wire.credentialsWithBody!(asked), scope);
  };
}

/** The rest of a large body is not read, and must not be taken for the next request. */
export function endAfterAnswer({ headers }: FastifyRequest, reply: FastifyReply, keptBytes: number): void {
  const isSmall = Number(headers['content-length'] ?? 0) <= keptBytes;
  if (headers['transfer-encoding'] !== undefined || !isSmall) void reply.header('connection', 'close');
}

function notFound({ method, url }: FastifyRequest, allowed: string[]): Refusal {
  if (allowed.length === 0)
    return new Refusal(
      'ROUTE_NOT_FOUND',
      `There is nothing at ${method} ${url.slice(0, MAX_SHOWN)}. The page /docs of the API lists all addresses.`,
    );
  return new Refusal('METHOD_NOT_ALLOWED', `${method} is not allowed at this address. It takes ${allowed.join(', ')}.`);
}

function isOfPlugin({ method, url }: RouteOptions): boolean {
  return method === 'OPTIONS' || OF_DOCS.test(url);
}

function listed<Hook>(hooks: Hook | Hook[] | undefined): Hook[] {
  return hooks === undefined ? [] : ([hooks].flat() as Hook[]);
}
