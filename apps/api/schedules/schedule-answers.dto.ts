/** The answers about schedules as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { LAST_RUNS, type LastRun, type Overlap, OVERLAPS } from '@invoq/contract/schedule';
import { RefusedDto } from '../invocations/answer.dto';
import { ANY_JSON } from '../openapi/envelopes';
import { RetryDto } from '../invocations/retry.dto';

export class LastRunDto {
  @ApiProperty({ format: 'date-time', description: 'When it was due.' })
  runAt!: string;

  @ApiProperty({ enum: LAST_RUNS })
  what!: LastRun['what'];

  @ApiProperty({ required: false, format: 'uuid', description: 'Of the last call that was made.' })
  requestID?: string;

  @ApiProperty({
    required: false,
    type: RefusedDto,
    description: 'Why none was made, for good or (`delayed`) for now.',
  })
  refused?: RefusedDto;
}

export class ListedScheduleDto {
  id!: string;

  function!: string;

  /** Five fields: minute, hour, day of month, month, day of week. Six: seconds first. Seven: the year last. */
  cron!: string;

  /** A name of the IANA database. */
  timezone!: string;

  @ApiProperty({ required: false, description: 'The name of a timer trigger, whose event the function receives.' })
  trigger?: string;

  @ApiProperty({ enum: OVERLAPS })
  overlap!: Overlap;

  paused!: boolean;

  @ApiProperty({ required: false, type: RetryDto })
  retry?: RetryDto;

  priority?: number;

  /** Of each run, ms. */
  timeoutMs?: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null while it is paused, and when its years are over. A `delayed` run is tried again then.',
  })
  nextRunAt!: string | null;

  @ApiProperty({ required: false, type: LastRunDto, description: 'What came of the last time that it was due.' })
  last?: LastRunDto;
}

export class ScheduleAnswerDto extends ListedScheduleDto {
  @ApiProperty({ ...ANY_JSON, description: 'What the function receives each time.' })
  data!: unknown;
}

export class SchedulesDto {
  @ApiProperty({ type: [ListedScheduleDto], description: 'By id, without their data.' })
  schedules!: ListedScheduleDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Of the next page; null: there is none.' })
  cursor!: string | null;
}

export class ScheduleDeletedDto {
  @ApiProperty({ enum: [true], type: Boolean })
  deleted!: true;
}

export class NextRunsDto {
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'date-time' }, description: 'The soonest first.' })
  runs!: string[];
}
