/** Routes of the schedules. On the native wire; another env's are answered like unknown ones. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditAction } from '@invoq/contract/operations/audit';
import { invalid } from '@invoq/contract/refusal';
import { MAX_SCHEDULE_DATA, SCHEDULE_ID } from '@invoq/contract/schedule';
import { RequireScope } from '../auth/access';
import { answer } from '../http/answer';
import { AnswersWith } from '../openapi/answers-with';
import { callerOf } from '../auth/current-caller';
import { cursorOf, limitOf, Paged, placeOf } from '../http/pages';
import { AuditLog } from '../operations/audit-log';
import { operatorOf } from '../operations/operator';
import { NextRunsDto, ScheduleAnswerDto, ScheduleDeletedDto, SchedulesDto } from './schedule-answers.dto';
import { ScheduleDto } from './schedule.dto';
import { Schedules } from './schedules';

@ApiTags('schedules')
@ApiBearerAuth()
@Controller('v1/schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: Schedules,
    private readonly audit: AuditLog,
  ) {}

  /** Lists those of the env, by id and without their data, a page at a time. */
  @Get()
  @RequireScope('read')
  @Paged()
  @AnswersWith(SchedulesDto, 'INVALID_REQUEST')
  async list(
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const { schedules, next } = await this.schedules.list(caller, limitOf(limit), placeOf(cursor, SCHEDULE_ID));
    answer(request, reply, { schedules, cursor: cursorOf(next) });
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
    const schedule = await this.schedules.put(callerOf(request), id, body);
    await this.note(request, 'schedule.put', id, { function: body.function });
    answer(request, reply, schedule);
  }

  /** What runs goes on to its end. */
  @Delete(':id')
  @RequireScope('admin')
  @AnswersWith(ScheduleDeletedDto, 'SCHEDULE_NOT_FOUND')
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.schedules.delete(callerOf(request), id);
    await this.note(request, 'schedule.delete', id);
    answer(request, reply, { deleted: true });
  }

  /** Nothing of it is due until it is resumed; asked for again it stays so. */
  @Post(':id/pause')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith(ScheduleAnswerDto, 'SCHEDULE_NOT_FOUND')
  async pause(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const schedule = await this.schedules.pause(callerOf(request), id, true);
    await this.note(request, 'schedule.pause', id);
    answer(request, reply, schedule);
  }

  /** From now on: runs that were due while it was paused are not made up for. */
  @Post(':id/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith(ScheduleAnswerDto, 'SCHEDULE_NOT_FOUND')
  async resume(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const schedule = await this.schedules.pause(callerOf(request), id, false);
    await this.note(request, 'schedule.resume', id);
    answer(request, reply, schedule);
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

  private async note(
    request: FastifyRequest,
    action: AuditAction,
    target: string,
    details?: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.note(operatorOf(request), { action, target, env: callerOf(request).env, details });
  }
}

function countOf(text = '5'): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  throw invalid('count', 'must be a whole number from 1 to 100');
}
