/**
 * Keeps callbacks out of our own networks: whoever may call a function may name a URL, and must not reach by it what only
 * this machine can reach. The only owner of ipaddr.js, which knows what each range of addresses is for.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Nothing was sent: the address is none that callbacks may go to. */
export class AddressRefused extends Error {
  constructor(readonly address: string) {
    super(`${address} is not a public address`);
    this.name = 'AddressRefused';
  }
}

/** What the internet routes today (RFC 4291, 2.4); all else in IPv6 is local, old or for translation. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

export class AddressGuard {
  private readonly allowed = new BlockList();
  /** Lookups under way, by name. */
  private readonly asking = new Map<string, Promise<LookupAddress[]>>();

  /** `allow`: networks that are open all the same, such as `10.1.0.0/16`, `fd00::/8` or `127.0.0.1`. */
  constructor(allow: readonly string[] = []) {
    for (const cidr of allow) {
      const [address, bits] = cidr.split('/') as [string, string | undefined];
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      this.allowed.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
    }
  }

  /** @throws AddressRefused, when the host of a URL is an address itself: no lookup follows that could refuse it. */
  checkHost(hostname: string): void {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !this.isOpen(host)) throw new AddressRefused(host);
  }

  isOpen(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    if (this.allowed.check(address, family === 4 ? 'ipv4' : 'ipv6')) return true;
    // `process` sees the IPv4 address in ::ffff:127.0.0.1.
    const parsed = ipaddr.process(address);
    if (parsed.range() !== 'unicast') return false;
    return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6);
  }

  /**
   * The lookup of a connection: the addresses that are checked are the very ones that are then connected to, so a name
   * that resolves to something else the second time (DNS rebinding) gains nothing.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.addressesOf(hostname).then(
      (found) => {
        const closed = found.find(({ address }) => !this.isOpen(address));
        if (closed) callback(new AddressRefused(closed.address), '', 0);
        else if (options.all) callback(null, found);
        else callback(null, found[0].address, found[0].family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  /**
   * One lookup at a time for each name. Lookups hold threads of this process, of which there are four: several of a name
   * whose server says nothing would hold all of them, and the other receivers could not be found.
   */
  private addressesOf(hostname: string): Promise<LookupAddress[]> {
    const known = this.asking.get(hostname);
    if (known) return known;
    const asked = new Promise<LookupAddress[]>((resolve, reject) => {
      systemLookup(hostname, { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
    }).finally(() => this.asking.delete(hostname));
    this.asking.set(hostname, asked);
    return asked;
  }
}
