/** How the text of a setting becomes its value: one parser a kind, each with the rule it holds the text to. */
import type { Rate } from '@invoq/contract/rate';
import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';

export interface Parser<T> {
  /** Completes "must be …". */
  rule: string;
  /** Stands for the value in the help text, as `<integer>`. */
  placeholder: string;
  /** Undefined: the text breaks the rule. */
  read(text: string): T | undefined;
  /** The value as a person would write it. */
  show(value: T): string;
}

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTE_UNITS = { b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 };

export function integer(min: number, max: number): Parser<number> {
  return {
    rule: `an integer from ${min} to ${max}`,
    placeholder: 'integer',
    read: (text) => within(/^-?\d{1,15}$/.test(text) ? Number(text) : NaN, min, max),
    show: String,
  };
}

/** A range of integers, both ends included, written `20000-20999`. */
export function range(min: number, max: number): Parser<{ first: number; last: number }> {
  return {
    rule: `two integers from ${min} to ${max} with - between, the smaller first, such as 20000-20999`,
    placeholder: 'from-to',
    read(text) {
      const [first, last] = (/^(\d{1,15})-(\d{1,15})$/.exec(text)?.slice(1) ?? []).map(Number);
      return first >= min && last <= max && first <= last ? { first, last } : undefined;
    },
    show: ({ first, last }) => `${first}-${last}`,
  };
}

/** Milliseconds, written `1500`, `1500ms`, `5s`, `10m`, `24h` or `7d`. */
export function duration(minMs: number, maxMs: number): Parser<number> {
  return {
    rule: `a length of time from ${showUnits(minMs, DURATION_UNITS)} to ${showUnits(maxMs, DURATION_UNITS)}, such as 500ms, 5s, 10m, 24h or 7d (a bare number is ms)`,
    placeholder: 'time',
    read: (text) => within(readUnits(text, DURATION_UNITS), minMs, maxMs),
    show: (value) => showUnits(value, DURATION_UNITS),
  };
}

/** So many in a time, written `100/1s` or `5000/1h`. */
export function rate(): Parser<Rate> {
  const [calls, time] = [integer(1, 1_000_000), duration(1, 86_400_000)];
  return {
    rule: 'calls/time, such as 100/1s or 5000/1h: 1 to 1000000 calls in 1ms to 1d',
    placeholder: 'calls/time',
    read: (text) => {
      const [, left = '', right = ''] = /^([^/]*)\/([^/]*)$/.exec(text) ?? [];
      const [limit, windowMs] = [calls.read(left), time.read(right)];
      return limit === undefined || windowMs === undefined ? undefined : { limit, windowMs };
    },
    show: ({ limit, windowMs }) => `${limit}/${time.show(windowMs)}`,
  };
}

/** Bytes, written `1024`, `256kb`, `1mb` or `2gb`; a kb is 1,024 bytes. */
export function bytes(min: number, max: number): Parser<number> {
  return {
    rule: `a size from ${showUnits(min, BYTE_UNITS)} to ${showUnits(max, BYTE_UNITS)}, such as 256kb, 1mb or 2gb (a bare number is bytes)`,
    placeholder: 'size',
    read: (text) => within(readUnits(text.toLowerCase(), BYTE_UNITS), min, max),
    show: (value) => showUnits(value, BYTE_UNITS),
  };
}

export function boolean(): Parser<boolean> {
  const values: Record<string, boolean> = {
    true: true,
    1: true,
    yes: true,
    on: true,
    false: false,
    0: false,
    no: false,
    off: false,
  };
  return {
    rule: 'true or false',
    placeholder: 'true|false',
    read: (text) => (Object.hasOwn(values, text.toLowerCase()) ? values[text.toLowerCase()] : undefined),
    show: String,
  };
}

export function oneOf<T extends string>(...choices: readonly T[]): Parser<T> {
  return {
    rule: `one of ${choices.join(', ')}`,
    placeholder: choices.join('|'),
    read: (text) => choices.find((choice) => choice === text),
    show: String,
  };
}

/** Any text that holds to `pattern`; `rule` says in words what that is. */
export function text(rule = 'a text', pattern = /^[^\0]+$/): Parser<string> {
  return { rule, placeholder: 'text', read: (value) => (pattern.test(value) ? value : undefined), show: String };
}

/** A network such as `10.0.0.0/8` or `fd00::/8`, or one address. */
export function cidr(): Parser<string> {
  return {
    rule: 'a network such as 10.0.0.0/8 or fd00::/8, or an address',
    placeholder: 'network',
    read: (value) => {
      const [, address, bits = '0'] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(value) ?? [];
      const family = isIP(address ?? '');
      return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128) ? value : undefined;
    },
    show: String,
  };
}

/** A name server as `dns.Resolver` takes it: an address, with a port where it is not 53. */
export function nameServer(): Parser<string> {
  return {
    rule: 'an address such as 10.0.0.2 or fd00::2, or one with a port such as 10.0.0.2:5353 or [fd00::2]:5353',
    placeholder: 'address',
    read: (value) => {
      if (isIP(value) !== 0) return value;
      const [, v6, v4, port] = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/i.exec(value) ?? [];
      const fits = isIP(v6 ?? v4 ?? '') !== 0 && Number(port) >= 1 && Number(port) <= 65_535;
      return fits ? value : undefined;
    },
    show: String,
  };
}

/** So many proxies in front of this process, or the networks that they are in. */
export type TrustedProxies = number | string[];

/** `2`, or `10.0.0.0/8,192.168.1.7`. Not all addresses there are: anybody could then say to be anybody. */
export function trustedProxies(): Parser<TrustedProxies> {
  const [count, networks] = [integer(1, 16), list(cidr())];
  return {
    rule: 'a number of proxies from 1 to 16, or a list of their networks and addresses, such as 10.0.0.0/8,192.168.1.7',
    placeholder: 'proxies',
    read: (value) => {
      if (/^\d+$/.test(value)) return count.read(value);
      const list = networks.read(value);
      return list?.some((network) => network.endsWith('/0')) ? undefined : list;
    },
    show: (value) => (typeof value === 'number' ? String(value) : networks.show(value)),
  };
}

/** A path, made absolute from `cwd`. */
export function path(cwd: string): Parser<string> {
  return {
    rule: 'a path',
    placeholder: 'path',
    read: (value) => (value.includes('\0') ? undefined : isAbsolute(value) ? value : resolve(cwd, value)),
    show: String,
  };
}

/** `a,b,c`, each item held to `item`; none twice, and not empty. */
export function list<T>(item: Parser<T>): Parser<T[]> {
  return {
    rule: `a list with commas between and nothing twice, each ${item.rule}`,
    placeholder: `${item.placeholder},…`,
    read: (value) => {
      const parts = value.split(',').map((part) => part.trim());
      const values = parts.map((part) => (part === '' ? undefined : item.read(part)));
      return new Set(parts).size === parts.length && !values.includes(undefined) ? (values as T[]) : undefined;
    },
    show: (values) => values.map((value) => item.show(value)).join(','),
  };
}

/** `sync=8,async=4`: worker slots by lane, 0 to `max` each, one at least in all. Lanes that are not named keep `base`. */
export function slots<L extends string>(base: Record<L, number>, max = 1_000): Parser<Record<L, number>> {
  const lanes = Object.keys(base) as L[];
  return {
    rule: `lane=slots pairs with commas between, lanes ${lanes.join(', ')}, each 0 to ${max} and not all 0`,
    placeholder: 'lane=slots,…',
    read: (value) => {
      const counts = { ...base };
      const seen = new Set<string>();
      for (const part of value.split(',')) {
        const [, name, digits] = /^\s*([a-z]+)\s*=\s*(\d{1,6})\s*$/.exec(part) ?? [];
        const lane = lanes.find((known) => known === name);
        if (lane === undefined || seen.has(name) || Number(digits) > max) return undefined;
        seen.add(name);
        counts[lane] = Number(digits);
      }
      return lanes.some((lane) => counts[lane] > 0) ? counts : undefined;
    },
    show: (counts) => lanes.map((lane) => `${lane}=${counts[lane]}`).join(','),
  };
}

/** A URL of one of the protocols, such as `url('redis:', 'rediss:')`; kept as it was written. */
export function url(...protocols: string[]): Parser<string> {
  return {
    rule: `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    placeholder: 'url',
    read: (value) => {
      const parsed = URL.canParse(value) ? new URL(value) : undefined;
      const isWhole = parsed !== undefined && protocols.includes(parsed.protocol) && parsed.hostname !== '';
      return isWhole ? value : undefined;
    },
    show: String,
  };
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function readUnits(text: string, units: Record<string, number>): number {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/.exec(text) ?? [];
  if (digits === undefined || (unit !== '' && !Object.hasOwn(units, unit))) return NaN;
  const value = Number(digits) * (unit === '' ? 1 : units[unit]);
  return Number.isInteger(value) ? value : NaN;
}

/** In the largest unit that leaves it whole, so that reading it again gives the same. */
function showUnits(value: number, units: Record<string, number>): string {
  const fitting = Object.entries(units).filter(([, size]) => value >= size && value % size === 0);
  const [unit, size] = fitting.at(-1) ?? Object.entries(units)[0];
  return `${value / size}${unit}`;
}
