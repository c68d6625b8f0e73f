/** Routes that act on calls: purge, bulk, replay; and the log of what operators changed. On the native wire. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Answers } from '@invoq/contract/answers';
import { AUDIT_ACTIONS } from '@invoq/contract/operations/audit';
import type { BulkAnswer } from '@invoq/contract/operations/bulk';
import { invalid } from '@invoq/contract/refusal';
import type { LaneName } from '@invoq/policy/lanes';
import { AcceptsWith, AnswersWith } from '../openapi/answers-with';
import { FleetService } from '../fleet/fleet.service';
import { RequireScope } from '../auth/access';
import { cursorOf, limitOf, Paged, placeOf } from '../http/pages';
import { hangUpOf } from '../http/send';
import { AuditLog, type Operator } from './audit-log';
import { Bulk } from './bulk';
import { BulkDto, PurgeDto } from './operations.dto';
import { bodyOf, CurrentOperator, FleetOperator, queueNamed } from './operator';
import { Replays } from './replays';

const PLACE = /^\d{1,15}-\d{1,20}$/;

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class OperationsController {
  constructor(
    private readonly bulk: Bulk,
    private readonly replays: Replays,
    private readonly audit: AuditLog,
    private readonly fleet: FleetService,
  ) {}

  /** Cancels what waits in a queue, a step at a time: go on with `cursor` until it is null. Key of every env. */
  @Post('queues/:queue/purge')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: PurgeDto, required: false })
  @AnswersWith('BulkAnswerDto', 'INVALID_REQUEST', 'QUEUE_NOT_FOUND')
  async purge(
    @Param('queue') queue: string,
    @Body() body: unknown,
    @FleetOperator() operator: Operator,
  ): Promise<Answers['BulkAnswerDto']> {
    const { lane, dryRun = false, cursor, reason } = bodyOf(body, PurgeDto);
    await this.fleet.mustKnowQueue(operator.caller, queueNamed(queue));
    const lanes = lane === undefined ? undefined : [lane as LaneName];
    const done = await this.bulk.purge(queue, lanes, { dryRun, cursor });
    await this.note(operator, done, { action: 'queue.purge', target: queue, reason, details: { lane } });
    return done;
  }

  /** Cancels or replays many calls of the caller's env, a step at a time: go on with `cursor` until it is null. */
  @Post('invocations/bulk')
  @RequireScope('admin')
  @HttpCode(200)
  @AnswersWith('BulkAnswerDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND')
  async many(
    @Body() body: BulkDto,
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answers['BulkAnswerDto']> {
    const { action, filter = {}, dryRun = false, cursor, reason } = body;
    const step = { dryRun, cursor };
    const { caller } = operator;
    const done =
      action === 'cancel'
        ? await this.bulk.cancelAll(caller, filter, step)
        : await this.bulk.replayAll(caller, filter, step, hangUpOf(reply));
    const details = { action, filter };
    await this.note(operator, done, { action: 'invocations.bulk', target: filter.function ?? '*', reason, details });
    return done;
  }

  /** Does a call that has ended once more, as a new call with the same data. */
  @Post('invocations/:requestID/replay')
  @RequireScope('invoke')
  @HttpCode(202)
  @AcceptsWith('ReplayedDto', 'INVOCATION_NOT_FOUND', 'NOT_REPLAYABLE', 'QUEUE_FULL', 'RATE_LIMITED', 'OVERLOADED')
  async replay(
    @Param('requestID') requestID: string,
    @CurrentOperator() operator: Operator,
  ): Promise<Answers['ReplayedDto']> {
    return this.replays.replay(operator, requestID);
  }

  /** Tells what operators changed, newest first: who, what, when and why, for 30 days. Key of every env. */
  @Get('audit')
  @RequireScope('admin')
  @ApiQuery({ name: 'action', required: false, schema: { type: 'string', enum: [...AUDIT_ACTIONS] } })
  @ApiQuery({ name: 'since', required: false, schema: { type: 'string', format: 'date-time' } })
  @ApiQuery({ name: 'until', required: false, schema: { type: 'string', format: 'date-time' } })
  @Paged()
  @AnswersWith('AuditPageDto', 'INVALID_REQUEST')
  async log(
    @Query('action') action: string | undefined,
    @Query('since') since: string | undefined,
    @Query('until') until: string | undefined,
    @Query('limit') limit: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @FleetOperator() _operator: Operator,
  ): Promise<Answers['AuditPageDto']> {
    const { entries, next } = await this.audit.read({
      action: actionOf(action),
      from: timeOf('since', since),
      to: timeOf('until', until),
      limit: limitOf(limit),
      before: placeOf(cursor, PLACE),
    });
    return { entries, cursor: cursorOf(next) };
  }

  /** What was done, with its counts. A dry run changes nothing, and is not written down. */
  private async note(
    operator: Operator,
    { dryRun, matched, done, refused }: BulkAnswer,
    change: Parameters<AuditLog['write']>[1],
  ): Promise<void> {
    if (dryRun) return;
    const env = change.action === 'invocations.bulk' ? operator.caller.env : undefined;
    const details = { ...change.details, matched, done, refused };
    await this.audit.write(operator, { ...change, env, details });
  }
}

function actionOf(text: string | undefined): (typeof AUDIT_ACTIONS)[number] | undefined {
  const found = AUDIT_ACTIONS.find((action) => action === text);
  if (text !== undefined && !found) throw invalid('action', `must be one of ${AUDIT_ACTIONS.join(', ')}`);
  return found;
}

function timeOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (text.length > 40 || Number.isNaN(time) || time < 0)
    throw invalid(field, 'must be a time such as 2026-11-21T10:00:00Z');
  return time;
}
