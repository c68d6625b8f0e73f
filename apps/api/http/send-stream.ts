/** An answer that is written as it comes about, for as long as its reader keeps up with it. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** A reader who takes nothing for so long is cut off, ms; what waits for it meanwhile is one chunk, and no more is made. */
const SLOW_MS = 30_000;
const LOOK_MS = 5_000;

/** `onClose`: the last chunk is written, or there is nobody to write to any more. */
export function sendStream(
  reply: FastifyReply,
  headers: Record<string, string>,
  chunks: AsyncIterable<string>,
  onClose: () => void,
): void {
  const { raw } = reply;
  let stuckAt: number | undefined;
  const watch = setInterval(() => {
    if (!raw.writableNeedDrain) stuckAt = undefined;
    else if (Date.now() - (stuckAt ??= Date.now()) >= SLOW_MS) raw.destroy();
  }, LOOK_MS).unref();
  raw.once('close', () => {
    clearInterval(watch);
    onClose();
  });
  if (raw.closed || raw.destroyed) onClose();
  void reply
    .status(200)
    .headers(headers)
    .send(Readable.from(chunks, { objectMode: false }));
}
