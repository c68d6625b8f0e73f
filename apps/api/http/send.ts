/** Between Fastify's request and reply and those of the doors. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DoorReply, DoorRequest } from './wire';
import { type HangUp, RESULT_PLACEHOLDER } from '../invocations/call';

/** As a file is read. */
const PIECE_BYTES = 65_536;

export function doorRequest<Body>(request: FastifyRequest, body: Body): DoorRequest<Body> {
  return {
    requestID: request.id,
    url: request.originalUrl,
    params: request.params as Record<string, string>,
    query: request.query as Record<string, string>,
    headers: request.headers,
    body,
    ip: request.ip,
    protocol: request.protocol,
    host: request.host,
    receivedAt: Date.now(),
  };
}

export function send(reply: FastifyReply, { status, headers, body, large }: DoorReply): void {
  void reply.status(status).headers(headers);
  if (!large) return void sendText(reply, body);
  const stream = Readable.from(joined(body, large));
  // Also when the caller goes away before the first byte.
  stream.once('close', () => large.body.destroy());
  void reply.header('content-length', sizeOf(body, large)).send(stream);
}

/** In pieces where it is large, so that it can be seen whether its reader takes anything. */
function sendText(reply: FastifyReply, body: string): void {
  if (body.length <= PIECE_BYTES) return void reply.send(body);
  const bytes = Buffer.from(body);
  void reply.header('content-length', bytes.length).send(Readable.from(pieces(bytes)));
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

type Large = NonNullable<DoorReply['large']>;

function sizeOf(body: string, { bytes }: Large): number {
  return Buffer.byteLength(body) - Buffer.byteLength(RESULT_PLACEHOLDER) + bytes;
}

/** As the caller takes it: no more of it is held than is on its way. */
async function* joined(body: string, { body: large }: Large): AsyncGenerator<string | Buffer> {
  const at = body.indexOf(RESULT_PLACEHOLDER);
  yield body.slice(0, at);
  for await (const chunk of large) yield chunk as Buffer;
  yield body.slice(at + RESULT_PLACEHOLDER.length);
}

/** Tells when the caller goes away before the answer. Most answers are there before anybody asks, so it costs nothing until then. */
export function hangUpOf({ raw }: FastifyReply): HangUp {
  return new ReplyHangUp(raw);
}

class ReplyHangUp implements HangUp {
  constructor(private readonly raw: FastifyReply['raw']) {}

  get isGone(): boolean {
    return this.raw.destroyed && !this.raw.writableFinished;
  }

  listen(onGone: () => void): () => void {
    const onClose = (): void => {
      if (this.isGone) onGone();
    };
    // It is taken off again: `once` would wrap it twice.
    this.raw.on('close', onClose);
    return () => void this.raw.off('close', onClose);
  }
}
