/**
 * Puts the addresses that trusted proxies write in `X-Forwarded-For` into one form before anybody reads them. Some proxies
 * add the port of the connection (`203.0.113.9:4711`), and each connection has another one: as it came, such a caller would
 * be a new one each time, for the limits and for the list of trusted networks.
 */
import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TrustedProxies } from '@invoq/host/setting-parsers';

const FIELD = 'x-forwarded-for';
const WITH_PORT = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?$/i;

/** Before Fastify has the request. */
export function readForwardedFor(server: Server): void {
  server.prependListener('request', ({ headers }: IncomingMessage) => {
    const given = headers[FIELD];
    if (given === undefined) return;
    const addresses = addressesIn(String(given));
    if (addresses.length > 0) headers[FIELD] = addresses.join(', ');
    else delete headers[FIELD];
  });
}

/** What stands left of something that is no address is nobody's word: proxies add to the right. */
export function addressesIn(field: string): string[] {
  const parts = field.split(',').map((part) => part.trim());
  const all = parts.filter((part) => part !== '').map(bare);
  return all.slice(all.lastIndexOf(undefined) + 1) as string[];
}

/** As Fastify takes it: `hop` counts from this process. A bare number would make it trust nobody. */
export function trustOf(proxies: TrustedProxies): (address: string, hop: number) => boolean {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  const list = new BlockList();
  for (const network of proxies) {
    const [address, bits] = network.split('/') as [string, string | undefined];
    const family = familyOf(address);
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function bare(part: string): string | undefined {
  if (isIP(part) !== 0) return part;
  const [, v6, v4] = WITH_PORT.exec(part) ?? [];
  const address = v6 ?? v4 ?? '';
  return isIP(address) !== 0 ? address : undefined;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
