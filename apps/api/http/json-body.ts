/**
 * What becomes of the bytes of a body: JSON in UTF-8 only, no deeper than 64, no `__proto__`, no number that JavaScript
 * cannot keep. Large ones have been checked (body-scan.ts); small ones are checked here.
 */
import { parse } from 'secure-json-parse';
import { invalid, Refusal, shown } from '@invoq/contract/refusal';
import { BodyScan, MAX_DEPTH, type Span, WHOLE } from './body-scan';
import { MAY_NOT_BE_KEPT } from './json-number';

/** "application/json; charset=utf-8". ASCII is UTF-8, too. */
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/i;
const BYTE_ORDER_MARK = '\uFEFF';
const READ_CHARSET = /^(?:utf-?8|us-ascii)$/i;

/** An empty body is `{}`: every field of a call has a default. */
export function parseJsonBody(body: Buffer): unknown {
  return body.length === 0 ? {} : parseJsonText(body.toString('utf8'), WHOLE);
}

/** The same of a small one, which nobody has checked. */
export function parseSmallBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  const parsed = parseJsonText(text, WHOLE);
  if (MAY_NOT_BE_KEPT.test(text)) {
    const json = text.startsWith(BYTE_ORDER_MARK) ? body.subarray(Buffer.byteLength(BYTE_ORDER_MARK)) : body;
    const scan = new BodyScan(undefined, undefined, false);
    scan.look(json, json.length);
    scan.end();
  }
  return parsed;
}

/** JSON that was checked and not parsed. It becomes a text when it is used: most refusals come before that. */
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
  if (!isWellFormed(text)) throw invalid(field, 'must be Unicode text, and has half of a surrogate pair');
  const scan = new BodyScan(WHOLE, field);
  const bytes = Buffer.from(text);
  scan.look(bytes, bytes.length);
  scan.end();
}

/** A charset that is not UTF-8 is refused: its bytes would be read as other characters. */
export function mustBeUtf8(contentType: string | undefined): void {
  const [, charset = 'utf-8'] = CHARSET.exec(contentType ?? '') ?? [];
  if (READ_CHARSET.test(charset)) return;
  const wanted = 'send the body in UTF-8, as "application/json" or "application/json; charset=utf-8"';
  throw new Refusal('UNSUPPORTED_MEDIA_TYPE', `The charset "${shown(charset)}" is not accepted; ${wanted}.`);
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
    const { message } = error as Error;
    if (/forbidden prototype/.test(message))
      throw invalid(field, 'must be JSON without "__proto__" or "constructor.prototype"');
    throw invalid(field, `is not JSON: ${message}`);
  }
}

const HALF_A_PAIR = /\p{Cs}/u;

/** A half of a surrogate pair has no form in UTF-8. */
function isWellFormed(text: string): boolean {
  return !HALF_A_PAIR.test(text);
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
