/** Routes of the native API. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '@invoq/contract/refusal';
import type { KnownFunction } from '@invoq/contract/function';
import { isEnded, writtenAsOurs } from '@invoq/contract/invocation';
import { RequireScope } from '../../auth/access';
import { isKnown, weakTag } from '../../http/etag';
import { callerOf } from '../../auth/current-caller';
import { doorRequest, hangUpOf, send } from '../../http/send';
import { sendStream } from '../../http/send-stream';
import type { DoorReply } from '../../http/wire';
import { Gateway } from '../gateway';
import { single } from '../../http/headers';
import { NativeBatch } from './batch';
import { BatchDto } from './batch.dto';
import { callQuery, pageJson } from './find';
import { FindDto } from './find.dto';
import { bytesRead, EVENT_STREAM, eventTexts, LIVE_LOG, logTexts, placeOf } from './live';
import { InvokeDto } from './invoke.dto';
import { LookupDto } from './lookup.dto';
import {
  BatchDocs,
  CancelDocs,
  EventsDocs,
  FindDocs,
  InvokeDocs,
  ListDocs,
  LogsDocs,
  LookupDocs,
  NativeDocs,
  ReadDocs,
  ResultDocs,
} from './native.docs';
import { acceptedReply, endedReply, NativeDoor, prefer, withLarge } from './native.door';
import { dataReply } from '../../http/envelope';

/** Read as it came: what is asked for most often goes through no pipe. */
type ReadRequest = FastifyRequest<{ Params: { requestID: string }; Querystring: { wait?: string; include?: string } }>;

@NativeDocs()
@Controller('v1')
export class NativeController {
  constructor(
    private readonly gateway: Gateway,
    private readonly door: NativeDoor,
  ) {}

  /** Calls a function and waits for its result, or (with `sync: false`) gets a requestID at once. */
  @Post('functions/:name/invocations')
  @RequireScope('invoke', { carrier: 'data', raw: true, callsNamed: true })
  @HttpCode(200)
  @InvokeDocs()
  async invoke(@Body() body: InvokeDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.gateway.serve(this.door, callerOf(request), doorRequest(request, body), hangUpOf(reply)));
  }

  /** Hands many calls of one function over in one request: each gets a requestID, or a refusal of its own. */
  @Post('functions/:name/invocations/batch')
  @RequireScope('invoke', { carrier: 'items', raw: true, callsNamed: true })
  @HttpCode(200)
  @BatchDocs()
  async batch(@Body() body: BatchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.gateway.serveAll(new NativeBatch(this.door), callerOf(request), doorRequest(request, body)));
  }

  /** Lists the functions of the caller's env, as their workers published them. */
  @Get('functions')
  @RequireScope('read')
  @ListDocs()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const functions = (await this.gateway.list(callerOf(request))).map(listed);
    send(reply, dataReply(request.id, JSON.stringify({ functions })));
  }

  /** Lists the calls of the env, newest first: all, or those that fit what is asked. */
  @Get('invocations')
  @RequireScope('read')
  @FindDocs()
  async find(@Query() query: FindDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const wish = callQuery(query);
    send(reply, dataReply(request.id, pageJson(await this.gateway.find(callerOf(request), wish), wish)));
  }

  /** Tells how an invocation stands, from the moment of its acceptance. `wait` (seconds) holds the answer for its end. */
  @Get('invocations/:requestID')
  @RequireScope('read')
  @ReadDocs()
  async read(@Req() request: ReadRequest, @Res() reply: FastifyReply): Promise<void> {
    const { requestID } = request.params;
    const { include } = request.query;
    if (include !== undefined && include !== 'data') throw invalid('include', 'must be "data"');
    const { record, hold } = await this.record(request, reply);
    const data = include === undefined ? undefined : await this.gateway.data(requestID);
    const json = data === undefined ? record.json : `${record.json.slice(0, -1)},"data":${data}}`;
    const answer = dataReply(requestID, json);
    if (record.pollAfterS !== undefined) answer.headers['retry-after'] = String(record.pollAfterS);
    this.tell(request, reply, answer, record, hold);
  }

  /** Tells how many invocations stand at once. `wait` (seconds) holds the answer until any of them has ended. */
  @Post('invocations/lookup')
  @RequireScope('read', { carrier: 'requestIDs' })
  @HttpCode(200)
  @LookupDocs()
  async lookup(@Body() body: LookupDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const link = { as: 'link', base: this.door.base(request) } as const;
    const { waitMs, applied } = this.door.hold(request, body.wait === undefined ? undefined : String(body.wait));
    const requestIDs = body.requestIDs.map(writtenAsOurs);
    const found = await this.gateway.lookup(callerOf(request), requestIDs, waitMs, hangUpOf(reply), link);
    const answer = dataReply(request.id, lookupJson(found));
    if (applied !== undefined) prefer(answer, applied);
    send(reply, answer);
  }

  /** The very answer that a sync call would have got; 202 while there is none. */
  @Get('invocations/:requestID/result')
  @RequireScope('read')
  @ResultDocs()
  async result(@Req() request: ReadRequest, @Res() reply: FastifyReply): Promise<void> {
    const { requestID } = request.params;
    const { record, hold } = await this.record(request, reply);
    const ended = isEnded(record.status) && record.envelope !== undefined;
    const answer = ended
      ? endedReply(requestID, record.status, record.envelope!)
      : acceptedReply(record, `${this.door.location(request, requestID)}/result`);
    this.tell(request, reply, answer, record, hold);
  }

  /** Cancels: what waits never runs; what runs is told to stop, and killed soon after. Ask as often as you like. */
  @Post('invocations/:requestID/cancel')
  @RequireScope('invoke')
  @HttpCode(200)
  @CancelDocs()
  async cancel(
    @Param('requestID') requestID: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const status = await this.gateway.cancel(callerOf(request), requestID);
    send(
      reply,
      isEnded(status)
        ? dataReply(requestID, JSON.stringify({ status }))
        : acceptedReply({ requestID, status }, this.door.location(request, requestID)),
    );
  }

  /** Tells what happens to an invocation as it happens, to its end: status, progress and log lines, as server-sent events. */
  @Get('invocations/:requestID/events')
  @RequireScope('read')
  @EventsDocs()
  async events(
    @Param('requestID') requestID: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = placeOf(single(request.headers['last-event-id']));
    const large = this.door.largeLink(request);
    const { events, close } = await this.gateway.follow(callerOf(request), requestID, from, large);
    if (from?.isOver) {
      close();
      // By the standard this tells an EventSource to come back no more.
      return send(reply, { status: 204, headers: { 'x-request-id': requestID }, body: '' });
    }
    sendStream(reply, { ...EVENT_STREAM, 'x-request-id': requestID }, eventTexts(events), close);
  }

  /** What the function printed, a line of JSON for each line it wrote. `follow=true`: and what it prints, to the end. */
  @Get('invocations/:requestID/logs')
  @RequireScope('read')
  @LogsDocs()
  async logs(
    @Param('requestID') requestID: string,
    @Query('follow') follow: string | undefined,
    @Query('from') from: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const log = bytesRead(from);
    if (isTrue('follow', follow)) {
      const { events, close } = await this.gateway.follow(callerOf(request), requestID, {
        changes: 0,
        progressed: 0,
        log,
      });
      return sendStream(reply, { ...LIVE_LOG, 'x-request-id': requestID }, logTexts(events), close);
    }
    const headers = { 'content-type': LIVE_LOG['content-type'], 'x-request-id': requestID };
    send(reply, { status: 200, headers, body: await this.gateway.logs(callerOf(request), requestID, log) });
  }

  private async record(request: ReadRequest, reply: FastifyReply): Promise<{ record: ReadRecord; hold: Hold }> {
    const { params, query } = request;
    const hold = this.door.hold(request, query.wait);
    const large = this.door.large(request);
    const caller = callerOf(request);
    const record = await this.gateway.read(caller, params.requestID, hold.waitMs, hangUpOf(reply), large);
    return { record, hold };
  }

  /** 304 when the caller has it already. An address of a large result is another one each time. */
  private tell(
    { headers }: ReadRequest,
    reply: FastifyReply,
    answer: DoorReply,
    { tag, large }: ReadRecord,
    { applied }: Hold,
  ): void {
    if (applied !== undefined) prefer(answer, applied);
    if (large?.as === 'link') return send(reply, withLarge(answer, large));
    answer.headers.etag = weakTag(tag);
    if (!isKnown(headers, tag)) return send(reply, withLarge(answer, large));
    large?.body.destroy();
    const { 'content-type': _, ...rest } = answer.headers;
    send(reply, { status: 304, headers: rest, body: '' });
  }
}

type Hold = ReturnType<NativeDoor['hold']>;
type ReadRecord = Awaited<ReturnType<Gateway['read']>>;
type LookedUp = Awaited<ReturnType<Gateway['lookup']>>;

function lookupJson({ invocations, ...names }: LookedUp): string {
  return `{"invocations":[${invocations.join(',')}],${JSON.stringify(names).slice(1)}`;
}

/** Times are told as in every other answer. */
function listed({ unservedSince, ...spec }: KnownFunction): object {
  return unservedSince === undefined ? spec : { ...spec, unservedSince: new Date(unservedSince).toISOString() };
}

function isTrue(field: string, value: string | undefined): boolean {
  const text = value?.toLowerCase() ?? 'false';
  if (text === 'false') return false;
  if (text === 'true') return true;
  const rule = 'must be true or false';
  throw invalid(field, rule);
}
