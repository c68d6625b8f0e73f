/** How many calls ended, how, and how long they waited and ran, over time. On the native wire. */
import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import type { FastifyRequest } from 'fastify';
import { RequireScope } from '../auth/access';
import { RecentAnswers } from '../http/recent-answers';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { AnswersWith } from '../openapi/answers-with';
import { StatsService } from './stats.service';
import { StatsDto } from './stats-query.dto';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1')
export class StatsController {
  constructor(
    private readonly service: StatsService,
    private readonly recent: RecentAnswers,
  ) {}

  /** Counts calls that ended, with percentiles of their waits and run times. A key for single envs sees its env's calls. */
  @Get('stats')
  @RequireScope('read')
  @AnswersWith('StatsAnswerDto', 'INVALID_REQUEST')
  async stats(
    @Query() query: StatsDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Answers['StatsAnswerDto']> {
    return this.recent.of(request, caller, () => this.service.stats(caller, query));
  }
}
