/**
 * Numbers as JavaScript keeps them. An integer of more than 15 digits may become its neighbour (9007199254740993 becomes
 * 9007199254740992), and a number beyond 1.8e308 becomes Infinity, which JSON writes as null.
 */

/** Of a JSON text: there may be a number in it that is not kept, in a string perhaps. Most texts have none. */
export const MAY_NOT_BE_KEPT = /(?<![.\d])\d{16}|\d[eE]\+?\d{3}/;

/** A number without an exponent is no larger than a double can be when it has fewer characters than this. */
export const MAX_PLAIN_DIGITS = 300;

const SAFE_DIGITS = 15;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;

/** Where the number begins that ends before `end`. */
export function numberBegins(body: Buffer, end: number): number {
  let from = end;
  while (from > 0 && isOfNumber(body[from - 1])) from--;
  return from;
}

/** Whether an integer of 16 digits or more is kept for sure, by a look at few of its digits. Most are. */
export function isShort(body: Buffer, from: number, end: number): boolean {
  if (body[from] === MINUS) from++;
  if (end - from > MAX_PLAIN_DIGITS) return false;
  if (end - from === SAFE_DIGITS + 1 && body[from] < NINE) return true;
  while (body[end - 1] === ZERO) end--;
  return end - from <= SAFE_DIGITS;
}

/**
 * Whether JavaScript reads this number as the one that is written there. A fraction is rounded to the nearest double
 * everywhere, and counts as kept.
 */
export function isKept(number: string): boolean {
  const value = Math.abs(Number(number));
  if (value === Infinity) return false;
  if (value <= Number.MAX_SAFE_INTEGER || !INTEGER.test(number)) return true;
  const [digits, power] = value.toExponential().split('e');
  return number.endsWith(digits.replace('.', '').padEnd(Number(power) + 1, '0'));
}

const INTEGER = /^-?\d+$/;

function isOfNumber(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || byte === MINUS || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65;
}
