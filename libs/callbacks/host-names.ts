/** What this machine knows of names without asking a name server: `/etc/hosts`, and the search list of `/etc/resolv.conf`. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** resolv.conf(5): a name with at least `ndots` dots is tried as it stands before the search list, else after it. */
export interface SearchList {
  domains: readonly string[];
  ndots: number;
}

/** resolv.conf(5) allows six domains. */
const MAX_DOMAINS = 6;
const MAX_NDOTS = 15;
const MAX_FILE_BYTES = 1_048_576;

/** hosts(5): lower-case names to their addresses. */
export function parseHosts(text: string): Map<string, string[]> {
  const known = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.split('#', 1)[0].trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      known.set(key, [...(known.get(key) ?? []), address]);
    }
  }
  return known;
}

/** The last `search` or `domain` line counts, as resolv.conf(5) says. */
export function parseSearchList(text: string): SearchList {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === 'search') domains = words.slice(0, MAX_DOMAINS);
    if (keyword === 'domain') domains = words.slice(0, 1);
    if (keyword !== 'options') continue;
    for (const word of words) if (word.startsWith('ndots:')) ndots = Number(word.slice('ndots:'.length));
  }
  const given = Number.isInteger(ndots) && ndots >= 0 ? Math.min(ndots, MAX_NDOTS) : 1;
  return { domains: domains.map((domain) => domain.replace(/^\.|\.$/g, '')).filter(Boolean), ndots: given };
}

/** The full names to ask for, in order. A name that ends with a dot is full already. */
export function fullNames(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}

/** Both files are read for each lookup, so a change counts at once. A file that cannot be read is an empty one. */
export class HostNames {
  constructor(
    private readonly hostsFile = '/etc/hosts',
    private readonly resolverFile = '/etc/resolv.conf',
  ) {}

  /** The addresses that `/etc/hosts` has for a name. `localhost` is always this machine (RFC 6761, 6.3). */
  async addressesOf(name: string): Promise<string[]> {
    const key = name.toLowerCase().replace(/\.$/, '');
    const known = parseHosts(await textOf(this.hostsFile)).get(key);
    if (known) return known;
    return key === 'localhost' || key.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
  }

  async fullNames(name: string): Promise<string[]> {
    return fullNames(name, parseSearchList(await textOf(this.resolverFile)));
  }
}

async function textOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.slice(0, MAX_FILE_BYTES);
}
