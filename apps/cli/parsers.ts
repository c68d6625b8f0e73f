/** How options are written: lengths of time, times, numbers. */
import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LENGTH = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** No wait of a command is longer. */
const MAX_LENGTH_MS = 365 * UNITS.d;

/** `250ms`, `30s`, `10m`, `6h`, `7d`, as whole ms. */
export function length(text: string): number {
  return Math.round(exactLength(text));
}

/** The same, with parts of a ms: `0.4ms`. */
export function exactLength(text: string): number {
  const [, number, unit] = LENGTH.exec(text) ?? [];
  const ms = Number(number) * UNITS[unit];
  if (!(ms >= 0 && ms <= MAX_LENGTH_MS)) throw new InvalidArgumentError('Write it as 250ms, 30s, 10m, 6h or 7d.');
  return ms;
}

/** ISO 8601, or how long ago (`1h`), as ISO 8601. */
export function time(text: string): string {
  if (LENGTH.test(text)) return new Date(Date.now() - length(text)).toISOString();
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Write a time as 2026-01-31T08:00:00Z, or how long ago as 30m, 6h or 2d.');
  }
  return new Date(at).toISOString();
}

/** A whole number within both ends. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
  };
}

export function oneOf<T extends string>(...names: readonly T[]): (text: string) => T {
  return (text) => {
    if ((names as readonly string[]).includes(text)) return text as T;
    throw new InvalidArgumentError(`One of: ${names.join(', ')}.`);
  };
}

/** `a,b,c`, each of them one of `names`. */
export function listOf<T extends string>(...names: readonly T[]): (text: string) => T[] {
  return (text) => text.split(',').map(oneOf(...names));
}

/** A number above 0 and at most `most`. */
export function positive(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && number > 0 && number <= most) return number;
    throw new InvalidArgumentError(`Write a number above 0, up to ${most}.`);
  };
}

/** `20%`, as 0.2. */
export function share(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (!(Number(number) <= 100)) throw new InvalidArgumentError('Write it as 20%, from 0% to 100%.');
  return Number(number) / 100;
}

const BYTES: Record<string, number> = { b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3, tb: 1_024 ** 4 };

/** A size within both ends: `200b`, `2kb`, `1.5mb`, `16gb`. */
export function bytes(least: string, most: string): (text: string) => number {
  return (text) => {
    const number = bytesIn(text);
    if (number >= bytesIn(least) && number <= bytesIn(most)) return number;
    throw new InvalidArgumentError(`Write it as 200b, 2kb, 1.5mb or 16gb, from ${least} to ${most}.`);
  };
}

/** NaN: it is written otherwise. */
function bytesIn(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(b|kb|mb|gb|tb)$/i.exec(text) ?? [];
  return Math.round(Number(number) * BYTES[unit.toLowerCase()]);
}
