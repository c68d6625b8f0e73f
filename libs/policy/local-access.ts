/**
 * Who may call where there are no keys. Being on this machine is then all the right that a caller has, and a web page in a
 * browser on this machine would have it too: by a name that turns to a loopback address (DNS rebinding), or by a request
 * across sites, which a browser sends without asking. Names and origins tell such a page from a program.
 */

/** What a request says of how it came here. */
export interface Approach {
  method: string;
  /** As sent: a path, or a whole URL. */
  target: string;
  /** Each Host field, as sent. */
  hosts: readonly string[];
  /** The host that the caller asked for, where a trusted proxy says so. */
  forwardedHost?: string;
  origin?: string;
  /** Sec-Fetch-Site, -Mode and -Dest. */
  fetchSite?: string;
  fetchMode?: string;
  fetchDest?: string;
}

/** What is let in beside this machine's own names. */
export interface LocalAccess {
  /** Public host names, in lower case and without ports. */
  names: ReadonlySet<string>;
  /** Origins of pages that may call, as browsers send them. */
  origins: ReadonlySet<string>;
}

/** A request as node:http has it. */
interface RawRequest {
  method?: string;
  url?: string;
  rawHeaders: readonly string[];
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

const HOST = 'host';
/** No name is longer; what is longer is not parsed. */
const MAX_AUTHORITY = 300;
/** `name`, `name:port`, `[address]:port`; no user, no path. */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/;
const LOOPBACK_NAME = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;
/** Of Sec-Fetch-Site: this server, another port of its host, or the browser's user. Whatever else it says is of a page. */
const OWN_SITES = new Set(['same-origin', 'same-site', 'none']);
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/** The usual request of a program: for a path, by one known name, and with nothing that a browser says. It is not foreign. */
export function isPlain({ url = '', rawHeaders, headers }: RawRequest, access: LocalAccess): boolean {
  if (!url.startsWith('/') || headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return false;
  const hosts = hostsIn(rawHeaders);
  return hosts.length === 1 && isKnownHost(hosts[0], access);
}

export function approachOf(request: RawRequest, forwardedHost?: string): Approach {
  const { headers } = request;
  const hosts = hostsIn(request.rawHeaders);
  const text = (name: string): string | undefined => headers[name]?.toString();
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    hosts,
    forwardedHost,
    origin: text('origin'),
    fetchSite: text('sec-fetch-site'),
    fetchMode: text('sec-fetch-mode'),
    fetchDest: text('sec-fetch-dest'),
  };
}

/** Each request is looked at, so lengths are compared first. */
function hostsIn(fields: readonly string[]): string[] {
  const hosts: string[] = [];
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i].length === HOST.length && fields[i].toLowerCase() === HOST) hosts.push(fields[i + 1]);
  return hosts;
}

/** What is foreign about a request; undefined: nothing, it may be served. */
export function foreignPart(approach: Approach, access: LocalAccess): 'host' | 'origin' | undefined {
  if (!isAskedByKnownName(approach, access)) return 'host';
  return isOfKnownOrigin(approach, access) ? undefined : 'origin';
}

/** Every name that the request gives must be known: a page can add fields of its own, but none can hide its Host. */
function isAskedByKnownName({ hosts, target, forwardedHost }: Approach, access: LocalAccess): boolean {
  if (hosts.length !== 1 || !isKnownHost(hosts[0], access)) return false;
  if (!target.startsWith('/') && target !== '*' && !isKnownHost(authorityOf(target), access)) return false;
  return forwardedHost === undefined || isKnownHost(forwardedHost, access);
}

function isKnownHost(host: string, { names }: LocalAccess): boolean {
  const name = hostName(host);
  return name !== undefined && (isLoopbackName(name) || names.has(name));
}

function isOfKnownOrigin(approach: Approach, { origins }: LocalAccess): boolean {
  const { origin, fetchSite } = approach;
  if (origin !== undefined) return origins.has(origin.toLowerCase()) || isOwnOrigin(origin, approach);
  return fetchSite === undefined || OWN_SITES.has(fetchSite) || isFollowedLink(approach);
}

/** Somebody followed a link, to the API's description say. Nothing runs by it, and the page with the link reads nothing. */
function isFollowedLink({ method, fetchMode, fetchDest }: Approach): boolean {
  return SAFE_METHODS.has(method) && fetchMode === 'navigate' && fetchDest === 'document';
}

/** A page of this very server. By https too: a proxy in front may speak it. */
function isOwnOrigin(origin: string, { hosts, forwardedHost }: Approach): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/]+)$/i.exec(origin) ?? [];
  if (scheme === undefined) return false;
  const [page, own] = [authority, forwardedHost ?? hosts[0]].map((host) => parsed(host, scheme)?.host);
  return page !== undefined && page === own;
}

function isLoopbackName(name: string): boolean {
  return LOOPBACK_NAME.test(name) || name.endsWith('.localhost');
}

/** Programs call by the same few names: what was made of the last ones is remembered. */
const MAX_REMEMBERED = 100;
const remembered = new Map<string, string | undefined>();

/** In lower case, in the shortest form of an address, without port and closing dot; undefined: this names no host. */
function hostName(authority: string): string | undefined {
  if (remembered.has(authority)) return remembered.get(authority);
  const name = parsed(authority, 'http')?.hostname.replace(/\.$/, '');
  if (authority.length > MAX_AUTHORITY) return name;
  if (remembered.size === MAX_REMEMBERED) remembered.clear();
  remembered.set(authority, name);
  return name;
}

function parsed(authority: string, scheme: string): URL | undefined {
  if (authority.length > MAX_AUTHORITY || !AUTHORITY.test(authority)) return undefined;
  const url = `${scheme}://${authority}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Of `http://name:port/path`; whatever is no such URL gives a text that names no host. */
function authorityOf(target: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(target.slice(0, MAX_AUTHORITY + 10))?.[1] ?? '';
}
