/**
 * Looks at a body as it arrives, each byte once, before anything is parsed: whether it is JSON, not too deep, without
 * `__proto__`, without numbers that JavaScript cannot keep, and with no more in its small fields than those may hold. It
 * also finds the one field that may be large. It takes 2 to 4 ms for a MiB of anything; to parse one can take 60 ms.
 */
import { invalid, type Refusal, shown } from '@invoq/contract/refusal';
import * as json from './json-grammar';
import { isName } from './json-name';
import { isKept, isShort, MAX_PLAIN_DIGITS, numberBegins } from './json-number';

const { ACTION, AFTER, ARRAY, COLON, FIELDS, FIRST_NAME, FIRST_VALUE, NAME, NAME_ESCAPE, NAME_TEXT, NEXT } = json;
const { OBJECT, ROOT, VALUE } = json;

/** All fields but the large one, together, bytes: room for 1,000 requestIDs. */
export const MAX_SMALL_BYTES = 48 * 1_024;
/** The same in names, those within a field among them. New names are what is slow to parse. */
export const MAX_SMALL_NAMES = 256;
/** Levels that a body may nest. */
export const MAX_DEPTH = 64;
/** Numbers of more than 15 digits beyond 2^53, or beyond 1e100: checking one takes 1 µs. */
export const MAX_LONG_NUMBERS = 1_000;
/** As the large field, the whole of a body. */
export const WHOLE = 'body';

const NOTHING: Buffer = Buffer.alloc(0);
const PROTO = Buffer.from('__proto__');
const CONSTRUCTOR = Buffer.from('constructor');
const PROTOTYPE = Buffer.from('prototype');
const BLANK = 0x20;

/** Where something stands in a body, blanks around it included. */
export interface Span {
  from: number;
  to: number;
}

export class BodyScan {
  private body = NOTHING;
  private at = 0;
  private state = VALUE;
  private where = ROOT;
  private depth = 0;
  /** By depth: what is around it, and whether it is the value of a `constructor`. */
  private readonly around = new Uint8Array(MAX_DEPTH + 1);
  private readonly ofConstructor = new Uint8Array(MAX_DEPTH + 1);
  private isConstructor = false;
  private nameFrom = 0;
  private hasEscapes = false;
  private readonly largeName: Buffer;
  private isInLarge: boolean;
  private largeBytes = 0;
  private large?: Span;
  private smallNames = 0;
  private longNumbers = 0;
  /** Names: of the field that is checked, and of the largest small one so far. */
  private field: Span = { from: 0, to: 0 };
  private largest: Span = { from: 0, to: 0 };
  private largestBytes = 0;

  /**
   * `carrier`: the field that may be as large as a body may be, or `WHOLE`. `called`: what a refusal calls it.
   * `isBounded`: all other fields must be small.
   */
  constructor(
    private readonly carrier?: string,
    private readonly called = carrier,
    private readonly isBounded = true,
  ) {
    this.isInLarge = carrier === WHOLE;
    this.largeName = Buffer.from(carrier ?? '');
  }

  /** Goes on to `end` of what has arrived. Refuses with INVALID_REQUEST what no further byte can mend. */
  look(body: Buffer, end: number): void {
    let { at, where, state } = this;
    this.body = body;
    for (; at < end; at++) {
      const next = NEXT[(where << 14) | (state << 8) | body[at]];
      if (next < ACTION) {
        state = next;
        continue;
      }
      switch (next) {
        case json.NAME_BEGINS:
          this.nameFrom = at + 1;
          this.hasEscapes = false;
          state = NAME_TEXT;
          break;
        case json.NAME_ESCAPES:
          this.hasEscapes = true;
          state = NAME_ESCAPE;
          break;
        case json.NAME_ENDS:
          this.nameEnds(body, at);
          state = COLON;
          break;
        case json.OPENS_ARRAY:
          where = this.opens(ARRAY);
          state = FIRST_VALUE;
          break;
        case json.OPENS_OBJECT:
          where = this.opens(where === ROOT && this.carrier !== WHOLE ? FIELDS : OBJECT);
          state = FIRST_NAME;
          break;
        case json.CLOSES:
          where = this.closes(body, at);
          state = AFTER;
          break;
        case json.FIELD_BEGINS:
          this.fieldBegins(body, at);
          state = VALUE;
          break;
        case json.FIELD_ENDS:
          this.fieldEnds(body, at);
          state = NAME;
          break;
        case json.LONG_NUMBER_ENDS:
          this.numberEnds(state, body, at--);
          state = AFTER;
          break;
        default:
          throw this.broken(`it breaks at byte ${at + 1} of the body`);
      }
    }
    this.at = at;
    this.state = state;
    this.mustBeSmall(body, at);
  }

  /** After the last byte. Answers where the value of the carrier is, if there is one. */
  end(): Span | undefined {
    if (this.where !== ROOT || !json.mayEndIn(this.state)) throw this.broken('it ends too early');
    if (json.isLongNumber(this.state)) this.numberEnds(this.state, this.body, this.at);
    return this.carrier === WHOLE ? { from: 0, to: this.at } : this.large;
  }

  private nameEnds(body: Buffer, at: number): void {
    const { nameFrom, depth, hasEscapes } = this;
    const bytes = at - nameFrom;
    if (this.where === FIELDS) this.field = { from: nameFrom, to: at };
    this.isConstructor = false;
    if (hasEscapes || bytes === PROTO.length || bytes === CONSTRUCTOR.length) {
      const isPrototype = this.ofConstructor[depth] === 1 && isName(PROTOTYPE, body, nameFrom, at);
      if (isPrototype || isName(PROTO, body, nameFrom, at)) {
        throw this.fault('must be JSON without "__proto__" or "constructor.prototype"');
      }
      this.isConstructor = isName(CONSTRUCTOR, body, nameFrom, at);
    }
    if (this.isInLarge) return;
    this.smallNames++;
    this.mustBeSmall(body, at);
  }

  private numberEnds(state: number, body: Buffer, at: number): void {
    const from = numberBegins(body, at);
    if (state === json.LONG && isShort(body, from, at)) return;
    if (state === json.LONG_FRACTION && at - from < MAX_PLAIN_DIGITS) return;
    const number = body.toString('latin1', from, at);
    if (++this.longNumbers > MAX_LONG_NUMBERS) {
      const kind = `numbers of more than 15 digits or beyond 1e100, such as ${shown(number)}`;
      throw invalid(this.current(body), `must have at most ${MAX_LONG_NUMBERS} ${kind}`);
    }
    if (isKept(number)) return;
    const place = `${shown(number)} at byte ${from + 1} of the ${this.all}`;
    throw invalid(this.current(body), `must have numbers that JavaScript keeps, and has ${place}; send it as a string`);
  }

  /** What the field is called that is checked. */
  private current(body: Buffer): string {
    const { from, to } = this.field;
    return (this.isInLarge && this.called) || shown(body.toString('utf8', from, to)) || this.all;
  }

  private opens(what: number): number {
    if (this.depth === MAX_DEPTH) throw invalid(this.all, `must nest at most ${MAX_DEPTH} deep`);
    this.around[++this.depth] = this.where;
    this.ofConstructor[this.depth] = what === OBJECT && this.isConstructor ? 1 : 0;
    this.isConstructor = false;
    return (this.where = what);
  }

  private closes(body: Buffer, at: number): number {
    if (this.where === FIELDS) this.fieldEnds(body, at);
    this.isConstructor = false;
    return (this.where = this.around[this.depth--]);
  }

  private fieldBegins(body: Buffer, at: number): void {
    const { from, to } = this.field;
    this.isInLarge = isName(this.largeName, body, from, to);
    if (!this.isInLarge) return;
    if (this.large) throw this.fault('must be given once');
    this.large = { from: at + 1, to: at + 1 };
  }

  private fieldEnds(body: Buffer, at: number): void {
    const bytes = at - this.field.to;
    if (this.isInLarge) {
      this.large!.to = at;
      this.largeBytes = bytes;
      this.isInLarge = false;
    } else if (bytes > this.largestBytes) {
      this.largestBytes = bytes;
      this.largest = this.field;
    }
    this.mustBeSmall(body, at);
  }

  private mustBeSmall(body: Buffer, at: number): void {
    if (this.isInLarge || !this.isBounded) return;
    if (at - this.largeBytes <= MAX_SMALL_BYTES && this.smallNames <= MAX_SMALL_NAMES) return;
    const { from, to } = at - this.field.to > this.largestBytes ? this.field : this.largest;
    const all = this.carrier === undefined ? 'all fields' : `all fields but ${this.carrier}`;
    const rule = `is too large: ${all} may have ${MAX_SMALL_BYTES} bytes and ${MAX_SMALL_NAMES} names together`;
    throw invalid(body.toString('utf8', from, to) || WHOLE, rule);
  }

  private broken(why: string): Refusal {
    return this.fault(`is not JSON: ${why}`);
  }

  /** What the whole of it is called. */
  private get all(): string {
    return (this.carrier === WHOLE && this.called) || WHOLE;
  }

  private fault(rule: string): Refusal {
    return invalid((this.isInLarge && this.called) || WHOLE, rule);
  }
}

/** The span of the value alone. */
export function withoutBlanks(body: Buffer, { from, to }: Span): Span {
  while (from < to && body[from] <= BLANK) from++;
  while (to > from && body[to - 1] <= BLANK) to--;
  return { from, to };
}
