/** Routes of the fleet: its workers, its queues, and functions that nobody serves any more. On the native wire. */
import { Controller, Delete, Get, Param, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Answers } from '@invoq/contract/answers';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { LANES } from '@invoq/policy/lanes';
import { AnswersWith } from '../openapi/answers-with';
import { RequireScope } from '../auth/access';
import { RecentAnswers } from '../http/recent-answers';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { AuditLog, type Operator } from '../operations/audit-log';
import { CurrentOperator } from '../operations/operator';
import { FleetService } from './fleet.service';

@ApiTags('fleet')
@ApiBearerAuth()
@Controller('v1')
export class FleetController {
  constructor(
    private readonly fleet: FleetService,
    private readonly recent: RecentAnswers,
    private readonly audit: AuditLog,
  ) {}

  /** Lists the living workers. A key for single envs sees those that serve its env. */
  @Get('workers')
  @RequireScope('read')
  @ApiQuery({
    name: 'include',
    required: false,
    schema: { type: 'string', enum: ['functions'] },
    description: '`functions`: the names of the functions that each serves.',
  })
  @AnswersWith('WorkersDto', 'INVALID_REQUEST')
  async workers(
    @Query('include') include: string | undefined,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Answers['WorkersDto']> {
    if (include !== undefined && include !== 'functions') {
      const rule = 'must be "functions"';
      throw invalid('include', rule);
    }
    const workers = await this.recent.of(request, caller, () => this.fleet.workers(caller, include === 'functions'));
    return { workers };
  }

  /** Lists the queues with their lanes. A key for single envs sees those of its functions, and counts its env's calls. */
  @Get('queues')
  @RequireScope('read')
  @AnswersWith('QueuesDto')
  async queues(@CurrentCaller() caller: Caller, @Req() request: FastifyRequest): Promise<Answers['QueuesDto']> {
    return { queues: await this.recent.of(request, caller, () => this.fleet.queues(caller)) };
  }

  /** One lane of a queue, in numbers alone: for scalers. A key for single envs counts the calls of its env. */
  @Get('queues/:queue/load')
  @RequireScope('read')
  @ApiQuery({ name: 'lane', required: false, schema: { type: 'string', enum: [...LANES], default: 'async' } })
  @AnswersWith('QueueLoadDto', 'INVALID_REQUEST', 'QUEUE_NOT_FOUND')
  async load(
    @Param('queue') queue: string,
    @Query('lane') lane: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<Answers['QueueLoadDto']> {
    const found = LANES.find((each) => each === (lane ?? 'async'));
    if (!found) throw invalid('lane', `must be one of ${LANES.join(', ')}`);
    return this.fleet.load(caller, queue, found);
  }

  /** Forgets a function that no worker serves any more: calls of it are answered FUNCTION_NOT_FOUND from then on. */
  @Delete('functions/:name')
  @RequireScope('admin')
  @AnswersWith('ForgottenDto', 'FUNCTION_NOT_FOUND', 'FUNCTION_SERVED')
  async forget(@Param('name') name: string, @CurrentOperator() operator: Operator): Promise<Answers['ForgottenDto']> {
    if (!FUNCTION_NAME.test(name)) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}".`);
    const { caller } = operator;
    await this.fleet.forget(caller, name);
    await this.audit.note(operator, { action: 'function.forget', target: name, env: caller.env });
    return { forgotten: true };
  }
}
