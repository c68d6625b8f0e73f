/**
 * Which Redis, as REDIS_URL says it: one server (`redis://host:port/db`), a Redis Cluster by some of its nodes
 * (`redis+cluster://host:port,host:port`), or a primary that Sentinels name (`redis+sentinel://host:port,host:port/master/db`).
 * `rediss…` is the same over TLS; user and password come before an @, percent-encoded, and are those of the data nodes.
 * Options after a "?" are refused: one that is obeyed in part would put keys where nobody looks for them.
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
  | { kind: 'one'; node: NodeAddress; db: number; access: Access }
  | { kind: 'cluster'; nodes: NodeAddress[]; access: Access }
  | { kind: 'sentinel'; sentinels: NodeAddress[]; master: string; db: number; access: Access };

const SHAPE = /^redis(s?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([\w.-]*)(?:\/(\d*))?)?$/;
const PORT = { one: 6379, cluster: 6379, sentinel: 26_379 };
const DB = /^\d{0,5}$/;

/** Undefined: breaks the rule. */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (/^rediss?:/.test(text)) return oneServer(text);
  const [, s, kind, user, hosts, master = '', db] = SHAPE.exec(text) ?? [];
  if (kind !== 'cluster' && kind !== 'sentinel') return undefined;
  const nodes = hosts.split(',').map((host) => nodeOf(host, PORT[kind]));
  const access = accessOf(user, s === 's');
  if (!access || !nodes.every((node) => node !== undefined)) return undefined;
  if (kind === 'cluster') return master === '' && db === undefined ? { kind, nodes, access } : undefined;
  return master === '' || !DB.test(db ?? '')
    ? undefined
    : { kind, sentinels: nodes, master, db: Number(db ?? 0), access };
}

function oneServer(text: string): RedisAddress | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname || url.search !== '' || url.hash !== '') return undefined;
  const db = url.pathname.slice(1);
  const access = accessOf(`${url.username}:${url.password}`, url.protocol === 'rediss:');
  if (!access || !DB.test(db)) return undefined;
  return { kind: 'one', node: { host: hostOf(url), port: Number(url.port || PORT.one) }, db: Number(db), access };
}

/** How the setting is read: the text is kept as it was written. */
export function redisAddress() {
  return {
    rule: 'redis://host:port/db, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/<master name>/db (rediss… for TLS; the db is a number and may be left out; no options after a "?")',
    placeholder: 'url',
    read: (text: string): string | undefined => (parseRedisAddress(text) ? text : undefined),
    show: String,
  };
}

function nodeOf(text: string, defaultPort: number): NodeAddress | undefined {
  const url = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : undefined;
  if (!url?.hostname || url.host !== text.toLowerCase()) return undefined;
  return { host: hostOf(url), port: url.port === '' ? defaultPort : Number(url.port) };
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
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
