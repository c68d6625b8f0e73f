/** Which addresses count as one: a caller with IPv6 has 2^64 of them, and one with IPv4 may be written in two ways. */
import ipaddr from 'ipaddr.js';

const IPV6_GROUPS = 4;

/** An IPv4 address, the /64 of an IPv6 address, or the text as it is. */
export function addressBlock(ip: string): string {
  if (!ip.includes(':') || !ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return `${address.parts
    .slice(0, IPV6_GROUPS)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
