import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { FUNCTION_NAME } from '@invoq/contract/function';
import type { RangeQuery } from '@invoq/policy/stats/range';

const TIME = /^(\d{1,15}|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)$/;
const TIME_RULE = 'must be a time such as 2026-11-21T10:00:00Z, a date, or milliseconds since 1970';
const STEP = /^(\d{1,9})(|ms|s|m|h|d)$/;
const UNITS: Record<string, number> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DEFAULT_LIMIT = 20;

/** The query of `GET /v1/stats`. */
export class StatsDto {
  /** Calls of this function alone, in the env of the request. */
  @IsOptional()
  @IsString()
  @Matches(FUNCTION_NAME, { message: 'must be the name of a function' })
  function?: string;

  /** Calls of this env, or `*` for all envs. By default all that the key may see. */
  @IsOptional()
  @IsString()
  @Matches(/^(\*|[A-Za-z0-9][A-Za-z0-9_-]{0,59})$/, { message: 'must be the name of an env, or *' })
  env?: string;

  /** Calls that ended at this time or after it. By default an hour before `to`. */
  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  from?: string;

  /** Calls that ended before this time. By default now. */
  @IsOptional()
  @IsString()
  @Matches(TIME, { message: TIME_RULE })
  to?: string;

  /** The length of time of each point, such as `1m` or `1h`. By default the shortest that is kept for `from`. */
  @IsOptional()
  @IsString()
  @Matches(STEP, { message: 'must be a length of time such as 1m, 10m, 1h or 1d' })
  step?: string;

  /** `function`: also tells of each function, the most called first. */
  @IsOptional()
  @IsIn(['function'], { message: 'must be "function"' })
  @ApiProperty({ required: false, enum: ['function'] })
  by?: 'function';

  /** With `by`: as many functions, 1 to 500; 20 by default. */
  @IsOptional()
  @IsString()
  @Matches(/^([1-9]\d?|[1-4]\d\d|500)$/, { message: 'must be a whole number from 1 to 500' })
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 500, default: DEFAULT_LIMIT })
  limit?: string;
}

/** What such a query says of time, in ms; a time that is none, such as February 31, is NaN. */
export function rangeQueryOf({ from, to, step }: StatsDto): RangeQuery {
  return { from: timeOf(from), to: timeOf(to), stepMs: stepOf(step) };
}

export function functionLimitOf({ limit }: StatsDto): number {
  return limit === undefined ? DEFAULT_LIMIT : Number(limit);
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

function stepOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = STEP.exec(text)!;
  return Number(number) * UNITS[unit];
}
