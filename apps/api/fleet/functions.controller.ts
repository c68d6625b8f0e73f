/** The functions that callers of an env may call. On the native wire. */
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import type { KnownFunction, ListedFunction } from '@invoq/contract/function';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { fromStore } from '@invoq/store/connection/store-error';
import { RequireScope } from '../auth/access';
import type { Caller } from '../auth/caller';
import { CurrentCaller } from '../auth/current-caller';
import { AnswersWith } from '../openapi/answers-with';
import { Pauses } from '../operations/pauses';

@ApiTags('native')
@ApiBearerAuth()
@Controller('v1/functions')
export class FunctionsController {
  constructor(
    private readonly functions: RegistryCache,
    private readonly pauses: Pauses,
  ) {}

  /** Lists the functions of the caller's env, as their workers published them. */
  @Get()
  @RequireScope('read')
  @AnswersWith('FunctionsDto')
  async list(@CurrentCaller() { env }: Caller): Promise<Answers['FunctionsDto']> {
    const functions = await fromStore(this.functions.list(env));
    return {
      functions: functions.map((spec) => ({ ...listed(spec), paused: this.pauses.of({ env, function: spec.name }) })),
    };
  }
}

/** Times have the format of every other answer. */
function listed({ unservedSince, ...spec }: KnownFunction): ListedFunction {
  return unservedSince === undefined ? spec : { ...spec, unservedSince: new Date(unservedSince).toISOString() };
}
