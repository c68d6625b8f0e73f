/** Routes of the schedules. On the native wire; another env's are answered like unknown ones. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import type { AuditAction } from '@invoq/contract/operations/audit';
import { invalid } from '@invoq/contract/refusal';
import { MAX_SCHEDULE_DATA, SCHEDULE_ID } from '@invoq/contract/schedule';
import { RequireScope } from '../auth/access';
import { AnswersWith } from '../openapi/answers-with';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { cursorOf, limitOf, Paged, placeOf } from '../http/pages';
import { AuditLog, type Operator } from '../operations/audit-log';
import { CurrentOperator } from '../operations/operator';
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
  @AnswersWith('SchedulesDto', 'INVALID_REQUEST')
  async list(
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<Answers['SchedulesDto']> {
    const { schedules, next } = await this.schedules.list(caller, limitOf(limit), placeOf(cursor, SCHEDULE_ID));
    return { schedules, cursor: cursorOf(next) };
  }

  /** Shows one: what was asked for, when it is due, and what came of its last run. */
  @Get(':id')
  @RequireScope('read')
  @AnswersWith('ScheduleAnswerDto', 'SCHEDULE_NOT_FOUND')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answers['ScheduleAnswerDto']> {
    return this.schedules.get(caller, id);
  }

  /** Makes a schedule, or puts another in its place. */
  @Put(':id')
  @RequireScope('admin', { carrier: 'data', carrierBytes: MAX_SCHEDULE_DATA })
  @AnswersWith('ScheduleAnswerDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'STORE_FULL')
  async put(
    @Param('id') id: string,
    @Body() body: ScheduleDto,
    @CurrentOperator() operator: Operator,
  ): Promise<Answers['ScheduleAnswerDto']> {
    const schedule = await this.schedules.put(operator.caller, id, body);
    await this.note(operator, 'schedule.put', id, { function: body.function });
    return schedule;
  }

  /** What runs goes on to its end. */
  @Delete(':id')
  @RequireScope('admin')
  @AnswersWith('ScheduleDeletedDto', 'SCHEDULE_NOT_FOUND')
  async delete(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<Answers['ScheduleDeletedDto']> {
    await this.schedules.delete(operator.caller, id);
    await this.note(operator, 'schedule.delete', id);
    return { deleted: true };
  }

  /** Nothing of it is due until it is resumed; asked for again it stays so. */
  @Post(':id/pause')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith('ScheduleAnswerDto', 'SCHEDULE_NOT_FOUND')
  async pause(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<Answers['ScheduleAnswerDto']> {
    const schedule = await this.schedules.pause(operator.caller, id, true);
    await this.note(operator, 'schedule.pause', id);
    return schedule;
  }

  /** From now on: runs that were due while it was paused are not made up for. */
  @Post(':id/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith('ScheduleAnswerDto', 'SCHEDULE_NOT_FOUND')
  async resume(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<Answers['ScheduleAnswerDto']> {
    const schedule = await this.schedules.pause(operator.caller, id, false);
    await this.note(operator, 'schedule.resume', id);
    return schedule;
  }

  /** The times of its next runs, also of a paused one as if it were resumed now. */
  @Get(':id/next')
  @RequireScope('read')
  @ApiQuery({ name: 'count', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 5 } })
  @AnswersWith('NextRunsDto', 'SCHEDULE_NOT_FOUND', 'INVALID_REQUEST', 'OVERLOADED')
  async next(
    @Param('id') id: string,
    @Query('count') count: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<Answers['NextRunsDto']> {
    return { runs: await this.schedules.next(caller, id, countOf(count)) };
  }

  private async note(
    operator: Operator,
    action: AuditAction,
    target: string,
    details?: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.note(operator, { action, target, env: operator.caller.env, details });
  }
}

function countOf(text = '5'): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  throw invalid('count', 'must be a whole number from 1 to 100');
}
