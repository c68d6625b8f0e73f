/** Reads the body of a request, and looks at what has come of a large one so that it can be refused before its end. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from '@invoq/contract/errors';

/** The first look is at so many bytes, and each further one at four times as many: all of them together look at a third of the body. */
const FIRST_LOOK_BYTES = 64 * 1_024;

export interface BodyRules {
  /** Bytes. */
  limit: number;
  /** Throws what refuses a body that begins like this. */
  look?: (begun: Buffer) => void;
}

/** `done` is called once. After a refusal the rest of the body is read and dropped. */
export function readBody(
  payload: IncomingMessage,
  { limit, look }: BodyRules,
  done: (error: Error | null, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let nextLook = look === undefined ? Infinity : FIRST_LOOK_BYTES;
  if (Number(payload.headers['content-length']) > limit) return done(tooLarge(), NOTHING);
  payload.on('data', onData).once('end', onEnd).once('error', onError);

  function onData(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > limit) return over(tooLarge());
    chunks.push(chunk);
    if (bytes < nextLook) return;
    nextLook = bytes * 4;
    try {
      look!(Buffer.concat(chunks, bytes));
    } catch (refusal) {
      over(refusal as Error);
    }
  }

  function onEnd(): void {
    over(null, Buffer.concat(chunks, bytes));
  }

  function onError(error: Error): void {
    over(Object.assign(error, { statusCode: 400 }));
  }

  function over(error: Error | null, body = NOTHING): void {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    // What was refused still comes, and an error of it concerns nobody.
    if (error !== null) payload.on('error', () => undefined).resume();
    done(error, body);
  }
}

const NOTHING = Buffer.alloc(0);

function tooLarge(): Refusal {
  return new Refusal('PAYLOAD_TOO_LARGE', 'Request body is too large');
}
