import { ArrayNotEmpty, IsArray, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { RETRY_LIMITS, RETRYABLE } from '@invoq/contract/retry';

const { attempts, backoffMs, maxBackoffMs, maxAgeMs } = RETRY_LIMITS;

/** `retry` of an async call: when the function's own failure is run again. */
export class RetryDto {
  /** Starts in all, the first one among them; 1: none but that. 3 by default. */
  @IsOptional()
  @IsInt()
  @Min(attempts.min)
  @Max(attempts.max)
  attempts?: number;

  /** ms before the second start; twice as long before each further one, half of it by chance. 1000 by default. */
  @IsOptional()
  @IsInt()
  @Min(backoffMs.min)
  @Max(backoffMs.max)
  backoffMs?: number;

  /** The longest pause, ms. 60000 by default. */
  @IsOptional()
  @IsInt()
  @Min(maxBackoffMs.min)
  @Max(maxBackoffMs.max)
  maxBackoffMs?: number;

  /** The ends that are run again. `FUNCTION_ERROR` and `FUNCTION_CRASHED` by default. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(RETRYABLE, { each: true })
  on?: (typeof RETRYABLE)[number][];

  /** No start later than this after the call could first run, ms. 24 h by default. */
  @IsOptional()
  @IsInt()
  @Min(maxAgeMs.min)
  @Max(maxAgeMs.max)
  maxAgeMs?: number;
}
