/**
 * The part of the path that a proxy takes away before it passes a request on, as trusted proxies write it in
 * `X-Forwarded-Prefix`. Addresses that the API gives away begin with it. Nobody else's word is taken for it.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { TrustedProxies } from '@invoq/host/setting-parsers';
import { trustOf } from './forwarded-for';
import { PREFIX_FIELD } from './public-url';

const PREFIX = /^(?:\/[\w.~-]{1,100}){1,10}$/;

/** Before Fastify has the request. `proxies`: undefined: none is trusted. */
export function readForwardedPrefix(server: Server, proxies: TrustedProxies | undefined): void {
  const isTrusted = proxies === undefined ? () => false : trustOf(proxies);
  server.prependListener('request', ({ headers, socket }: IncomingMessage) => {
    const given = headers[PREFIX_FIELD];
    if (given === undefined) return;
    const prefix = prefixIn(String(given));
    if (prefix !== '' && isTrusted(socket.remoteAddress ?? '', 0)) headers[PREFIX_FIELD] = prefix;
    else delete headers[PREFIX_FIELD];
  });
}

/** Each proxy in a row adds its own behind those of the proxies before it. '' when it is no path. */
export function prefixIn(field: string): string {
  const prefix = field
    .split(',')
    .map((part) => part.trim().replace(/\/$/, ''))
    .join('');
  return PREFIX.test(prefix) && !/\/\.{1,2}(?:\/|$)/.test(prefix) ? prefix : '';
}
