/** Reads request bodies: JSON only, no deeper than 64, no `__proto__`. Checked before anything is built from the text. */
import { parse } from 'secure-json-parse';
import { Refusal, shown } from '@invoq/contract/errors';

export const MAX_DEPTH = 64;

/** An empty body is `{}`: every field of a call has a default. */
export function parseJsonBody(body: Buffer, contentEncoding: string | undefined): unknown {
  mustBeUnpacked(contentEncoding);
  return body.length === 0 ? {} : parseJsonText(body.toString('utf8'), 'body');
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
