/** The caller of a request, in a controller: `read(@CurrentCaller() caller: Caller)`. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes. */
    caller?: Caller;
  }
}

/** The caller of a request to a route that requires a scope. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new Error('This route is public: nobody was identified');
  return caller;
}

export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
