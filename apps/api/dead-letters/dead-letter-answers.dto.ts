/** The answers about dead letters as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { type Status, STATUSES } from '@invoq/contract/invocation';
import { ANY_JSON, AttemptErrorDto, InvocationDto, RefusedDto } from '../doors/native/answer.dto';

export class DeadLetterDto {
  @ApiProperty({ format: 'uuid' })
  requestID!: string;

  @ApiProperty({ enum: STATUSES })
  status!: Status;

  /** Starts. */
  attempt!: number;

  @ApiProperty({ format: 'date-time' })
  queuedAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it ended.' })
  diedAt!: string;

  @ApiProperty({ type: AttemptErrorDto })
  error!: AttemptErrorDto;

  @ApiProperty({ required: false, format: 'uuid', description: 'Of the call that it was to do again.' })
  replayOf?: string;
}

export class DeadLettersPageDto {
  @ApiProperty({ type: [DeadLetterDto], description: 'Newest first.' })
  letters!: DeadLetterDto[];

  /** On all pages. */
  total!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Of the next page; null: there is none.' })
  cursor!: string | null;
}

export class InspectedLetterDto {
  @ApiProperty({ type: InvocationDto, description: 'As it ended, with all its attempts.' })
  invocation!: InvocationDto;

  @ApiProperty({ ...ANY_JSON, description: 'What it was called with.' })
  data!: unknown;
}

export class ReplayDto {
  @ApiProperty({ format: 'uuid', description: 'Of the call that failed.' })
  replayOf!: string;

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'Of the one that does it again; else it was `refused`.',
  })
  requestID?: string;

  @ApiProperty({ required: false, type: RefusedDto })
  refused?: RefusedDto;
}

export class ReplaysDto {
  @ApiProperty({ type: [ReplayDto] })
  replays!: ReplayDto[];

  /** As many are dead letters after that. */
  left!: number;
}

export class PurgedDto {
  /** How many there were. */
  purged!: number;
}
