/** Routes of callbacks that are of no call. On the native wire. */
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersWith } from '../openapi/answers-with';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { hangUpOf } from '../http/send';
import { CallbackTestDto, CallbackTestResultDto } from './callback-test.dto';
import { CallbackTesting } from './callback-test';

@ApiTags('callbacks')
@ApiBearerAuth()
@Controller('v1/callbacks')
export class CallbacksController {
  constructor(private readonly testing: CallbackTesting) {}

  /** Sends a signed sample to a receiver, once, and tells what came back. */
  @Post('test')
  @RequireScope('invoke')
  @HttpCode(200)
  @AnswersWith(CallbackTestResultDto, 'INVALID_REQUEST', 'RATE_LIMITED', 'OVERLOADED', 'NO_WORKER')
  async test(
    @Body() { url }: CallbackTestDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    return this.testing.test(caller, request.id, url, hangUpOf(reply));
  }
}
