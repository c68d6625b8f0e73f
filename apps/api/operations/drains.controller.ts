/** Routes that take workers out of service, and back. On the native wire. */
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import { AnswersWith } from '../openapi/answers-with';
import { RequireScope } from '../auth/access';
import { AuditLog, type Operator } from './audit-log';
import { Drains } from './drains';
import { DrainDto, ReasonDto } from './operations.dto';
import { bodyOf, FleetOperator, workerNamed } from './operator';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class DrainsController {
  constructor(
    private readonly drains: Drains,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Takes a worker out of service: it takes no more calls, and ends what runs. It stays up as `drained` until it is resumed or
   * gets SIGTERM; with `exit` it ends. Key of every env.
   */
  @Post('workers/:id/drain')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: DrainDto, required: false })
  @AnswersWith('WorkerDrainDto', 'INVALID_REQUEST', 'WORKER_NOT_FOUND', 'WORKER_NOT_DRAINABLE')
  async drain(
    @Param('id') id: string,
    @Body() body: unknown,
    @FleetOperator() operator: Operator,
  ): Promise<Answers['WorkerDrainDto']> {
    const { exit = false, reason } = bodyOf(body, DrainDto);
    await this.drains.mustLive(workerNamed(id));
    await this.audit.write(operator, { action: 'worker.drain', target: id, reason, details: { exit } });
    return await this.drains.give(id, exit ? 'exit' : 'drain');
  }

  /** Puts a drained worker back into service. Key of every env. */
  @Post('workers/:id/resume')
  @RequireScope('admin')
  @HttpCode(200)
  @ApiBody({ type: ReasonDto, required: false })
  @AnswersWith('WorkerDrainDto', 'INVALID_REQUEST', 'WORKER_NOT_FOUND', 'WORKER_NOT_DRAINABLE', 'WORKER_ENDING')
  async resume(
    @Param('id') id: string,
    @Body() body: unknown,
    @FleetOperator() operator: Operator,
  ): Promise<Answers['WorkerDrainDto']> {
    const { reason } = bodyOf(body, ReasonDto);
    await this.drains.mustLive(workerNamed(id));
    await this.audit.write(operator, { action: 'worker.resume', target: id, reason });
    return await this.drains.give(id, 'take');
  }
}
