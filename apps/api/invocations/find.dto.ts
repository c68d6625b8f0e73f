import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Matches } from 'class-validator';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { STATUSES } from '@invoq/contract/invocation';

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const TIME_RULE = 'must be a time such as 2026-11-21T10:00:00Z, or a date such as 2026-11-21';
const STATUS_LIST = new RegExp(`^(${STATUSES.join('|')})(,(${STATUSES.join('|')}))*$`);

/** The query of `GET /v1/invocations`. */
export class FindDto {
  /** Calls of this function alone. */
  @IsOptional()
  @IsString()
  @Matches(FUNCTION_NAME, { message: 'must be the name of a function' })
  function?: string;

  /** Those that stand so now: one status, or several with commas between. */
  @IsOptional()
  @IsString()
  @Matches(STATUS_LIST, { message: `must be one or more of ${STATUSES.join(', ')}, with commas between` })
  status?: string;

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

  /** Those whose last run took so many ms or more; of one that runs: so far. */
  @IsOptional()
  @IsString()
  @Matches(/^(0|[1-9]\d{0,9})$/, { message: 'must be a whole number of ms, 0 to 9999999999' })
  @ApiProperty({ required: false, type: 'integer', minimum: 0, maximum: 9_999_999_999 })
  minRunMs?: string;

  /** `true`: those that ended otherwise than `succeeded`; `false`: all others. */
  @IsOptional()
  @IsString()
  @Matches(/^(true|false)$/, { message: 'must be true or false' })
  @ApiProperty({ required: false, type: 'boolean' })
  hasError?: string;

  /** Those that the function of this call made. */
  @IsOptional()
  @IsString()
  @IsUUID(4, { message: 'must be a requestID' })
  @ApiProperty({ required: false, format: 'uuid' })
  parentID?: string;

  /** Those that this worker started last. */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, {
    message: 'must be the id of a worker: 1 to 100 letters, digits, ".", "_", "-"',
  })
  workerID?: string;

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
