/** The answers of the native API as its description shows them. Nothing is built from these classes. */
import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { OUTCOMES } from '@invoq/contract/outcome';
import { MODES, type Mode, type Status, STATUSES } from '@invoq/contract/invocation';

/** Of a property that may be any JSON. */
export const ANY_JSON = {
  oneOf: [
    // null too: OpenAPI 3.0 knows it as a kind of something else only.
    { type: 'object', nullable: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
};

export class ErrorDto {
  @ApiProperty({ required: false, enum: Object.keys(ERRORS), description: 'Decide by this.' })
  type?: ErrorType;

  /** For people. */
  message?: string;

  /** FUNCTION_ERROR: class name of what was thrown. */
  name?: string;

  /** FUNCTION_ERROR: the function's own stack. */
  stack?: string;

  @ApiProperty({
    required: false,
    oneOf: [{ type: 'string' }, { type: 'number' }],
    description: 'FUNCTION_ERROR: the `code` of what was thrown, such as `ECONNREFUSED`.',
  })
  code?: string | number;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    description: 'FUNCTION_ERROR: the fields of what was thrown that are JSON, such as `status`.',
  })
  details?: Record<string, unknown>;

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    description: 'FUNCTION_ERROR: why, as `{message, name?, code?, details?, cause?, errors?}`.',
  })
  cause?: Record<string, unknown>;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'FUNCTION_ERROR: the errors of an AggregateError, each like `cause`.',
  })
  errors?: Record<string, unknown>[];

  /** Refusals and platform failures: may the same call succeed when it is sent again? */
  retryable?: boolean;

  @ApiProperty({
    required: false,
    oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['unknown'] }],
    description: 'Refusals and platform failures: had the function been started?',
  })
  started?: boolean | 'unknown';

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', properties: { field: { type: 'string' }, rule: { type: 'string' } } },
    description: 'INVALID_REQUEST: one entry a fault.',
  })
  fields?: { field: string; rule: string }[];

  /** FUNCTION_CRASHED. */
  exitCode?: number;

  /** FUNCTION_CRASHED. */
  signal?: string;
}

export class EnvelopeDto {
  /** 0: the function returned. Else a code of the table. */
  code!: number;

  @ApiProperty({ ...ANY_JSON, description: 'What the function returned; null when `code` is not 0.' })
  data!: unknown;

  @ApiProperty({ type: ErrorDto, description: '`{}` when `code` is 0.' })
  error!: ErrorDto;

  @ApiProperty({ format: 'uuid' })
  requestID!: string;
}

/** The result within an invocation, which tells the requestID already. */
export class ResultDto extends OmitType(EnvelopeDto, ['requestID']) {}

/** Why something was not taken. */
export class RefusedDto {
  @ApiProperty({ enum: Object.keys(ERRORS) })
  type!: ErrorType;

  message!: string;
}

export class BatchAnswerDto {
  /** How many of the items have a requestID now, under which they can be asked for. */
  accepted!: number;

  refused!: number;

  @ApiProperty({ type: [EnvelopeDto], description: 'One for each item, in their order: accepted, or why not.' })
  items!: EnvelopeDto[];
}

export class AttemptErrorDto {
  @ApiProperty({ enum: Object.keys(ERRORS) })
  type!: string;

  message!: string;

  name?: string;
}

export class AttemptDto {
  attempt!: number;

  @ApiProperty({ format: 'date-time' })
  startedAt!: string;

  @ApiProperty({ required: false, format: 'date-time' })
  endedAt?: string;

  /** Names the worker process. */
  worker!: string;

  @ApiProperty({ required: false, enum: OUTCOMES, description: 'Missing while it runs.' })
  outcome?: string;

  @ApiProperty({ required: false, type: AttemptErrorDto })
  error?: AttemptErrorDto;
}

export class InvocationDto {
  @ApiProperty({ format: 'uuid' })
  requestID!: string;

  function!: string;

  env!: string;

  @ApiProperty({ enum: MODES })
  mode!: Mode;

  @ApiProperty({ enum: STATUSES })
  status!: Status;

  /** Starts so far. */
  attempt!: number;

  @ApiProperty({ format: 'date-time' })
  queuedAt!: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'Of a delayed call: it is not started before.' })
  runAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  startedAt?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  finishedAt?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'While it is `retrying`: not started before.' })
  nextAttemptAt?: string;

  /** ms from when it could start (its acceptance, or its next attempt) to the last start. */
  queueMs!: number;

  /** ms from the last start to the end, or to now. */
  runMs!: number;

  @ApiProperty({
    ...ANY_JSON,
    required: false,
    description: 'What the function last said with `context.progress(value)`.',
  })
  progress?: unknown;

  @ApiProperty({ required: false, type: [AttemptDto], description: 'Every start, the first one first.' })
  attempts?: AttemptDto[];

  @ApiProperty({ required: false, type: ResultDto, description: 'Once there is an end.' })
  result?: ResultDto;
}

export class PageDto {
  @ApiProperty({ type: [InvocationDto], description: 'Newest first; without progress, attempts and result.' })
  invocations!: InvocationDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Of the next page; null: there is none. A page may be short.',
  })
  cursor!: string | null;
}
