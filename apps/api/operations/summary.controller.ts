/** The first page of an operator. On the native wire. */
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Summary } from '@invoq/contract/operations/summary';
import { fromStore } from '@invoq/store/connection/store-error';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { Room } from '../invocations/room';
import { AnswersWith } from '../openapi/answers-with';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1/summary')
export class SummaryController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly room: Room,
  ) {}

  /** Counts the dead letters of the env, and tells how full Redis is. */
  @Get()
  @RequireScope('read')
  @AnswersWith('SummaryDto')
  async read(@CurrentCaller() { env, everyEnv }: Caller): Promise<Summary> {
    const deadLetters = await fromStore(this.letters.countAll(env));
    return { deadLetters, storeUsed: everyEnv ? this.room.usedRatio : undefined };
  }
}
