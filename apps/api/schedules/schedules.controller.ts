/** Routes of the schedules. On the native wire; another env's are answered like unknown ones. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '@invoq/contract/refusal';
import { MAX_SCHEDULE_DATA, SCHEDULE_ID } from '@invoq/contract/schedule';
import { RequireScope } from '../http/access';
import { AnswersWith } from '../openapi/answers-with';
import { dataReply } from '../http/envelope';
import { callerOf } from '../http/identify';
import { send } from '../http/send';
import { NextRunsDto, ScheduleAnswerDto, ScheduleDeletedDto, SchedulesDto } from './schedule-answers.dto';
import { ScheduleDto } from './schedule.dto';
import { Schedules } from './schedules';

const DEFAULT_LIMIT = 100;
/** Longer than that of any id. */
const MAX_CURSOR = 100;

@ApiTags('schedules')
@ApiBearerAuth()
@Controller('v1/schedules')
export class SchedulesController {
  constructor(private readonly schedules: Schedules) {}

  /** Lists those of the env, by id and without their data, a page at a time. */
  @Get()
  @RequireScope('read')
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 1_000, default: DEFAULT_LIMIT },
  })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' }, description: 'Of the page before.' })
  @AnswersWith(SchedulesDto, 'INVALID_REQUEST')
  async list(
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const { schedules, next } = await this.schedules.list(caller, limitOf(limit), placeOf(cursor));
    answer(request, reply, { schedules, cursor: next === undefined ? null : Buffer.from(next).toString('base64url') });
  }

  /** Shows one: what was asked for, when it is due, and what came of its last run. */
  @Get(':id')
  @RequireScope('read')
  @AnswersWith(ScheduleAnswerDto, 'SCHEDULE_NOT_FOUND')
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    answer(request, reply, await this.schedules.get(callerOf(request), id));
  }

  /** Makes a schedule, or puts another in its place. */
  @Put(':id')
  @RequireScope('admin', { carrier: 'data', carrierBytes: MAX_SCHEDULE_DATA })
  @AnswersWith(ScheduleAnswerDto, 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'STORE_FULL')
  async put(
    @Param('id') id: string,
    @Body() body: ScheduleDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    answer(request, reply, await this.schedules.put(callerOf(request), id, body));
  }

  /** What runs goes on to its end. */
  @Delete(':id')
  @RequireScope('admin')
  @AnswersWith(ScheduleDeletedDto, 'SCHEDULE_NOT_FOUND')
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.schedules.delete(callerOf(request), id);
    answer(request, reply, { deleted: true });
  }

  /** Nothing of it is due until it is resumed; asked for again it stays so. */
  @Post(':id/pause')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith(ScheduleAnswerDto, 'SCHEDULE_NOT_FOUND')
  async pause(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    answer(request, reply, await this.schedules.pause(callerOf(request), id, true));
  }

  /** From now on: runs that were due while it was paused are not made up for. */
  @Post(':id/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith(ScheduleAnswerDto, 'SCHEDULE_NOT_FOUND')
  async resume(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    answer(request, reply, await this.schedules.pause(callerOf(request), id, false));
  }

  /** The times of its next runs, also of a paused one as if it were resumed now. */
  @Get(':id/next')
  @RequireScope('read')
  @ApiQuery({ name: 'count', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 5 } })
  @AnswersWith(NextRunsDto, 'SCHEDULE_NOT_FOUND', 'INVALID_REQUEST', 'OVERLOADED')
  async next(
    @Param('id') id: string,
    @Query('count') count: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    answer(request, reply, { runs: await this.schedules.next(caller, id, countOf(count)) });
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, data: object): void {
  send(reply, dataReply(request.id, JSON.stringify(data)));
}

function countOf(text = '5'): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  throw invalid('count', 'must be a whole number from 1 to 100');
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^([1-9]\d{0,2}|1000)$/.test(text)) return Number(text);
  throw invalid('limit', 'must be a whole number from 1 to 1000');
}

/** Opaque to callers: the id at which the page before ended. */
function placeOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = cursor.length <= MAX_CURSOR ? Buffer.from(cursor, 'base64url').toString() : '';
  if (SCHEDULE_ID.test(id)) return id;
  throw invalid('cursor', 'must be the cursor of a page before');
}
