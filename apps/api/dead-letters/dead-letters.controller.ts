/** Routes of the dead letters: async calls that failed for good. On the native wire. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answers } from '@invoq/contract/answers';
import { writtenAsOurs } from '@invoq/contract/invocation';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { Refusal } from '@invoq/contract/refusal';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { AnswersWith } from '../openapi/answers-with';
import { dataReply } from '../http/envelope';
import { callerOf } from '../auth/current-caller';
import { cursorOf, limitOf, Paged, placeOf } from '../http/pages';
import { hangUpOf, send } from '../http/send';
import { Records } from '../invocations/records';
import { AuditLog, type Operator } from '../operations/audit-log';
import { CurrentOperator } from '../operations/operator';
import { DeadLetterService } from './dead-letter.service';
import { LettersDto } from './dead-letters.dto';

const PLACE = /^\d{13}\/[0-9a-f-]{36}$/;

@ApiTags('dead letters')
@ApiBearerAuth()
@Controller('v1/functions/:name/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetterService,
    private readonly records: Records,
    private readonly audit: AuditLog,
  ) {}

  /** Lists those of a function, newest first, with the error of each, and how many there are. */
  @Get()
  @RequireScope('read')
  @Paged()
  @AnswersWith('DeadLettersPageDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND')
  async list(
    @Param('name') name: string,
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<Answers['DeadLettersPageDto']> {
    const caller = callerFor(request, name);
    const page = await this.letters.list(caller, name, limitOf(limit), placeOf(cursor, PLACE));
    const letters = page.letters.map((letter) => ({
      ...letter,
      queuedAt: new Date(letter.queuedAt).toISOString(),
      diedAt: new Date(letter.diedAt).toISOString(),
    }));
    return { letters, total: page.total, cursor: cursorOf(page.next) };
  }

  /** Shows one: the invocation as it ended, all its attempts, and the data that it was called with. */
  @Get(':requestID')
  @RequireScope('read')
  @AnswersWith('InspectedLetterDto', 'INVOCATION_NOT_FOUND', 'FUNCTION_NOT_FOUND')
  async inspect(
    @Param('name') name: string,
    @Param('requestID') requestID: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerFor(request, name);
    const data = await this.letters.dataOf(caller, name, requestID);
    const { json } = await this.records.now(caller, requestID);
    const kept = data === undefined ? '' : `,"data":${data}`;
    send(reply, dataReply(request.id, `{"invocation":${json}${kept}}`));
  }

  /** Does them again, each as a new call with a requestID of its own and `replayOf`; each is replayed once at most. */
  @Post('replay')
  @RequireScope('invoke')
  @HttpCode(200)
  @AnswersWith('ReplaysDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND')
  async replay(
    @Param('name') name: string,
    @Body() body: LettersDto,
    @CurrentOperator() operator: Operator,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answers['ReplaysDto']> {
    const caller = callerFor(request, name);
    const { replays, left = null } = await this.letters.replay(
      caller,
      name,
      body.requestIDs?.map(writtenAsOurs),
      hangUpOf(reply),
    );
    const done = replays.filter(({ refused }) => refused === undefined).length;
    const details = { done, refused: replays.length - done };
    await this.audit.note(operator, {
      action: 'deadLetters.replay',
      target: name,
      env: caller.env,
      details,
    });
    return { replays, left };
  }

  /** Takes them off the list for good: all, or the ones with the requestIDs of `requestID=…,…`. */
  @Delete()
  @RequireScope('admin')
  @ApiQuery({
    name: 'requestID',
    required: false,
    schema: { type: 'string' },
    description: 'Several with commas in between; all without it.',
  })
  @AnswersWith('PurgedDto', 'FUNCTION_NOT_FOUND')
  async purge(
    @Param('name') name: string,
    @Query('requestID') ids: string | undefined,
    @CurrentOperator() operator: Operator,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answers['PurgedDto']> {
    const caller = callerFor(request, name);
    const purged = await this.letters.purge(caller, name, ids?.split(',').map(writtenAsOurs), hangUpOf(reply));
    const details = { purged };
    await this.audit.note(operator, { action: 'deadLetters.purge', target: name, env: caller.env, details });
    return { purged };
  }
}

function callerFor(request: FastifyRequest, name: string): Caller {
  if (!FUNCTION_NAME.test(name)) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}".`);
  return callerOf(request);
}
