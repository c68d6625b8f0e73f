/**
 * Bounds what has to be parsed before a body can be refused. All fields of a call are small but those that carry what the
 * function receives, so a body that is large elsewhere is refused by a look at its bytes. To parse 1 MiB of made-up field
 * names takes 60 ms; the look takes 2 ms.
 */
import { Refusal } from '@invoq/contract/errors';

/** Fields, of all our bodies, that may be as large as a body may be. */
const LARGE = ['data', 'items', 'request_data'];
/** All other fields of a body together, bytes: room for 1,000 requestIDs. */
export const MAX_SMALL_BYTES = 48 * 1_024;
/** All other fields together: names, those within a field among them. New names are what is slow to parse. */
export const MAX_SMALL_NAMES = 256;
/** A smaller body is parsed in less than 1 ms, whatever it holds, bytes. */
const LOOKED_AT_BYTES = 8 * 1_024;
/** Levels that a body may nest. */
export const MAX_DEPTH = 64;
const TOO_DEEP = `must nest at most ${MAX_DEPTH} deep`;
const RULE = `is too large: all fields but ${LARGE.join(', ')} may have ${MAX_SMALL_BYTES} bytes and ${MAX_SMALL_NAMES} names together`;

const LARGE_NAMES = LARGE.map((name) => Buffer.from(name));
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/** Where the value of a large field stands in a body, blanks around it included. */
export interface Span {
  field: string;
  from: number;
  to: number;
}

/**
 * Refuses with INVALID_REQUEST the largest field of a body whose small fields are not small. `body` may be the beginning
 * of one. Answers where the large field is, if there is one and no other.
 */
export function mustHaveSmallFields(body: Buffer): Span | undefined {
  if (body.length <= LOOKED_AT_BYTES) return undefined;
  const { isDeep, smallBytes, smallNames, from, to, large, larges } = surveyed(body);
  if (isDeep) throw invalid('body', TOO_DEEP);
  if (smallBytes <= MAX_SMALL_BYTES && smallNames <= MAX_SMALL_NAMES) return larges === 1 ? large : undefined;
  const field = body.toString('utf8', from, to) || 'body';
  throw invalid(field, RULE);
}

function invalid(field: string, rule: string): Refusal {
  return new Refusal('INVALID_REQUEST', `${field} ${rule}.`, { fields: [{ field, rule }] });
}

interface Survey {
  isDeep: boolean;
  smallBytes: number;
  smallNames: number;
  from: number;
  to: number;
  /** The last large field that has ended, and how many there were. */
  large?: Span;
  larges: number;
}

/**
 * One pass, in which next to nothing is allocated, up to where it is sure that there is too much. `from`, `to`: the name of the
 * largest small field so far.
 */
function surveyed(body: Buffer): Survey {
  let smallBytes = body.length;
  let smallNames = 0;
  let depth = 0;
  let largest = 0;
  let from = 0;
  let to = 0;
  // The last text at depth 1, and whether a colon made it the name of a field.
  let start = 0;
  let end = 0;
  let isName = false;
  let isInLarge = false;
  let largeBytes = 0;
  let valueFrom = 0;
  let large: Span | undefined;
  let larges = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === QUOTE) {
      const last = endOfString(body, i);
      if (depth === 1 && !isName) {
        start = i + 1;
        end = last;
      }
      i = last;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return { isDeep: true, smallBytes, smallNames, from, to, larges };
    } else if (byte === 0x5d || byte === 0x7d) depth--;
    else if (byte === COLON && depth === 1) {
      smallNames++;
      isName = true;
      valueFrom = i + 1;
      isInLarge = isLarge(body, start, end);
    } else if (byte === COLON && !isInLarge) smallNames++;
    if (!isInLarge && (i - largeBytes > MAX_SMALL_BYTES || smallNames > MAX_SMALL_NAMES)) {
      return isName && i - end > largest
        ? { isDeep: false, smallBytes: body.length, smallNames, from: start, to: end, larges }
        : { isDeep: false, smallBytes: body.length, smallNames, from, to, larges };
    }
    if (!isName || depth > 1 || (depth === 1 && byte !== COMMA)) continue;
    // A field ends here.
    isName = false;
    const bytes = i - end;
    if (isInLarge) {
      smallBytes -= bytes;
      largeBytes += bytes;
      large = { field: body.toString('latin1', start, end), from: valueFrom, to: i };
      larges++;
      isInLarge = false;
    } else if (bytes > largest) {
      largest = bytes;
      from = start;
      to = end;
    }
  }
  if (isInLarge) smallBytes -= body.length - end;
  return { isDeep: false, smallBytes, smallNames, from, to, large, larges };
}

function isLarge(body: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < LARGE_NAMES.length; i++) if (isAt(LARGE_NAMES[i], body, start, end)) return true;
  return false;
}

function isAt(name: Buffer, body: Buffer, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== body[start + i]) return false;
  return true;
}

function endOfString(body: Buffer, start: number): number {
  let i = start + 1;
  while (i < body.length && body[i] !== QUOTE) i += body[i] === BACKSLASH ? 2 : 1;
  return i;
}
