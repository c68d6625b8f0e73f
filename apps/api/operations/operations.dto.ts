/** Bodies of the operator's routes. */
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { MAX_REASON } from '@invoq/contract/operations/pause';

export class ReasonDto {
  /** Why; shown wherever the change shows, and kept in the audit log. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_REASON)
  reason?: string;
}

export class DrainDto extends ReasonDto {
  /** The process ends once it is drained. */
  @IsOptional()
  @IsBoolean()
  exit?: boolean;
}
