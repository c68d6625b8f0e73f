import type { FastifyInstance, RouteOptions } from 'fastify';
import { AllowedMethods } from './allowed-methods';

type OnRoute = (route: Partial<RouteOptions>) => void;

/** Of these routes, as Fastify tells of them. */
function allowed(...routes: Partial<RouteOptions>[]): AllowedMethods {
  const methods = new AllowedMethods();
  const addHook = (_name: string, hook: OnRoute): void => routes.forEach((route) => hook(route));
  methods.listenTo({ addHook } as unknown as FastifyInstance);
  return methods;
}

const METHODS = allowed(
  { method: 'POST', url: '/v1/functions/:name' },
  { method: 'DELETE', url: '/v1/functions/:name' },
  { method: ['GET', 'HEAD'], url: '/v1/functions' },
  { method: 'POST', url: '/v1/functions/:name/dead-letters/replay' },
  { method: 'GET', url: '/v1/functions/:name/dead-letters/:requestID' },
  { method: 'POST', url: '/hserve/job/' },
  { method: 'GET', url: '/docs/*' },
  { method: 'GET', url: '/docs-json' },
  { method: 'OPTIONS', url: '*' },
  { method: 'OPTIONS', url: '/v1/functions' },
  { method: 'GET', url: '/metrics', config: { hidden: true } },
);

test.each([
  ['a fixed address', '/v1/functions', ['GET', 'HEAD']],
  ['with a query', '/v1/functions?a=/b', ['GET', 'HEAD']],
  ['one with a name in it', '/v1/functions/add', ['DELETE', 'POST']],
  ['with any name', '/v1/functions/%zz', ['DELETE', 'POST']],
  ['with a slash at its end', '/v1/functions/add/', ['DELETE', 'POST']],
  ['a route with a slash at its end', '/hserve/job', ['POST']],
  ['two routes that both match', '/v1/functions/add/dead-letters/replay', ['GET', 'POST']],
  ['all below an address', '/docs/a/b.css', ['GET']],
  ['no name', '/v1/functions/', ['GET', 'HEAD']],
  ['nothing there', '/v1/nope', []],
  ['a dot is a dot', '/docsXjson', []],
  ['more behind it', '/v1/functions/add/x', []],
  ['one that is switched off', '/metrics', []],
  ['the root', '/', []],
])('%s: %s', (_, url, methods) => expect(METHODS.at(url)).toEqual(methods));
