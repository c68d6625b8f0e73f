import { MAX_PRIORITY } from '@invoq/contract/function';
import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsBoolean, IsIn, IsInt, IsISO8601, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { Part } from '../../http/part';
import { ANY_JSON } from '../../openapi/envelopes';
import { CallbackDto } from '../../invocations/callback.dto';
import { NotesDto } from '../../invocations/notes.dto';
import { RetryDto } from '../../invocations/retry.dto';

/** The body of `POST /v1/functions/{name}/invocations`. */
export class InvokeDto extends NotesDto {
  /** What the function receives: any JSON. */
  @Allow()
  @ApiProperty({ ...ANY_JSON, required: false, description: 'What the function receives: any JSON; `{}` by default.' })
  data?: unknown;

  /** Wait for the result (the default), or get a requestID at once. */
  @IsOptional()
  @IsBoolean()
  sync?: boolean;

  /**
   * ms. Sync: from acceptance to the end, time in the queue included. Async and with `Prefer: wait`: the run alone. With
   * `onTimeout: "detach"`: how long you wait. At most the function's own limit.
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400_000)
  timeoutMs?: number;

  /** When a sync call is not done in time: `fail` ends it, `detach` answers 202 and lets it run under the async limit. */
  @IsOptional()
  @IsIn(['fail', 'detach'])
  onTimeout?: 'fail' | 'detach';

  /** How far ahead of others that wait in its lane: 0 (the least) to 9. The function's own by default. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_PRIORITY)
  priority?: number;

  /** When the function's own failure is run again; its fields go over those of the function. Async calls only. */
  @IsOptional()
  @Part(RetryDto)
  retry?: RetryDto;

  /** Not started before so many ms from now, by the clock of Redis. Async calls only. */
  @IsOptional()
  @IsInt()
  @Min(0)
  delayMs?: number;

  /** Not started before this time: ISO 8601 with its zone, such as `2027-01-01T00:00:00Z`. Async calls only. */
  @IsOptional()
  @MaxLength(60)
  @IsISO8601({ strict: true })
  @Matches(/^[^T]{1,20}T[^T]{0,30}(Z|[+-]\d\d:?\d\d)$/, {
    message: 'runAt must have a time and its zone, such as 2027-01-01T00:00:00Z',
  })
  runAt?: string;

  /**
   * Who the user is: `WX_OPENID`, `WX_UNIONID` and `WX_APPID` for getWXContext() and event.userInfo, any members for event.request.user
   * of the minapp contract. Up to 4 KiB; takes the scope `user`. Other doors: the header `X-Invoq-User`, the same as JSON.
   */
  @Allow()
  @ApiProperty({ selfRequired: false, type: 'object', additionalProperties: true })
  user?: Record<string, unknown>;

  /** Its rules are those of `functions.json`, and read by the door; null: nobody, whatever the function's settings say. */
  @Allow()
  @ApiProperty({ required: false, nullable: true, type: CallbackDto })
  callback?: unknown;
}
