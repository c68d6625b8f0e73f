/**
 * Finds the addresses of a name without a thread of this process. `dns.lookup` holds one of libuv's four threads for as long
 * as a name server stays silent, so a few such names would hold up every other lookup; `dns.Resolver` holds none.
 */
import { type LookupAddress, NODATA, NOTFOUND, Resolver } from 'node:dns';
import { promisify } from 'node:util';
import { HostNames } from './host-names';
import { isIP } from 'node:net';

export interface NameLookupOptions {
  /** Name servers, such as `10.0.0.2` or `[fd00::1]:5353`. Default: those of this machine. */
  servers?: readonly string[];
  hosts?: HostNames;
  /** For one question to one name server, ms. */
  questionMs?: number;
  /** For the whole lookup, ms: a search list asks several questions. */
  limitMs?: number;
}

const QUESTION_MS = 2_000;
const LIMIT_MS = 5_000;
/** There is no such name, or none of that kind: the next full name may do. */
const NOWHERE: ReadonlySet<string | undefined> = new Set([NOTFOUND, NODATA]);

export class NameError extends Error {
  constructor(
    readonly code: string,
    name: string,
  ) {
    super(`${name}: ${code}`);
    this.name = 'NameError';
  }
}

export class NameLookup {
  private readonly hosts: HostNames;
  /** Lookups under way, by name: those who ask for one name at the same time share one. */
  private readonly asking = new Map<string, Promise<LookupAddress[]>>();

  constructor(private readonly options: NameLookupOptions = {}) {
    this.hosts = options.hosts ?? new HostNames();
  }

  /** @throws NameError with the code of the DNS fault, such as ENOTFOUND or ETIMEOUT. */
  find(name: string): Promise<LookupAddress[]> {
    const known = this.asking.get(name);
    if (known) return known;
    const asked = this.ask(name).finally(() => this.asking.delete(name));
    this.asking.set(name, asked);
    return asked;
  }

  private async ask(name: string): Promise<LookupAddress[]> {
    const known = await this.hosts.addressesOf(name);
    if (known.length > 0) return known.map((address) => ({ address, family: isIP(address) }));
    const { servers, questionMs = QUESTION_MS, limitMs = LIMIT_MS } = this.options;
    // A resolver of its own: it knows the name servers of now, and can be given up without the others.
    const resolver = new Resolver({ timeout: questionMs, tries: 1 });
    if (servers !== undefined && servers.length > 0) resolver.setServers(servers);
    const limit = setTimeout(() => resolver.cancel(), limitMs);
    try {
      return await firstOf(await this.hosts.fullNames(name), name, resolver);
    } finally {
      clearTimeout(limit);
    }
  }
}

async function firstOf(fullNames: string[], name: string, resolver: Resolver): Promise<LookupAddress[]> {
  for (const fullName of fullNames) {
    const [v4, v6] = await Promise.allSettled([
      promisify(resolver.resolve4.bind(resolver) as Question)(fullName),
      promisify(resolver.resolve6.bind(resolver) as Question)(fullName),
    ]);
    const found = [...addresses(v4, 4), ...addresses(v6, 6)];
    if (found.length > 0) return found;
    const faults = [v4, v6].map(codeOf).filter((code) => code !== undefined && !NOWHERE.has(code));
    // A name server that says nothing would say nothing to the next question either.
    if (faults.length > 0) throw new NameError(faults[0]!, name);
  }
  throw new NameError(NOTFOUND, name);
}

type Question = (name: string, callback: (error: Error | null, found: string[]) => void) => void;

function addresses(answer: PromiseSettledResult<string[]>, family: number): LookupAddress[] {
  return answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
}

function codeOf(answer: PromiseSettledResult<string[]>): string | undefined {
  return answer.status === 'rejected' ? ((answer.reason as NodeJS.ErrnoException).code ?? 'EFAULT') : undefined;
}
