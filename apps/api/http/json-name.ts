/** Names of a JSON text as they stand in its bytes. */

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_0 = 0x30;

/** Whether this name stands there, in its letters or in escapes of them. */
export function isName(name: Buffer, body: Buffer, from: number, to: number): boolean {
  let at = from;
  for (let letter = 0; letter < name.length; letter++, at++) {
    if (at >= to) return false;
    if (body[at] !== BACKSLASH) {
      if (body[at] !== name[letter]) return false;
    } else {
      if (body[at + 1] !== LETTER_U || body[at + 2] !== DIGIT_0 || body[at + 3] !== DIGIT_0) return false;
      if (digit(body[at + 4]) * 16 + digit(body[at + 5]) !== name[letter]) return false;
      at += 5;
    }
  }
  return at === to;
}

function digit(byte: number): number {
  return byte <= 0x39 ? byte - DIGIT_0 : (byte | 0x20) - 0x61 + 10;
}
