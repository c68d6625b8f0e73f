/** What can be read of invocations, and their cancel. On the native wire. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '@invoq/contract/refusal';
import { isEnded, writtenAsOurs } from '@invoq/contract/invocation';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { callerOf, CurrentCaller } from '../auth/current-caller';
import { Direct } from '../http/direct-routes';
import { dataReply } from '../http/envelope';
import { isKnown, weakTag } from '../http/etag';
import { type Hold, prefer, Preferences, withLarge } from '../http/preferences';
import { RecentAnswers } from '../http/recent-answers';
import { hangUpOf, send } from '../http/send';
import type { DoorReply } from '../http/wire';
import { AuditLog } from '../operations/audit-log';
import { operatorOf } from '../operations/operator';
import { acceptedReply, endedReply } from './answers';
import { callQuery, pageJson } from './find';
import { FindDto } from './find.dto';
import { HeldReads } from './held-reads';
import { CancelDocs, FindDocs, InvocationsDocs, LookupDocs, ReadDocs, ResultDocs } from './invocations.docs';
import type { LookedUp } from './lookup';
import { LookupDto } from './lookup.dto';
import { type ReadRecord, Records } from './records';

/** Read as it came: what is asked for most often goes through no pipe. */
type ReadRequest = FastifyRequest<{ Params: { requestID: string }; Querystring: { wait?: string; include?: string } }>;

@InvocationsDocs()
@Controller('v1/invocations')
export class InvocationsController {
  constructor(
    private readonly records: Records,
    private readonly reads: HeldReads,
    private readonly preferences: Preferences,
    private readonly recent: RecentAnswers,
    private readonly audit: AuditLog,
  ) {}

  /** Lists the calls of the env, newest first: all, or those that fit what is asked. */
  @Get()
  @RequireScope('read')
  @FindDocs()
  async find(
    @Query() query: FindDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const pageQuery = callQuery(query);
    const page = await this.recent.of(request, caller, () => this.records.page(caller, pageQuery));
    send(reply, dataReply(request.id, pageJson(page, pageQuery)));
  }

  /** Tells how an invocation stands, from the moment of its acceptance. `wait` (seconds) holds the answer for its end. */
  @Get(':requestID')
  @RequireScope('read')
  @Direct()
  @ReadDocs()
  async read(@Req() request: ReadRequest, @Res() reply: FastifyReply): Promise<void> {
    const { requestID } = request.params;
    const { include } = request.query;
    if (include !== undefined && include !== 'data') throw invalid('include', 'must be "data"');
    const hold = this.preferences.hold(request, request.query.wait);
    const record = await this.record(request, reply, hold);
    const data = include === undefined ? undefined : await this.records.data(requestID);
    const json = data === undefined ? record.json : `${record.json.slice(0, -1)},"data":${data}}`;
    const answer = dataReply(requestID, json);
    if (record.pollAfterS !== undefined) answer.headers['retry-after'] = String(record.pollAfterS);
    this.answerWith(request, reply, answer, record, hold);
  }

  /** Tells how many invocations stand at once. `wait` (seconds) holds the answer until any of them has ended. */
  @Post('lookup')
  @RequireScope('read', { carrier: 'requestIDs' })
  @HttpCode(200)
  @LookupDocs()
  async lookup(@Body() body: LookupDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const link = { as: 'link', base: this.preferences.base(request) } as const;
    const { waitMs, applied } = this.preferences.hold(request, body.wait === undefined ? undefined : String(body.wait));
    const requestIDs = body.requestIDs.map(writtenAsOurs);
    const found = await this.reads.lookup(callerOf(request), requestIDs, waitMs, hangUpOf(reply), link);
    const answer = dataReply(request.id, lookupJson(found));
    if (applied !== undefined) prefer(answer, applied);
    send(reply, answer);
  }

  /** The very answer that a sync call would have got; 202 while there is none. */
  @Get(':requestID/result')
  @RequireScope('read')
  @Direct()
  @ResultDocs()
  async result(@Req() request: ReadRequest, @Res() reply: FastifyReply): Promise<void> {
    const { requestID } = request.params;
    const hold = this.preferences.hold(request, request.query.wait);
    const record = await this.record(request, reply, hold);
    const ended = isEnded(record.status) && record.envelope !== undefined;
    const answer = ended
      ? endedReply(requestID, record.status, record.envelope!)
      : acceptedReply(record, `${this.preferences.location(request, requestID)}/result`);
    this.answerWith(request, reply, answer, record, hold);
  }

  /** Cancels a call: a waiting call never runs; a running call gets a signal to stop, and is killed soon after. Idempotent. */
  @Post(':requestID/cancel')
  @RequireScope('invoke')
  @HttpCode(200)
  @CancelDocs()
  async cancel(
    @Param('requestID') requestID: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const status = await this.records.cancel(caller, requestID);
    const change = { action: 'invocation.cancel', target: requestID, env: caller.env, details: { status } } as const;
    await this.audit.note(operatorOf(request), change);
    send(
      reply,
      isEnded(status)
        ? dataReply(requestID, JSON.stringify({ status }))
        : acceptedReply({ requestID, status }, this.preferences.location(request, requestID)),
    );
  }

  private record(request: ReadRequest, reply: FastifyReply, { waitMs }: Hold): Promise<ReadRecord> {
    const large = this.preferences.large(request);
    return this.reads.read(callerOf(request), request.params.requestID, waitMs, hangUpOf(reply), large);
  }

  /** 304 when the caller has it already. An address of a large result is another one each time. */
  private answerWith(
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

function lookupJson({ invocations, ...names }: LookedUp): string {
  return `{"invocations":[${invocations.join(',')}],${JSON.stringify(names).slice(1)}`;
}
