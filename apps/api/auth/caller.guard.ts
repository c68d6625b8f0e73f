/**
 * The guard of all routes: identifies the caller of each request. A route says whom it serves by `@RequireScope()` or
 * `@Public()`; one that says neither stops the start of the API. It stands where a guard of Nest's cannot: before any of
 * the body is read, so that whoever may not call cannot make the API read, parse and check what they send.
 */
import { Inject, Injectable } from '@nestjs/common';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preValidationAsyncHookHandler,
  RouteOptions,
} from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { SETTINGS, WIRES } from '../process/tokens';
import type { ApiSettings } from '../settings';
import type { Caller, Credentials, Scope } from './caller';
import { Callers } from './callers';
import { AllowedMethods } from '../http/allowed-methods';
import { doorRequest } from '../http/send';
import type { Wire, Wires } from '../http/wire';

/** Routes of plugins, which have no config: the API's description, and the preflights of CORS. */
const OF_DOCS = /^\/docs(?:$|\/|-json$|-yaml$)/;
/** Of a path in a refusal, characters. */
const MAX_SHOWN = 200;
/** These get 404 wherever no route takes them. */
const AS_ELSEWHERE = new Set(['HEAD', 'OPTIONS']);

@Injectable()
export class CallerGuard {
  private readonly keptBytes: number;

  /** `bodyLimitBytes`: a refused body of that size is let by, so that its connection can go on. */
  constructor(
    private readonly callers: Callers,
    @Inject(WIRES) private readonly wires: Wires,
    @Inject(SETTINGS) { bodyLimitBytes }: Pick<ApiSettings, 'bodyLimitBytes'>,
  ) {
    this.keptBytes = bodyLimitBytes;
  }

  /** Before any route is made. */
  standBefore(fastify: FastifyInstance): void {
    fastify.decorateRequest('caller', undefined);
    const methods = new AllowedMethods();
    methods.listenTo(fastify);
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!request.is404) return done();
      endAfterAnswer(request, reply, this.keptBytes);
      const allowed = AS_ELSEWHERE.has(request.method) ? [] : methods.at(request.url);
      if (allowed.length > 0) void reply.header('allow', allowed.join(', '));
      done(notFound(request, allowed));
    });
    fastify.addHook('onRoute', (route) => this.guard(route));
  }

  private guard(route: RouteOptions): void {
    const method = String(route.method);
    const access = route.config?.access ?? (isOfPlugin(route) ? 'public' : undefined);
    if (access === undefined) {
      throw new Error(`${method} ${route.url} needs @RequireScope() or @Public(): nothing says who may use it.`);
    }
    if (access === 'public') return;
    const wire = this.wires.at(method, route.url);
    route.onRequest = [...listed(route.onRequest), this.byHead(access, wire)];
    if (wire.credentialsWithBody) route.preValidation = [...listed(route.preValidation), this.byBody(access, wire)];
  }

  /** Whoever comes with a key is known at once, and pays for no promise. */
  private byHead(scope: Scope, wire: Wire): onRequestHookHandler {
    return (request, reply, done) => {
      const known = (caller: Caller | undefined): void => {
        request.caller = caller;
        done();
      };
      const refused = (error: unknown): void => {
        endAfterAnswer(request, reply, this.keptBytes);
        done(error as Error);
      };
      let caller: Caller | undefined | Promise<Caller | undefined>;
      try {
        caller = this.callerBy(wire.credentials(request, Date.now()), scope);
      } catch (error) {
        return refused(error);
      }
      if (caller instanceof Promise) caller.then(known, refused);
      else known(caller);
    };
  }

  /** Undefined: the body has to say who it is. */
  private callerBy(credentials: Credentials, scope: Scope): Caller | Promise<Caller | undefined> {
    if (credentials.bodySays === undefined) return this.callers.identify(credentials, scope);
    return this.callers.screen(credentials).then(() => undefined);
  }

  /** On wires where the body says who sends it, or is what was signed. */
  private byBody(scope: Scope, wire: Wire): preValidationAsyncHookHandler {
    return async (request) => {
      if (request.caller) return;
      const asked = doorRequest(request, request.body);
      request.caller = await this.callers.identify(wire.credentialsWithBody!(asked), scope);
    };
  }
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
