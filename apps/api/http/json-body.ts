/** Reads request bodies: JSON only, no deeper than 64, no `__proto__`. Checked before anything is built from the text. */
import { parse } from 'secure-json-parse';
import { Refusal, shown } from '@invoq/contract/errors';
import { JsonCheck, type Verdict } from '@invoq/contract/json-text';
import { MAX_DEPTH, type Span } from './small-fields';

/** An empty body is `{}`: every field of a call has a default. */
export function parseJsonBody(body: Buffer, contentEncoding: string | undefined): unknown {
  mustBeUnpacked(contentEncoding);
  return body.length === 0 ? {} : parseJsonText(body.toString('utf8'), 'body');
}

/** JSON that is not parsed. Nobody has looked at it yet: `jsonTextOf` does. */
export class RawJson {
  constructor(private readonly bytes: Buffer) {}

  text(): string {
    return this.bytes.toString('utf8').trim();
  }
}

/**
 * A body in which the value of one large field stays a text. The rest parses with a small value in its place, so the
 * whole is JSON if that text is, too.
 */
export function parseAround(body: Buffer, { field, from, to }: Span): unknown {
  const rest = `${body.toString('utf8', 0, from)}null${body.toString('utf8', to)}`;
  const parsed = parseJsonText(rest, 'body');
  // A name may also be written with escapes, and given twice.
  const isAlone = typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, field) === null;
  if (!isAlone) return parseJsonText(body.toString('utf8'), 'body');
  Reflect.set(parsed, field, new RawJson(body.subarray(from, to)));
  return parsed;
}

/** The JSON text of a field of a body; `{}` where there is none. Refuses a `RawJson` that breaks the rules for bodies. */
export function jsonTextOf(value: unknown, field: string): string {
  if (!(value instanceof RawJson)) return JSON.stringify(value === undefined ? {} : value);
  const text = value.text();
  // The body around it is a level, too.
  mustBeJson(text, field, MAX_DEPTH - 1);
  return text;
}

const PROTO = named('__proto__', '');
/** A text without this has no `constructor.prototype`. */
const CONSTRUCTOR = named('constructor', '\\s*\\{');

/** Finds a name in JSON, with any of its letters escaped. A quote behind a backslash does not begin one. */
function named(name: string, value: string): RegExp {
  const letters = Array.from(name, (letter) => {
    const [high, low] = letter.charCodeAt(0).toString(16);
    return `(?:${letter}|\\\\u00${high}[${low}${low.toUpperCase()}])`;
  });
  return new RegExp(`(?<!\\\\)"${letters.join('')}"\\s*:${value}`);
}

/** The rules of `parseJsonText`, without building anything of the text. `maxDepth`: levels that it may nest. */
export function mustBeJson(text: string, field: string, maxDepth = MAX_DEPTH): void {
  const check = new JsonCheck(text, maxDepth);
  let verdict: Verdict | undefined;
  while (verdict === undefined) verdict = check.step();
  if (verdict === 'deep') throw invalid(field, `must nest at most ${MAX_DEPTH} deep`);
  if (verdict === 'broken') throw invalid(field, 'must be JSON');
  if (PROTO.test(text)) throw invalid(field, 'must be JSON without "__proto__" or "constructor.prototype"');
  // Rare enough to be looked at in full.
  if (CONSTRUCTOR.test(text)) parseJsonText(text, field);
}

export function mustBeUnpacked(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || contentEncoding === 'identity') return;
  const message = `Content-Encoding "${shown(contentEncoding)}" is not accepted; send the body as it is.`;
  throw new Refusal('UNSUPPORTED_MEDIA_TYPE', message);
}

/** The same for JSON that came as a text inside a body. `field` is what it is called in a refusal. */
export function parseJsonText(text: string, field: string): unknown {
  if (depthOf(text) > MAX_DEPTH) throw invalid(field, `must nest at most ${MAX_DEPTH} deep`);
  try {
    return parse(text, undefined, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw invalid(field, `must be JSON without "__proto__" or "constructor.prototype" (${(error as Error).message})`);
  }
}

function invalid(field: string, rule: string): Refusal {
  return new Refusal('INVALID_REQUEST', `${field} ${rule}.`, { fields: [{ field, rule }] });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Nesting of a JSON text, without parsing it: deep JSON breaks parsers and serialisers alike. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = endOfString(text, i);
    } else if (c === 0x5b || c === 0x7b) {
      if (++depth > deepest) deepest = depth;
    } else if (c === 0x5d || c === 0x7d) {
      depth--;
    }
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}
