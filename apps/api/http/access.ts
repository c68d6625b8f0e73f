/**
 * Who may use a route: `@RequireScope('invoke')`, or `@Public()` for anybody. Each route says one of the two, as Fastify
 * route config; the API does not start with a route that says neither (identify.ts).
 */
import { RouteConfig } from '@nestjs/platform-fastify';
import type { Scope } from '../callers/caller';

/** The scope that a key needs, or `public`: no caller is identified. */
export type Access = Scope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The body has no fields of ours: it may be any JSON. */
    anyBody?: boolean;
  }
}

/** Callers with this scope alone. `anyBody`: no field of the body is ours. They are identified before the body is read. */
export function RequireScope(scope: Scope, { anyBody = false } = {}): MethodDecorator {
  return RouteConfig({ access: scope, anyBody });
}

/** Anybody, with or without a key. */
export function Public(): MethodDecorator {
  return RouteConfig({ access: 'public' });
}
