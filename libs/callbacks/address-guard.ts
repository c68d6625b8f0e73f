/**
 * Keeps callbacks out of our own networks: whoever may call a function may name a URL, and must not reach by it what only
 * this machine can reach. ipaddr.js knows what each range of addresses is for.
 */
import { BlockList, isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { NameLookup } from './name-lookup';

/** Nothing was sent: the address is none that callbacks may go to. */
export class AddressRefused extends Error {
  constructor(readonly address: string) {
    super(`${address} is not a public address`);
    this.name = 'AddressRefused';
  }
}

/** What the internet routes today (RFC 4291, 2.4); all else in IPv6 is local, old or for translation. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');
/**
 * Public by its range, internal by its use: Azure answers every virtual machine there with its platform's own services.
 * learn.microsoft.com, "What is IP address 168.63.129.16?".
 */
const PLATFORM_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Networks as a list that can be asked: `10.1.0.0/16`, `fd00::/8`, or one address. */
export function networks(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address, bits] = cidr.split('/') as [string, string | undefined];
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return list;
}

export function isWithin(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

export interface AddressGuardOptions {
  /** Networks that are open all the same. */
  allow?: readonly string[];
  names?: NameLookup;
  /** Addresses of the machines that workers run on: those of this machine, and of others where they are known. */
  ownAddresses?(): ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export class AddressGuard {
  private readonly allowed: BlockList;
  private readonly names: NameLookup;
  private readonly ownAddresses: () => ReadonlySet<string>;

  constructor({ allow = [], names = new NameLookup(), ownAddresses = () => NONE }: AddressGuardOptions = {}) {
    this.allowed = networks(allow);
    this.names = names;
    this.ownAddresses = ownAddresses;
  }

  /** @throws AddressRefused, when the host of a URL is an address itself: no lookup follows that could refuse it. */
  checkHost(hostname: string): void {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !this.isOpen(host)) throw new AddressRefused(host);
  }

  isOpen(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    if (isWithin(this.allowed, address)) return true;
    // `process` sees the IPv4 address in ::ffff:127.0.0.1.
    const parsed = ipaddr.process(address);
    if (parsed.range() !== 'unicast') return false;
    const plain = parsed.toString();
    if (PLATFORM_ADDRESSES.has(plain) || this.ownAddresses().has(plain)) return false;
    return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6);
  }

  /**
   * The lookup of a connection: the addresses that are checked are the very ones that are then connected to, so a name
   * that resolves to something else the second time (DNS rebinding) gains nothing.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.names.find(hostname).then(
      (found) => {
        const closed = found.find(({ address }) => !this.isOpen(address));
        if (closed) callback(new AddressRefused(closed.address), '', 0);
        else if (options.all) callback(null, found);
        else callback(null, found[0].address, found[0].family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}
