/** Turns what a function answered into JSON text, once, or says why it is no JSON. How deep it is the worker finds out. */
import type { AnswerHead } from '../pipe/messages';
import { bare, byteLength, stringify } from '../pipe/primordials';
import { isMemoryRefusal } from './memory-refusal';
import { describe } from './thrown';

export type Written = { json: string } | { refused: Exclude<AnswerHead, { outcome: 'succeeded' }> };

/** undefined is null: the answer of a function that has nothing to say. */
export function writeResult(value: unknown, maxBytes: number): Written {
  let json: string | undefined;
  // Its JSON is at least as long, and writing that may take more memory than there is.
  if (typeof value === 'string' && value.length > maxBytes) return tooLarge(value.length, maxBytes);
  try {
    json = stringify(value === undefined ? null : value);
  } catch (thrown) {
    if (isMemoryRefusal(thrown)) {
      return { refused: bare({ outcome: 'outgrew', message: 'The result did not fit in memory.' }) };
    }
    return bad(`The result cannot be written as JSON: ${describe(thrown).message}`);
  }
  if (json === undefined) return bad(`The result is a ${typeof value}, which is not JSON.`);
  const bytes = byteLength(json);
  if (bytes > maxBytes) return tooLarge(bytes, maxBytes);
  return { json };
}

function tooLarge(bytes: number, maxBytes: number): Written {
  return bad(`The result is at least ${bytes} bytes of JSON; ${maxBytes} are allowed.`);
}

function bad(message: string): Written {
  return { refused: bare({ outcome: 'failed', type: 'BAD_RESULT', message }) };
}
