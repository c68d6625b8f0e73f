/** What happens to an invocation as it happens, and what its function prints. On the native wire. */
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '@invoq/contract/refusal';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { single } from '../http/headers';
import { Preferences } from '../http/preferences';
import { send } from '../http/send';
import { sendStream } from '../http/send-stream';
import { HeldReads } from './held-reads';
import { EventsDocs, InvocationsDocs, LogsDocs } from './invocations.docs';
import { bytesRead, EVENT_STREAM, eventTexts, LIVE_LOG, logTexts, placeOf } from './live';
import { Records } from './records';

@InvocationsDocs()
@Controller('v1/invocations/:requestID')
export class LiveController {
  constructor(
    private readonly records: Records,
    private readonly reads: HeldReads,
    private readonly preferences: Preferences,
  ) {}

  /** Tells what happens to an invocation as it happens, to its end: status, progress and log lines, as server-sent events. */
  @Get('events')
  @RequireScope('read')
  @EventsDocs()
  async events(
    @Param('requestID') requestID: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = placeOf(single(request.headers['last-event-id']));
    const large = this.preferences.largeLink(request);
    const { events, close } = await this.reads.follow(caller, requestID, from, large);
    if (from?.isOver) {
      close();
      // By the standard this tells an EventSource to come back no more.
      return send(reply, { status: 204, headers: { 'x-request-id': requestID }, body: '' });
    }
    sendStream(reply, { ...EVENT_STREAM, 'x-request-id': requestID }, eventTexts(events), close);
  }

  /** What the function printed, a line of JSON for each line it wrote. `follow=true`: and what it prints, to the end. */
  @Get('logs')
  @RequireScope('read')
  @LogsDocs()
  async logs(
    @Param('requestID') requestID: string,
    @Query('follow') follow: string | undefined,
    @Query('from') from: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const log = bytesRead(from);
    if (isTrue('follow', follow)) {
      const { events, close } = await this.reads.follow(caller, requestID, { changes: 0, progressed: 0, log });
      return sendStream(reply, { ...LIVE_LOG, 'x-request-id': requestID }, logTexts(events), close);
    }
    const headers = { 'content-type': LIVE_LOG['content-type'], 'x-request-id': requestID };
    send(reply, { status: 200, headers, body: await this.records.logs(caller, requestID, log) });
  }
}

function isTrue(field: string, value: string | undefined): boolean {
  const text = value?.toLowerCase() ?? 'false';
  if (text === 'false') return false;
  if (text === 'true') return true;
  throw invalid(field, 'must be true or false');
}
