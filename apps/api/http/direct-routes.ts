/**
 * Routes that Fastify calls without Nest's steps around a handler (`@Direct()`). Nest makes five promises for each request,
 * to run guards, interceptors and pipes that these routes do not have. Decision 77 says which routes are worth it.
 */
import { SetMetadata, type Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Takes the request and the reply, and sends the answer by itself. */
type Handler = (this: object, request: FastifyRequest, reply: FastifyReply) => Promise<void>;

interface DirectRoute {
  controller: Type<object>;
  name: string;
  handler: Handler;
}

const DIRECT = 'invoq:direct';
/** Nest's metadata of what a direct route cannot have. */
const STEPS = ['__guards__', '__interceptors__', '__pipes__', '__exceptionFilters__'];
/** Nest's metadata of parameters: `<what>:<place>`, where 0 is the request and 1 the reply. */
const PARAMETERS = '__routeArguments__';
const REQUEST_AND_REPLY = '0:0,1:1';

/**
 * Of a method `(@Req() request, @Res() reply)` without guards, interceptors, pipes and filters of its own: one that has them
 * stops the start of the API. What it throws is answered by the filter of all routes.
 */
export function Direct(): MethodDecorator {
  return (target, name, descriptor) => {
    const route = { controller: target.constructor, name: String(name), handler: descriptor.value };
    SetMetadata(DIRECT, route)(target, name, descriptor);
  };
}

/** Nest's adapter, whose direct routes are handlers of Fastify. */
export class DirectRoutesAdapter extends FastifyAdapter {
  private controllerOf: ((type: Type<object>) => object) | undefined;

  /** Before the routes are made. `controllerOf`: the instance that Nest has made. */
  findControllers(controllerOf: (type: Type<object>) => object): void {
    this.controllerOf = controllerOf;
  }

  override get(...route: unknown[]): ReturnType<FastifyAdapter['get']> {
    return super.get(...this.direct(route));
  }

  override post(...route: unknown[]): ReturnType<FastifyAdapter['post']> {
    return super.post(...this.direct(route));
  }

  /** `route`: path and handler, which has the metadata of the method. */
  private direct(route: unknown[]): unknown[] {
    const nests = route.at(-1) as object;
    const marked = Reflect.getMetadata(DIRECT, nests) as DirectRoute | undefined;
    if (marked === undefined) return route;
    mustBeDirect(marked);
    const direct = handlerOf(this.controllerOf!(marked.controller), marked.handler);
    for (const key of Reflect.getMetadataKeys(nests))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, nests), direct);
    return [...route.slice(0, -1), direct];
  }
}

function handlerOf(controller: object, handler: Handler): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const refuse = (error: unknown): void => reply.server.refuse(error, request, reply);
    try {
      handler.call(controller, request, reply).then(undefined, refuse);
    } catch (error) {
      refuse(error);
    }
  };
}

function mustBeDirect({ controller, name, handler }: DirectRoute): void {
  const steps = STEPS.filter((key) => [controller, handler].some((one) => Reflect.hasMetadata(key, one)));
  const parameters = Object.keys((Reflect.getMetadata(PARAMETERS, controller, name) ?? {}) as object);
  if (steps.length === 0 && parameters.sort().join() === REQUEST_AND_REPLY) return;
  throw new Error(
    `${controller.name}.${name} is @Direct(): it takes @Req() and @Res() alone, and no guard, interceptor, pipe or filter.`,
  );
}
