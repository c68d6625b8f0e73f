/**
 * Who may use a route: `@RequireScope('invoke')`, or `@Public()` for anybody. Each route says one of the two, as Fastify
 * route config; the API does not start with a route that says neither (caller.guard.ts).
 */
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';
import type { Scope } from './caller';

/** The scope that a key needs, or `public`: no caller is identified. */
export type Access = Scope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The field that carries what the function receives, or `body`: it may be large, all others are small. */
    carrier?: 'data' | 'items' | 'requestIDs' | 'request_data' | 'body';
    /** The carrier may have as many bytes; by default as many as a body. */
    carrierBytes?: number;
    /** A large carrier is handed on as it came (`RawJson`), unparsed. */
    raw?: boolean;
    /** The body is of any type, and is read as it comes by the route itself. */
    upload?: boolean;
    /** The path names the function that is called (`:name`): a large body for one that is not there is not read. */
    callsNamed?: boolean;
  }
}

/** What is special about the body of a route. */
export type BodyKind = Pick<FastifyContextConfig, 'carrier' | 'carrierBytes' | 'raw' | 'upload' | 'callsNamed'>;

/** Callers with this scope alone, who are identified before the body is read. */
export function RequireScope(scope: Scope, body: BodyKind = {}): MethodDecorator {
  return RouteConfig({ access: scope, ...body });
}

/** Anybody, with or without a key. */
export function Public(): MethodDecorator {
  return RouteConfig({ access: 'public' });
}
