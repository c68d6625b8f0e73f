/**
 * What becomes of the bytes of a body: JSON only, no deeper than 64, no `__proto__`. Large ones have been looked at
 * (body-scan.ts); small ones are checked before anything is built from the text.
 */
import { parse } from 'secure-json-parse';
import { Refusal, shown } from '@invoq/contract/errors';
import { BodyScan, invalid, MAX_DEPTH, type Span, WHOLE } from './body-scan';

/** An empty body is `{}`: every field of a call has a default. */
export function parseJsonBody(body: Buffer): unknown {
  return body.length === 0 ? {} : parseJsonText(body.toString('utf8'), WHOLE);
}

/** JSON that was looked at and not parsed. It becomes a text when it is used: most refusals come before that. */
export class RawJson {
  constructor(private readonly bytes: Buffer) {}

  begins(character: string): boolean {
    return this.bytes[0] === character.charCodeAt(0);
  }

  text(): string {
    return this.bytes.toString('utf8');
  }
}

/** A body in which the value of one field stays as it came. The rest is parsed with `null` in its place. */
export function parseAround(body: Buffer, field: string, { from, to }: Span): unknown {
  const rest = `${body.toString('utf8', 0, from)}null${body.toString('utf8', to)}`;
  const parsed = parseJsonText(rest, WHOLE);
  Reflect.set(parsed as object, field, new RawJson(body.subarray(from, to)));
  return parsed;
}

/** A field of a body as JSON text; `{}` where there is none. */
export function jsonTextOf(value: unknown): string | RawJson {
  return value instanceof RawJson ? value : JSON.stringify(value === undefined ? {} : value);
}

/** The rules of `parseJsonText`, without building anything of the text. */
export function mustBeJson(text: string, field: string): void {
  const scan = new BodyScan(WHOLE, field);
  const bytes = Buffer.from(text);
  scan.look(bytes, bytes.length);
  scan.end();
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
