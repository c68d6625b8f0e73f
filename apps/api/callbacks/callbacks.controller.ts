/** Routes of callbacks that are of no call. On the native wire. */
import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersWith } from '../openapi/answers-with';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { cursorOf, limitOf, Paged, placeOf } from '../http/pages';
import { hangUpOf } from '../http/send';
import { DeliveryLog } from '../invocations/delivery-log';
import { CallbackTestDto } from './callback-test.dto';
import { CallbackTesting } from './callback-test';

const PLACE = /^\d{1,15} [\da-f-]{36}$/;

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callbacks')
export class CallbacksController {
  constructor(
    private readonly testing: CallbackTesting,
    private readonly log: DeliveryLog,
  ) {}

  /** Lists callbacks that failed and are not delivered since, the newest failure first: 1,000 in each partition. */
  @Get('failing')
  @RequireScope('read')
  @Paged()
  @AnswersWith('FailingCallbacksDto', 'INVALID_REQUEST')
  async failing(
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<Answers['FailingCallbacksDto']> {
    const [at, requestID] = placeOf(cursor, PLACE)?.split(' ') ?? [];
    const after = at === undefined ? undefined : { at: Number(at), requestID };
    const { callbacks, next } = await this.log.failing(caller, limitOf(limit), after);
    return { callbacks, cursor: cursorOf(next && `${next.at} ${next.requestID}`) };
  }

  /** Sends a signed sample to a receiver, once, and tells what came back. */
  @Post('test')
  @RequireScope('invoke')
  @HttpCode(200)
  @AnswersWith('CallbackTestResultDto', 'INVALID_REQUEST', 'RATE_LIMITED', 'OVERLOADED', 'NO_WORKER')
  async test(
    @Body() { url }: CallbackTestDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answers['CallbackTestResultDto']> {
    return this.testing.test(caller, request.id, url, hangUpOf(reply));
  }
}
