/** Turns what a function answered into JSON text, once, or says why it is no JSON. */
import type { AnswerHead } from '../messages';
import { isMemoryRefusal } from './memory-refusal';
import { describe } from './thrown';

/** Readers of the result (and the doors) take no deeper nesting. */
export const MAX_DEPTH = 64;

// User code may replace both.
const { stringify } = JSON;
const { byteLength } = Buffer;

export type Written = { json: string } | { refused: Exclude<AnswerHead, { outcome: 'succeeded' }> };

/** undefined is null: the answer of a function that has nothing to say. */
export function writeResult(value: unknown, maxBytes: number): Written {
  let json: string | undefined;
  // Its JSON is at least as long, and writing that may take more memory than there is.
  if (typeof value === 'string' && value.length > maxBytes) return tooLarge(value.length, maxBytes);
  try {
    json = stringify(value === undefined ? null : value);
  } catch (thrown) {
    if (isMemoryRefusal(thrown))
      return { refused: { outcome: 'outgrew', message: 'The result did not fit in memory.' } };
    return bad(`The result cannot be written as JSON: ${describe(thrown).message}`);
  }
  if (json === undefined) return bad(`The result is a ${typeof value}, which is not JSON.`);
  const bytes = byteLength(json);
  if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
  if (isDeeperThan(json, MAX_DEPTH)) return bad(`The result is nested more than ${MAX_DEPTH} levels deep.`);
  return { json };
}

export function isDeeperThan(json: string, depth: number): boolean {
  if (json.length <= 2 * depth) return false;
  let level = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++level > depth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        level--;
    }
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let at = json.indexOf('"', start + 1);
  // A quote is escaped by an odd number of backslashes.
  for (; at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at - 1;
    while (json.charCodeAt(before) === 0x5c) before--;
    if ((at - 1 - before) % 2 === 0) return at;
  }
  return json.length;
}

function tooLarge(bytes: number, maxBytes: number): Written {
  return bad(`The result is at least ${bytes} bytes of JSON; ${maxBytes} are allowed.`);
}

function bad(message: string): Written {
  return { refused: { outcome: 'failed', type: 'BAD_RESULT', message } };
}
