/**
 * Who may use a route: `@RequireScope('invoke')`, or `@Public()` for anybody. Each route says one of the two, as Fastify
 * route config; the API does not start with a route that says neither (identify.ts).
 */
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';
import type { Scope } from '../callers/caller';

/** The scope that a key needs, or `public`: no caller is identified. */
export type Access = Scope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The body has no fields of ours: it may be any JSON. */
    anyBody?: boolean;
    /** A large `data` of the body is handed on as JSON text (`RawJson`), unparsed. */
    rawData?: boolean;
    /** The path names the function that is called (`:name`): a large body for one that is not there is not read. */
    callsNamed?: boolean;
  }
}

/** What is special about the body of a route. */
export type BodyKind = Pick<FastifyContextConfig, 'anyBody' | 'rawData' | 'callsNamed'>;

/** Callers with this scope alone, who are identified before the body is read. */
export function RequireScope(scope: Scope, body: BodyKind = {}): MethodDecorator {
  return RouteConfig({ access: scope, ...body });
}

/** Anybody, with or without a key. */
export function Public(): MethodDecorator {
  return RouteConfig({ access: 'public' });
}
