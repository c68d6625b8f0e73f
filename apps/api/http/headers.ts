/** Reading headers, for all doors. */
type Headers = Record<string, string | string[] | undefined>;

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** What follows the scheme in `Authorization: <scheme> …`; undefined: there is none of this scheme. */
export function authorization(headers: Headers, scheme: string): string | undefined {
  const header = single(headers.authorization);
  if (header === undefined) return undefined;
  const [found, ...rest] = header.split(' ');
  return found.toLowerCase() === scheme.toLowerCase() && rest.length > 0 ? rest.join(' ').trim() : undefined;
}

/** Of an answer of ours. */
export function jsonHeaders(requestID: string): Record<string, string> {
  return { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestID };
}

/** Of the session of the console. */
export const SESSION_COOKIE = 'invoq_console';

export function cookieIn(headers: Headers): string | undefined {
  const cookies = single(headers.cookie);
  if (cookies === undefined) return undefined;
  const pairs = cookies.split(';').map((pair) => pair.trim());
  const own = pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`));
  return own?.slice(SESSION_COOKIE.length + 1);
}

/** What a request of the console says about its sender. */
export function sessionIn(headers: Headers): { cookie: string; csrf?: string } | undefined {
  const cookie = cookieIn(headers);
  return cookie === undefined ? undefined : { cookie, csrf: single(headers['x-csrf-token']) };
}
