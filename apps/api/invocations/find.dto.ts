import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { FilterDto } from './filter.dto';

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const TIME_RULE = 'must be a time such as 2026-11-21T10:00:00Z, or a date such as 2026-11-21';

/** The query of `GET /v1/invocations`. */
export class FindDto extends FilterDto {
  /** Calls of this function alone. */
  @IsOptional()
  @IsString()
  @Matches(FUNCTION_NAME, { message: 'must be the name of a function' })
  function?: string;

  /** Accepted at this time or after it. A date means its first moment, in UTC. */
  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  since?: string;

  /** Accepted at this time or before it. A date includes the whole day, in UTC. */
  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  until?: string;

  /** A requestID, or how it begins, in upper or lower case. */
  @IsOptional()
  @IsString()
  @Matches(/^[0-9a-fA-F-]{1,36}$/, { message: 'must be a requestID, or how one begins' })
  requestID?: string;

  /**
   * `failed`: the calls of the function that failed for good, the newest failure first. `since` and `until` then mean the
   * time of the failure.
   */
  @IsOptional()
  @IsString()
  @IsIn(['failed'], { message: 'must be failed' })
  @ApiProperty({ required: false, enum: ['failed'] })
  order?: 'failed';

  /** As many on a page, 1 to 100; 20 by default. */
  @IsOptional()
  @IsString()
  @Matches(/^([1-9]\d?|100)$/, { message: 'must be a whole number from 1 to 100' })
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 100, default: 20 })
  limit?: string;

  /** Where the page before said that this one begins. */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'must be the cursor of a page before' })
  cursor?: string;
}
