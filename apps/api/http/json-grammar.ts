/**
 * The grammar of JSON as a table: the next state for each state and byte. Text is checked byte by byte, as it comes from
 * the socket: one load for each byte, whatever it holds, so that no text takes longer than another one of its size.
 */

/** What a value stands in. `FIELDS`: the outermost object of a body. `ROOT`: nothing. */
export const ARRAY = 0;
export const OBJECT = 1;
export const FIELDS = 2;
export const ROOT = 3;

/** A value must come. */
export const VALUE = 0;
/** A value has ended. */
export const AFTER = 1;
export const NAME_TEXT = 2;
/** The first in an array, and in an object: its end may come as well. */
export const FIRST_VALUE = 3;
export const FIRST_NAME = 4;
/** A further name must come. */
export const NAME = 5;
/** The colon behind a name must come. */
export const COLON = 6;
export const NAME_ESCAPE = 7; // and its four digits: 8 to 11
const TEXT = 12;
const ESCAPE = 13; // and its four digits: 14 to 17
const MINUS = 18;
const ZERO = 19;
const INTEGER = 20;
const POINT = 21;
const FRACTION = 22;
const EXPONENT = 23;
const SIGN = 24;
const POWER = 25;
const LITERALS = 26; // their letters: 26 to 35
const SECOND_DIGIT = 36; // of an integer, up to the 15th: 36 to 49
/** An integer of 16 digits or more. */
export const LONG = 50;
const LONG_POINT = 51;
export const LONG_FRACTION = 52;
const LONG_EXPONENT = 53;
const LONG_SIGN = 54;
const LONG_POWER = 55;
const SECOND_POWER = 56; // digit of an exponent
const MINUS_SIGN = 57; // of an exponent
const MINUS_POWER = 58;

/** Where the table has a number from here on, there is something to do. */
export const ACTION = 64;
export const OPENS_ARRAY = 64;
export const OPENS_OBJECT = 65;
export const CLOSES = 66;
export const NAME_BEGINS = 67;
export const NAME_ESCAPES = 68;
export const NAME_ENDS = 69;
/** Of the outermost object. */
export const FIELD_BEGINS = 70;
export const FIELD_ENDS = 71;
/** A number that JavaScript may read as another one (json-number.ts). The byte behind it is to be checked again, in `AFTER`. */
export const LONG_NUMBER_ENDS = 72;
export const BROKEN = 73;

/** An integer of so many digits is the same number in JavaScript. */
const SAFE_DIGITS = 15;

const BLANKS = ' \t\n\r';
const DIGITS = '0123456789';
const INTEGERS = [INTEGER, ...Array.from({ length: SAFE_DIGITS - 1 }, (_, digit) => SECOND_DIGIT + digit)];
const NUMBERS_THAT_MAY_END = [ZERO, ...INTEGERS, FRACTION, POWER, SECOND_POWER, MINUS_POWER];
const LONG_NUMBERS = [LONG, LONG_FRACTION, LONG_POWER];

/** `NEXT[place(where, state) | byte]`. */
export const NEXT = table();

export function place(where: number, state: number): number {
  return (where << 14) | (state << 8);
}

/** Whether a text may end in this state, outside of all arrays and objects. */
export function mayEndIn(state: number): boolean {
  return state === AFTER || NUMBERS_THAT_MAY_END.includes(state) || isLongNumber(state);
}

export function isLongNumber(state: number): boolean {
  return LONG_NUMBERS.includes(state);
}

function table(): Uint8Array {
  const next = new Uint8Array(place(ROOT + 1, 0)).fill(BROKEN);
  for (const where of [ARRAY, OBJECT, FIELDS, ROOT]) {
    const on = (states: number | number[], bytes: string, then: number): void => {
      for (const state of [states].flat())
        for (const byte of bytes) next[place(where, state) | byte.charCodeAt(0)] = then;
    };
    const isObject = where === OBJECT || where === FIELDS;
    values(on);
    texts(on, next, where);
    numbers(on);
    on([AFTER, ...NUMBERS_THAT_MAY_END], BLANKS, AFTER);
    on(LONG_NUMBERS, BLANKS, LONG_NUMBER_ENDS);
    if (where === ROOT) continue;
    on(LONG_NUMBERS, isObject ? ',}' : ',]', LONG_NUMBER_ENDS);
    on([AFTER, ...NUMBERS_THAT_MAY_END], isObject ? '}' : ']', CLOSES);
    on([AFTER, ...NUMBERS_THAT_MAY_END], ',', where === ARRAY ? VALUE : where === OBJECT ? NAME : FIELD_ENDS);
    if (!isObject) on(FIRST_VALUE, ']', CLOSES);
    else names(on, where);
  }
  return next;
}

type On = (states: number | number[], bytes: string, then: number) => void;

function values(on: On): void {
  const begins = [VALUE, FIRST_VALUE];
  on(VALUE, BLANKS, VALUE);
  on(FIRST_VALUE, BLANKS, FIRST_VALUE);
  on(begins, '[', OPENS_ARRAY);
  on(begins, '{', OPENS_OBJECT);
  on(begins, '"', TEXT);
  let state = LITERALS;
  for (const literal of ['true', 'false', 'null']) {
    on(begins, literal[0], state);
    for (let at = 1; at < literal.length; at++) {
      on(state, literal[at], at === literal.length - 1 ? AFTER : state + 1);
      state++;
    }
  }
}

function names(on: On, where: number): void {
  on(NAME, BLANKS, NAME);
  on(FIRST_NAME, BLANKS, FIRST_NAME);
  on([NAME, FIRST_NAME], '"', NAME_BEGINS);
  on(FIRST_NAME, '}', CLOSES);
  on(COLON, BLANKS, COLON);
  on(COLON, ':', where === FIELDS ? FIELD_BEGINS : VALUE);
}

function texts(on: On, next: Uint8Array, where: number): void {
  for (const [text, escape] of [
    [TEXT, ESCAPE],
    [NAME_TEXT, NAME_ESCAPE],
  ]) {
    next.fill(text, place(where, text) | 0x20, place(where, text + 1));
    on(text, '"', text === TEXT ? AFTER : NAME_ENDS);
    on(text, '\\', text === TEXT ? ESCAPE : NAME_ESCAPES);
    on(escape, '"\\/bfnrt', text);
    on(escape, 'u', escape + 1);
    for (let digit = 1; digit <= 4; digit++)
      on(escape + digit, `${DIGITS}abcdefABCDEF`, digit < 4 ? escape + digit + 1 : text);
  }
}

function numbers(on: On): void {
  on([VALUE, FIRST_VALUE], '-', MINUS);
  on([VALUE, FIRST_VALUE, MINUS], '0', ZERO);
  on([VALUE, FIRST_VALUE, MINUS], '123456789', INTEGER);
  for (const [at, integer] of INTEGERS.entries()) on(integer, DIGITS, INTEGERS[at + 1] ?? LONG);
  on([ZERO, ...INTEGERS], '.', POINT);
  on([POINT, FRACTION], DIGITS, FRACTION);
  on([ZERO, ...INTEGERS, FRACTION], 'eE', EXPONENT);
  on(EXPONENT, '+', SIGN);
  on([EXPONENT, SIGN], DIGITS, POWER);
  on(EXPONENT, '-', MINUS_SIGN);
  on([MINUS_SIGN, MINUS_POWER], DIGITS, MINUS_POWER);
  on(POWER, DIGITS, SECOND_POWER);
  on(SECOND_POWER, DIGITS, LONG_POWER);
  on(LONG, DIGITS, LONG);
  on(LONG, '.', LONG_POINT);
  on([LONG_POINT, LONG_FRACTION], DIGITS, LONG_FRACTION);
  on([LONG, LONG_FRACTION], 'eE', LONG_EXPONENT);
  on(LONG_EXPONENT, '+-', LONG_SIGN);
  on([LONG_EXPONENT, LONG_SIGN, LONG_POWER], DIGITS, LONG_POWER);
}
