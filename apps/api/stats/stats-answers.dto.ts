/** The answers about stats as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { OUTCOMES } from '@invoq/contract/outcome';
import type {
  CallCounts,
  FunctionStats,
  Spread,
  Stats,
  StatsOfCalls,
  StatsPoint,
} from '@invoq/contract/operations/stats';

const COUNTS = {
  type: 'object' as const,
  properties: Object.fromEntries([...OUTCOMES, 'total'].map((name) => [name, { type: 'integer' as const }])),
  required: [...OUTCOMES, 'total'],
  description: 'Calls that ended, by outcome and in all.',
};

export class SpreadDto implements Spread {
  p50!: number;

  p90!: number;

  p95!: number;

  p99!: number;

  @ApiProperty({ description: 'The longest. It is exact; percentiles are within 5 %.' })
  max!: number;
}

export class StatsOfCallsDto implements StatsOfCalls {
  @ApiProperty(COUNTS)
  calls!: CallCounts;

  @ApiProperty({
    type: SpreadDto,
    nullable: true,
    description: 'In the queue until the last start, ms. For calls that never started: until the end. Null: of none.',
  })
  waitMs!: Spread | null;

  @ApiProperty({ type: SpreadDto, nullable: true, description: 'Of the last attempt, ms. Null: none of them ran.' })
  runMs!: Spread | null;
}

export class StatsPointDto extends StatsOfCallsDto implements StatsPoint {
  @ApiProperty({ format: 'date-time', description: 'The first moment that it counts.' })
  at!: string;
}

export class FunctionStatsDto extends StatsOfCallsDto implements FunctionStats {
  env!: string;

  function!: string;
}

export class StatsAnswerDto implements Stats {
  @ApiProperty({ format: 'date-time', description: 'The first moment that is counted; a multiple of the step.' })
  from!: string;

  @ApiProperty({ format: 'date-time', description: 'The first moment that is not.' })
  to!: string;

  @ApiProperty({ description: 'The length of time of each point, ms.' })
  stepMs!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Null: of all envs.' })
  env!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Null: of all functions.' })
  function!: string | null;

  @ApiProperty({ type: [StatsPointDto], description: 'One for each step, also where no call ended.' })
  points!: StatsPoint[];

  @ApiProperty({ type: StatsOfCallsDto, description: 'Of all points together.' })
  totals!: StatsOfCalls;

  @ApiProperty({
    required: false,
    type: [FunctionStatsDto],
    description: 'With `by=function`: those whose calls ended in this time, the most called first.',
  })
  functions?: FunctionStats[];

  @ApiProperty({
    type: StatsOfCallsDto,
    description: 'Calls whose function was not kept, because more than 300 functions were called at the time.',
  })
  others!: StatsOfCalls;
}
