/** `POST /v1/blobs` and `GET /v1/blobs/{id}`: bodies of any type, which are read and sent as they come. */
import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { Public, RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { dataReply } from '../http/envelope';
import { single } from '../http/headers';
import { mustBeUnpacked } from '../http/json-body';
import { publicUrl } from '../http/public-url';
import { rateLimitHeaders } from '../http/rate-limit-headers';
import { send } from '../http/send';
import { Admission } from '../invocations/admission';
import { SETTINGS } from '../process/tokens';
import type { ApiSettings } from '../settings';
import { Blobs } from './blobs';
import { parseRange } from './range';

const MAX_TYPE_LENGTH = 255;
/** What others have uploaded must not act in the name of this origin, whatever type it says it is. */
const HARMLESS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, max-age=3600, immutable',
  'accept-ranges': 'bytes',
};

/** Described by hand (blob.docs.ts), as their bodies are bytes. */
@ApiExcludeController()
@Controller('v1/blobs')
export class BlobsController {
  constructor(
    private readonly blobs: Blobs,
    private readonly admission: Admission,
    @Inject(SETTINGS) private readonly settings: Pick<ApiSettings, 'publicUrl'>,
  ) {}

  /** Keeps a large field of a call to come. */
  @Post()
  @RequireScope('invoke', { upload: true })
  @HttpCode(201)
  async upload(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const quotas = await this.admission.admit(caller);
    const contentType = this.checked(request);
    const base = publicUrl(this.settings.publicUrl, request);
    // A body that is given up must not take its connection with it: there is an answer to come.
    const body = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
    const said = request.headers['content-length'];
    const what = { contentType, saidBytes: said === undefined ? undefined : Number(said) };
    const link = await this.blobs.keep(caller, body, what, base);
    const answer = dataReply(request.id, JSON.stringify(link));
    send(reply, { ...answer, status: 201, headers: { ...answer.headers, ...rateLimitHeaders(quotas) } });
  }

  /** Whoever has the signed address may read what it names. */
  @Get(':id')
  @Public()
  async download(
    @Param('id') id: string,
    @Query('expires') expires: string | string[] | undefined,
    @Query('signature') signature: string | string[] | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { contentType, bytes } = await this.blobs.about(id, single(expires) ?? '', single(signature) ?? '');
    const range = parseRange(request.headers.range, bytes);
    void reply.headers({ ...HARMLESS, 'content-type': contentType });
    if (range === 'beyond') return void reply.status(416).header('content-range', `bytes */${bytes}`).send();
    if (range) void reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${bytes}`);
    void reply.header('content-length', range ? range.end - range.start + 1 : bytes);
    // Nothing to send would be sent as a length of 0.
    if (request.method === 'HEAD') return void reply.send(Readable.from([]));
    // Whoever has the address needs no key. Fastify destroys the stream when the caller goes away.
    const { body } = await this.blobs.open(request.ip, id, range);
    void reply.send(body);
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
}
