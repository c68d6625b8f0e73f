/**
 * `POST /v1/blobs` and `GET /v1/blobs/{id}`: a scope of their own, in which bodies are streams of any type, of a size and
 * a duration of their own.
 */
import { finished, type Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { single } from '../http/headers';
import { dataReply, refusalReply } from '../http/envelope';
import { UPLOAD_MS } from '../http/body-time';
import type { Faults } from '../http/faults';
import { mustBeUnpacked } from '../http/json-body';
import { callerOf } from '../auth/current-caller';
import { send } from '../http/send';
import type { Admission } from '../invocations/admission';
import type { Blobs } from './blobs';
import { rateLimitHeaders } from '../http/rate-limit-headers';
import { publicUrl } from '../http/public-url';
import { parseRange } from './range';

export interface BlobRoutesOptions {
  publicUrl: string | undefined;
  /** Of uploads, bytes in a second; 0: none. */
  minUploadSpeed: number;
}

const MAX_TYPE_LENGTH = 255;
/** Most clients hear an answer only when they have sent everything; for so long they are let send, ms. */
const DRAIN_MS = 5_000;
/** What others have uploaded must not act in the name of this origin, whatever type it says it is. */
const HARMLESS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, max-age=3600, immutable',
  'accept-ranges': 'bytes',
};

interface Download {
  Params: { id: string };
  Querystring: { expires?: string | string[]; signature?: string | string[] };
}

export class BlobRoutes {
  constructor(
    private readonly blobs: Blobs,
    private readonly admission: Admission,
    private readonly faults: Faults,
    private readonly options: BlobRoutesOptions,
  ) {}

  /** Before the server listens. */
  serveOn(fastify: FastifyInstance): void {
    void fastify.register(async (scope: FastifyInstance) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      scope.setErrorHandler((error: FastifyError, request, reply) => this.refuse(error, request, reply));
      const slow = { bodyTimeMs: UPLOAD_MS, leastBytesPerS: this.options.minUploadSpeed };
      const upload = { config: { access: 'invoke' as const, anyType: true, ...slow } };
      // Whoever has the signed address may read what it names.
      const download = { config: { access: 'public' as const }, exposeHeadRoute: false };
      scope.post('/v1/blobs', upload, (request, reply) => this.upload(request, reply));
      scope.get<Download>('/v1/blobs/:id', download, (request, reply) => this.download(request, reply));
    });
  }

  private async upload(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    const quotas = await this.admission.admit(caller);
    const contentType = this.checked(request);
    const base = publicUrl(this.options.publicUrl, request);
    // A body that is given up must not take its connection with it: there is an answer to come.
    const body = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
    const said = request.headers['content-length'];
    const what = { contentType, saidBytes: said === undefined ? undefined : Number(said) };
    const link = await this.blobs.keep(caller, body, what, base);
    const told = dataReply(request.id, JSON.stringify(link));
    send(reply, { ...told, status: 201, headers: { ...told.headers, ...rateLimitHeaders(quotas) } });
    return reply;
  }

  private async download(request: FastifyRequest<Download>, reply: FastifyReply): Promise<FastifyReply> {
    const { id } = request.params;
    const { expires, signature } = request.query;
    const { contentType, bytes } = await this.blobs.about(id, single(expires) ?? '', single(signature) ?? '');
    const range = parseRange(request.headers.range, bytes);
    void reply.headers({ ...HARMLESS, 'content-type': contentType });
    if (range === 'beyond') return reply.status(416).header('content-range', `bytes */${bytes}`).send();
    // Whoever has the address needs no key.
    const { body } = await this.blobs.open(request.ip, id, range);
    if (range) void reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${bytes}`);
    // Fastify destroys the stream when the caller goes away.
    return reply.header('content-length', range ? range.end - range.start + 1 : bytes).send(body);
  }

  /** What can be known before the first byte of the body; answers its type. */
  private checked({ headers }: FastifyRequest): string {
    mustBeUnpacked(headers['content-encoding']);
    if (Number(headers['content-length'] ?? 0) > this.blobs.maxBytes) {
      throw new Refusal('PAYLOAD_TOO_LARGE', `An upload may have ${this.blobs.maxBytes} bytes.`);
    }
    const contentType = headers['content-type'] ?? 'application/octet-stream';
    if (contentType.length <= MAX_TYPE_LENGTH) return contentType;
    const rule = `must be at most ${MAX_TYPE_LENGTH} characters`;
    throw invalid('Content-Type', rule);
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // Who hung up in the middle of an upload hears nothing, and it is nobody's fault.
    if (request.raw.destroyed && !request.raw.complete) return void reply.hijack();
    const refusal = this.faults.refusalOf(error, request.id);
    const refused = refusalReply(refusal, request.id);
    Object.assign(refused.headers, rateLimitHeaders(refusal.quotas));
    void drained(request.raw, DRAIN_MS).then((isWhole) => {
      // What is still to come must not be taken for the next request.
      if (!isWhole) refused.headers.connection = 'close';
      send(reply, refused);
    });
  }
}

/** Lets a body that nobody wants go by. False: there was more of it than time. */
function drained(body: Readable, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, false);
    finished(body, { writable: false }, () => {
      clearTimeout(timer);
      resolve(true);
    });
    body.resume();
  });
}
