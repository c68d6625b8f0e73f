/** Which methods an address takes. Fastify answers 404 to all others, as if there were nothing at the address. */
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers 404 to everybody, so other methods do too. */
    hidden?: boolean;
  }
}

interface Address {
  pattern: RegExp;
  methods: Set<string>;
}

/** The method of preflights. `Allow` leaves it out. */
const PREFLIGHT = 'OPTIONS';
/** The route of CORS, which takes the preflights of every address. */
const EVERYWHERE = '*';

export class AllowedMethods {
  private readonly addresses = new Map<string, Address>();

  /** Learns each route as it is made. */
  listenTo(fastify: Pick<FastifyInstance, 'addHook'>): void {
    fastify.addHook('onRoute', ({ method, url, config }) => {
      if (config?.hidden || url === EVERYWHERE) return;
      for (const one of [method].flat()) this.add(one, url);
    });
  }

  /** In alphabetical order; empty: there is nothing at this address. `url`: path and query as they were sent. */
  at(url: string): string[] {
    const path = withoutSlash(url.split('?', 1)[0]);
    const found = [...this.addresses.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }

  private add(method: string, url: string): void {
    if (method === PREFLIGHT) return;
    const template = withoutSlash(url);
    const address = this.addresses.get(template) ?? { pattern: patternOf(template), methods: new Set() };
    address.methods.add(method);
    this.addresses.set(template, address);
  }
}

/** `:name` is one segment of the path, `*` at the end whatever follows. */
function patternOf(template: string): RegExp {
  const source = template
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':')) return '[^/]+';
      return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
