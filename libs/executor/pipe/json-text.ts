/**
 * Tells whether a text is one JSON value, without building that value. A function's result goes on as it came,
 * unparsed, so anything else must be stopped here. It takes about as long as `JSON.parse` of plain values,
 * far less for objects of many names, and leaves no garbage (docs/decisions/0037).
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** Looked at in one step, characters: a large result must not keep others waiting. */
const STEP = 256 * 1024;

/** `deep`: it may be JSON, and is nested too deep. */
export type Verdict = 'json' | 'deep' | 'broken';

export class JsonCheck {
  private readonly closers: number[] = [];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  /** Goes on with the check; undefined: it takes another step. */
  step(): Verdict | undefined {
    const { text, closers } = this;
    let at = blank(text, this.at);
    for (const pause = at + STEP; ;) {
      if (at > pause) {
        this.at = at;
        return undefined;
      }
      const opener = text.charCodeAt(at);
      if (opener === ARRAY || opener === OBJECT) {
        const closer = opener === ARRAY ? ARRAY_END : OBJECT_END;
        if (closers.push(closer) > this.maxDepth) return 'deep';
        at = blank(text, at + 1);
        if (text.charCodeAt(at) !== closer) {
          if (closer === OBJECT_END) at = member(text, at);
          if (at < 0) return 'broken';
          continue;
        }
      } else {
        at = scalar(text, at);
        if (at < 0) return 'broken';
        at = blank(text, at);
      }
      // After a value, or at the end of one that is empty.
      while (closers.length > 0 && text.charCodeAt(at) === closers.at(-1)) {
        closers.pop();
        at = blank(text, at + 1);
      }
      if (closers.length === 0) return at === text.length ? 'json' : 'broken';
      if (text.charCodeAt(at) !== COMMA) return 'broken';
      at = blank(text, at + 1);
      if (closers.at(-1) === OBJECT_END) at = member(text, at);
      if (at < 0) return 'broken';
    }
  }
}

/** Of a text that is short: in one go. */
export function isJson(text: string, maxDepth: number): boolean {
  return new JsonCheck(text, maxDepth).step() === 'json';
}

/** The functions below answer where they ended, or -1. This one: past a name and its colon. */
function member(text: string, at: number): number {
  const end = text.charCodeAt(at) === QUOTE ? quoted(text, at) : -1;
  if (end < 0) return -1;
  const colon = blank(text, end);
  return text.charCodeAt(colon) === COLON ? blank(text, colon + 1) : -1;
}

function scalar(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case QUOTE:
      return quoted(text, at);
    case 0x74: // t
      return text.startsWith('true', at) ? at + 4 : -1;
    case 0x66: // f
      return text.startsWith('false', at) ? at + 5 : -1;
    case 0x6e: // n
      return text.startsWith('null', at) ? at + 4 : -1;
    default:
      return number(text, at);
  }
}

/** Ends, begins an escape, or is forbidden in a text. */
const STOP = /["\\\u0000-\u001f]/g;
/** The engine's own search costs more to begin, and less for each character. */
const SHORT = 24;

function quoted(text: string, start: number): number {
  for (let at = start + 1, end = at + SHORT; ; at++) {
    if (at === end) {
      STOP.lastIndex = at;
      at = STOP.exec(text)?.index ?? text.length;
      end = at + SHORT;
    }
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    // NaN past the end fails this as well.
    if (!(code >= 0x20)) return -1;
    if (code !== BACKSLASH) continue;
    at++;
    if (text.charCodeAt(at) === 0x75) {
      for (let digit = 0; digit < 4; digit++) if (!isHex(text.charCodeAt(++at))) return -1;
    } else if (!isEscape(text.charCodeAt(at))) return -1;
    end = at + SHORT;
  }
}

function isEscape(code: number): boolean {
  switch (code) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // the solidus
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return true;
    default:
      return false;
  }
}

function number(text: string, start: number): number {
  let at = text.charCodeAt(start) === 0x2d ? start + 1 : start;
  if (text.charCodeAt(at) === 0x30) at++;
  else if ((at = digits(text, at)) < 0) return -1;
  let code = text.charCodeAt(at);
  if (code === 0x2e) {
    if ((at = digits(text, at + 1)) < 0) return -1;
    code = text.charCodeAt(at);
  }
  if (code !== 0x65 && code !== 0x45) return at;
  const sign = text.charCodeAt(at + 1);
  return digits(text, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
}

function digits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === start ? -1 : at;
}

function blank(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;) {
    code = text.charCodeAt(++at);
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
