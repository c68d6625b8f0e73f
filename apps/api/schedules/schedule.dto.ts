import { Allow, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { FUNCTION_NAME, MAX_PRIORITY, TRIGGER_NAME } from '@invoq/contract/function';
import { type Overlap, OVERLAPS } from '@invoq/contract/schedule';
import { NotesDto } from '../invocations/notes.dto';
import { RetryDto } from '../invocations/retry.dto';
import { Part } from '../http/part';
import { ANY_JSON } from '../openapi/envelopes';
import { ApiProperty } from '@nestjs/swagger';

/** The body of `PUT /v1/schedules/{id}`. */
export class ScheduleDto extends NotesDto {
  /** The function that is called. */
  @IsString()
  @Matches(FUNCTION_NAME, { message: 'function must be the name of a function' })
  function!: string;

  /**
   * Five fields: minute, hour, day of month, month, day of week. Six: seconds first. Seven: seconds first, the year last.
   */
  @IsString()
  @MaxLength(200)
  cron!: string;

  /** A name of the IANA database, such as `Europe/Berlin`. UTC by default. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  timezone?: string;

  /** What the function receives each time: any JSON, up to 64 KiB. `{}` by default. */
  @Allow()
  @ApiProperty({
    ...ANY_JSON,
    required: false,
    description: 'What the function receives each time: any JSON, up to 64 KiB.',
  })
  data?: unknown;

  /** The name of a timer trigger: the function receives CloudBase's `{Type: "Timer", TriggerName, Time}` in place of `data`. */
  @IsOptional()
  @IsString()
  @Matches(TRIGGER_NAME, { message: 'trigger must be 1-60 letters, digits, "_" or "-"' })
  trigger?: string;

  /** When the run before has no end yet: `skip` (the default) leaves this one out, `queue` has it wait like any call. */
  @IsOptional()
  @IsIn(OVERLAPS)
  overlap?: Overlap;

  /** Made, and not running until it is resumed. */
  @IsOptional()
  @IsBoolean()
  paused?: boolean;

  /** When the function's own failure is run again; over what the function has. */
  @IsOptional()
  @Part(RetryDto)
  retry?: RetryDto;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_PRIORITY)
  priority?: number;

  /** Of each run, ms; at most the function's own. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400_000)
  timeoutMs?: number;
}
