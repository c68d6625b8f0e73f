/** Bodies of the operator's routes. */
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Part } from '../http/part';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { STATUSES, type Status } from '@invoq/contract/invocation';
import { BULK_ACTIONS, type BulkAction } from '@invoq/contract/operations/bulk';
import { LANES } from '@invoq/policy/lanes';
import { MAX_REASON } from '@invoq/contract/operations/pause';

export class ReasonDto {
  /** Why; shown wherever the change shows, and kept in the audit log. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_REASON)
  reason?: string;
}

export class DrainDto extends ReasonDto {
  /** Ends the process once what runs has ended. By default it stays up as `drained`. */
  @IsOptional()
  @IsBoolean()
  exit?: boolean;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const TIME_RULE = 'must be a time such as 2026-11-21T10:00:00Z';
const CURSOR = /^[A-Za-z0-9_-]{1,600}$/;
const CURSOR_RULE = 'must be the cursor of an answer before';

export class PurgeDto extends ReasonDto {
  /** Of this lane alone. */
  @IsOptional()
  @IsIn(LANES)
  lane?: string;

  /** Only counts. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;

  /** Of the answer before. */
  @IsOptional()
  @IsString()
  @Matches(CURSOR, { message: CURSOR_RULE })
  cursor?: string;
}

export class BulkFilterDto {
  @IsOptional()
  @IsString()
  @Matches(FUNCTION_NAME, { message: 'must be the name of a function' })
  function?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(STATUSES.length)
  @IsIn(STATUSES, { each: true })
  status?: Status[];

  /** `cancel`: accepted at this time or after it; `replay`: ended then. */
  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  since?: string;

  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  until?: string;
}

export class BulkDto extends ReasonDto {
  @IsIn(BULK_ACTIONS)
  action!: BulkAction;

  @IsOptional()
  @Part(BulkFilterDto)
  filter?: BulkFilterDto;

  /** Only counts. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;

  /** Of the answer before. */
  @IsOptional()
  @IsString()
  @Matches(CURSOR, { message: CURSOR_RULE })
  cursor?: string;
}
