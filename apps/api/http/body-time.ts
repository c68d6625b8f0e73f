/**
 * The time that the body of a request has to arrive: slow senders hold nothing for longer. Uploads have more of it, as long as
 * they keep a least speed.
 */
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '@invoq/contract/refusal';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** ms for the body to arrive, when it is not the usual time. */
    bodyTimeMs?: number;
    /** Least speed of the body on average, bytes in a second; none when it is missing or 0. */
    leastBytesPerS?: number;
  }
}

/** For an upload of the largest size over a slow line, ms. Also the longest that the server lets any request arrive. */
export const UPLOAD_MS = 600_000;

/** How often it is looked whose time is over, ms. A timer and two listeners for each body were 2 % of an API's time. */
const CHECK_MS = 1_000;

/** From this age on the speed of a body is checked, ms. */
const SPEED_FROM_MS = 10_000;

interface Sender {
  reply: FastifyReply;
  limitMs: number;
  /** By the clock that never goes back, ms. */
  endsAt: number;
  leastBytesPerS: number;
  /** What had come over the connection before, bytes. */
  bytesBefore: number;
}

/** A body that may be here whole before the turn of the event loop ends. */
interface Begun {
  request: FastifyRequest;
  reply: FastifyReply;
  config: FastifyContextConfig | undefined;
}

/** The bodies that are on their way. */
export class BodyTimes {
  private readonly senders = new Map<FastifyRequest, Sender>();
  /** In this turn. Most are small, and come with their head: those are forgotten at its end. */
  private begun: Begun[] = [];

  constructor(
    fastify: FastifyInstance,
    private readonly usualMs: number,
    checkMs = CHECK_MS,
    private readonly speedFromMs = SPEED_FROM_MS,
  ) {
    fastify.addHook('onRequest', (request, reply, done) => {
      if (request.is404 && hasBody(request)) this.begins({ request, reply, config: undefined });
      done();
    });
    // By its route: Fastify makes an object of thirteen fields to tell a request's config.
    fastify.addHook('onRoute', (route) => {
      route.onRequest = [
        ...[route.onRequest ?? []].flat(),
        (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
          if (hasBody(request)) this.begins({ request, reply, config: route.config });
          done();
        },
      ];
    });
    const timer = setInterval(() => this.check(performance.now()), checkMs).unref();
    fastify.addHook('onClose', (_, done) => {
      clearInterval(timer);
      done();
    });
  }

  /** It was read to its end: what is read by others is found out by the next check. */
  arrived(request: FastifyRequest): void {
    if (this.senders.size > 0) this.senders.delete(request);
  }

  private begins(begun: Begun): void {
    // Of an upload each byte counts from here on.
    if (begun.config?.leastBytesPerS) return this.goesOn(begun);
    if (this.begun.length === 0) setImmediate(this.onTurn);
    this.begun.push(begun);
  }

  private readonly onTurn = (): void => {
    const { begun } = this;
    this.begun = [];
    for (const one of begun) if (!one.request.raw.complete) this.goesOn(one);
  };

  private goesOn({ request, reply, config = {} }: Begun): void {
    const { bodyTimeMs: limitMs = this.usualMs, leastBytesPerS = 0 } = config;
    const bytesBefore = leastBytesPerS > 0 ? request.raw.socket.bytesRead : 0;
    this.senders.set(request, { reply, limitMs, endsAt: performance.now() + limitMs, leastBytesPerS, bytesBefore });
  }

  private check(now: number): void {
    for (const [request, sender] of this.senders) {
      const { raw } = request;
      const isDone = raw.complete || raw.destroyed;
      const rule = isDone ? undefined : this.brokenRule(raw, sender, now);
      if (isDone || rule !== undefined) this.senders.delete(request);
      if (rule !== undefined) tooSlow(request, sender.reply, rule);
    }
  }

  private brokenRule(raw: FastifyRequest['raw'], sender: Sender, now: number): string | undefined {
    const { limitMs, endsAt, leastBytesPerS, bytesBefore } = sender;
    if (endsAt <= now) return `must arrive within ${limitMs} ms`;
    const ageMs = limitMs - (endsAt - now);
    // What has arrived and is not taken by us yet says nothing about the sender.
    if (leastBytesPerS === 0 || ageMs < this.speedFromMs || raw.readableLength > 0) return undefined;
    const bytes = raw.socket.bytesRead - bytesBefore;
    if (bytes >= (leastBytesPerS * ageMs) / 1_000) return undefined;
    return `must come at ${leastBytesPerS} bytes a second or more on average (INVOQ_MIN_UPLOAD_SPEED)`;
  }
}

/** One of no bytes has arrived. */
function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

function tooSlow(request: FastifyRequest, reply: FastifyReply, rule: string): void {
  if (reply.sent) return void request.raw.destroy();
  // What is still to come is not waited for, and must not be taken for the next request.
  void reply.header('connection', 'close');
  // The end of the connection does not end the body that somebody may be reading; and it must not come before its time.
  request.raw.socket.once('close', () => request.raw.destroy());
  reply.server.refuse(invalid('body', rule), request, reply);
}
