/** An answer that is written as it comes about, for as long as its reader keeps up with it. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * What waits for a slow reader is one chunk, and no more is made; one who takes nothing is cut off (`slow-readers.ts`).
 * `onClose`: the last chunk is written, or there is nobody to write to any more.
 */
export function sendStream(
  reply: FastifyReply,
  headers: Record<string, string>,
  chunks: AsyncIterable<string>,
  onClose: () => void,
): void {
  const { raw } = reply;
  raw.once('close', onClose);
  if (raw.closed || raw.destroyed) onClose();
  void reply
    .status(200)
    .headers(headers)
    .send(Readable.from(chunks, { objectMode: false }));
}
