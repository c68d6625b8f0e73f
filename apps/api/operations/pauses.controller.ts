/** Routes that hold calls back, and let them go. On the native wire. */
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import { FUNCTION_NAME } from '@invoq/contract/function';
import type { Pause } from '@invoq/contract/operations/pause';
import { Refusal } from '@invoq/contract/refusal';
import { RegistryCache } from '@invoq/functions/registry-cache';
import type { PauseTarget } from '@invoq/store/operators/pause-store';
import { fromStore } from '@invoq/store/connection/store-error';
import { AnswersWith } from '../openapi/answers-with';
import { FleetService } from '../fleet/fleet.service';
import { RequireScope } from '../auth/access';
import { AuditLog, type Operator } from './audit-log';
import { ReasonDto } from './operations.dto';
import { bodyOf, CurrentOperator, FleetOperator, queueNamed } from './operator';
import { Pauses } from './pauses';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class PausesController {
  constructor(
    private readonly pauses: Pauses,
    private readonly audit: AuditLog,
    private readonly fleet: FleetService,
    private readonly functions: RegistryCache,
  ) {}

  /** Holds a queue back: async calls are accepted and wait, sync calls are refused, what runs goes on. Key of every env. */
  @Post('queues/:queue/pause')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonDto, required: false })
  @AnswersWith('QueuePauseDto', 'INVALID_REQUEST', 'QUEUE_NOT_FOUND')
  async pauseQueue(
    @Param('queue') queue: string,
    @Body() body: unknown,
    @FleetOperator() operator: Operator,
  ): Promise<Answers['QueuePauseDto']> {
    const { reason } = bodyOf(body, ReasonDto);
    await this.fleet.mustKnowQueue(operator.caller, queueNamed(queue));
    await this.audit.write(operator, { action: 'queue.pause', target: queue, reason });
    return { queue, paused: await this.hold({ queue }, operator, reason) };
  }

  /** Lets the calls of a queue go. Key of every env. */
  @Post('queues/:queue/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonDto, required: false })
  @AnswersWith('QueuePauseDto', 'INVALID_REQUEST', 'QUEUE_NOT_FOUND')
  async resumeQueue(
    @Param('queue') queue: string,
    @Body() body: unknown,
    @FleetOperator() operator: Operator,
  ): Promise<Answers['QueuePauseDto']> {
    const { reason } = bodyOf(body, ReasonDto);
    // One that nobody knows any more may be paused still.
    if (!this.pauses.of({ queue: queueNamed(queue) })) await this.fleet.mustKnowQueue(operator.caller, queue);
    await this.audit.write(operator, { action: 'queue.resume', target: queue, reason });
    return { queue, paused: await this.letGo({ queue }) };
  }

  /** Holds a function of the caller's env back, as a whole queue is. */
  @Post('functions/:name/pause')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonDto, required: false })
  @AnswersWith('FunctionPauseDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND')
  async pauseFunction(
    @Param('name') name: string,
    @Body() body: unknown,
    @CurrentOperator() operator: Operator,
  ): Promise<Answers['FunctionPauseDto']> {
    const { reason } = bodyOf(body, ReasonDto);
    const { env } = await this.mustKnow(operator, name);
    await this.audit.write(operator, { action: 'function.pause', target: name, env, reason });
    return { function: name, env, paused: await this.hold({ env, function: name }, operator, reason) };
  }

  /** Lets the calls of a function go. */
  @Post('functions/:name/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonDto, required: false })
  @AnswersWith('FunctionPauseDto', 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND')
  async resumeFunction(
    @Param('name') name: string,
    @Body() body: unknown,
    @CurrentOperator() operator: Operator,
  ): Promise<Answers['FunctionPauseDto']> {
    const { reason } = bodyOf(body, ReasonDto);
    const { env } = operator.caller;
    const target = { env, function: name };
    if (!FUNCTION_NAME.test(name) || !this.pauses.of(target)) await this.mustKnow(operator, name);
    await this.audit.write(operator, { action: 'function.resume', target: name, env, reason });
    return { function: name, env, paused: await this.letGo(target) };
  }

  private hold(target: PauseTarget, { caller }: Operator, reason?: string): Promise<Pause | undefined> {
    const by = caller.keyPrint === undefined ? undefined : caller.id;
    return fromStore(this.pauses.pause(target, { reason, by }));
  }

  private letGo(target: PauseTarget): Promise<Pause | undefined> {
    return fromStore(this.pauses.resume(target));
  }

  private async mustKnow({ caller: { env } }: Operator, name: string): Promise<{ env: string }> {
    const spec = FUNCTION_NAME.test(name) ? await fromStore(this.functions.find(env, name)) : undefined;
    if (!spec) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name.slice(0, 60)}" in env "${env}".`);
    return spec;
  }
}
