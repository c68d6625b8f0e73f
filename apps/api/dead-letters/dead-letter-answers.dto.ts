/** The answers about dead letters as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import type { Started } from '@invoq/contract/errors';
import { type Status, STATUSES } from '@invoq/contract/invocation';
import { AttemptErrorDto, InvocationDto, RefusedDto } from '../invocations/answer.dto';
import { ANY_JSON } from '../openapi/envelopes';

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

  @ApiProperty({ ...ANY_JSON, required: false, description: 'What it was called with. Missing: that is not kept.' })
  data?: unknown;
}

export class RefusedReplayDto extends RefusedDto {
  @ApiProperty({
    oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['unknown'] }],
    description: 'unknown: perhaps it was accepted; its `requestID` tells.',
  })
  started!: Started;
}

export class ReplayDto {
  @ApiProperty({ format: 'uuid', description: 'Of the call that failed.' })
  replayOf!: string;

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'Of the one that does it again; missing when it was refused for certain.',
  })
  requestID?: string;

  @ApiProperty({ required: false, type: RefusedReplayDto })
  refused?: RefusedReplayDto;
}

export class ReplaysDto {
  @ApiProperty({ type: [ReplayDto] })
  replays!: ReplayDto[];

  @ApiProperty({ type: Number, nullable: true, description: 'As many are dead letters after that; null: not known.' })
  left!: number | null;
}

export class PurgedDto {
  /** How many there were. */
  purged!: number;
}
