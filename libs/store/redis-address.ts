/**
 * Which Redis, as REDIS_URL says it: one server (`redis://host:port`), a Redis Cluster by some of its nodes
 * (`redis+cluster://host:port,host:port`), or a primary that Sentinels name (`redis+sentinel://host:port,host:port/master`).
 * `rediss…` is the same over TLS; user and password come before an @, percent-encoded, and are those of the data nodes.
 */

export interface NodeAddress {
  host: string;
  port: number;
}

/** What a connection to any data node is opened with. */
export interface Access {
  username?: string;
  password?: string;
  tls: boolean;
}

export type RedisAddress =
  | { kind: 'one'; url: string }
  | { kind: 'cluster'; nodes: NodeAddress[]; access: Access }
  | { kind: 'sentinel'; sentinels: NodeAddress[]; master: string; access: Access };

const SHAPE = /^redis(s?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([\w.-]*))?$/;
const PORT = { cluster: 6379, sentinel: 26_379 };

/** Undefined: breaks the rule. */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (/^rediss?:/.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.hostname ? { kind: 'one', url: text } : undefined;
  }
  const [, s, kind, user, hosts, master = ''] = SHAPE.exec(text) ?? [];
  if (kind !== 'cluster' && kind !== 'sentinel') return undefined;
  const nodes = hosts.split(',').map((host) => nodeOf(host, PORT[kind]));
  const access = accessOf(user, s === 's');
  if (!access || !nodes.every((node) => node !== undefined)) return undefined;
  if (kind === 'cluster') return master === '' ? { kind, nodes, access } : undefined;
  return master === '' ? undefined : { kind, sentinels: nodes, master, access };
}

/** How the setting is read: the text is kept as it was written. */
export function redisAddress() {
  return {
    rule: 'redis://host:port, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/<master name> (rediss… for TLS)',
    placeholder: 'url',
    read: (text: string): string | undefined => (parseRedisAddress(text) ? text : undefined),
    show: String,
  };
}

function nodeOf(text: string, defaultPort: number): NodeAddress | undefined {
  const url = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : undefined;
  if (!url?.hostname || url.host !== text.toLowerCase()) return undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? defaultPort : Number(url.port) };
}

function accessOf(user: string | undefined, tls: boolean): Access | undefined {
  const url = `redis://${user === undefined ? '' : `${user}@`}host`;
  if (!URL.canParse(url)) return undefined;
  const [username, password] = [new URL(url).username, new URL(url).password].map(decoded);
  if (username === undefined || password === undefined) return undefined;
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }), tls };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
