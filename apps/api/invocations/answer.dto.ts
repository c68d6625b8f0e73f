/** The answers of the native API as its description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { OUTCOMES } from '@invoq/contract/outcome';
import { CONTRACTS, type Contract, KEEP_DATA, type KeepData } from '@invoq/contract/function';
import { MODES, type Mode, type Status, STATUSES } from '@invoq/contract/invocation';
import { ANY_JSON, errorName, failureOf, refTo, successOf } from '../openapi/envelopes';
import { CallbackDto } from './callback.dto';
import { RetryDto } from './retry.dto';

/** How a call stands that has no end yet. */
export class AcceptedDto {
  @ApiProperty({ enum: STATUSES })
  status!: Status;

  @ApiProperty({
    required: false,
    format: 'date-time',
    description: 'Since then no living worker serves the function.',
  })
  unservedSince?: string;
}

export class CancelledDto {
  @ApiProperty({ enum: ['cancelled'] })
  status!: 'cancelled';
}

/** The result within an invocation, which tells the requestID already. */
export class ResultDto {
  /** 0: the function returned. Else a code of the table. */
  code!: number;

  @ApiProperty({ ...ANY_JSON, description: 'What the function returned; null when `code` is not 0.' })
  data!: unknown;

  @ApiProperty({
    oneOf: [refTo('NoError'), ...Object.keys(ERRORS).map((type) => refTo(errorName(type as ErrorType)))],
    description: '`{}` when `code` is 0.',
  })
  error!: object;
}

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

  @ApiProperty({
    type: 'array',
    items: { oneOf: [successOf(refTo('AcceptedDto')), failureOf(Object.keys(ERRORS) as ErrorType[])] },
    description: 'One for each item, in their order: accepted, or why not.',
  })
  items!: object[];
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

  @ApiProperty({
    required: false,
    format: 'uuid',
    description: 'The call that failed for good, and that this one does again.',
  })
  replayOf?: string;

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

  @ApiProperty({
    required: false,
    type: 'integer',
    description:
      'While it waits in a lane: calls of that lane and partition that were accepted before it and wait still.',
  })
  ahead?: number;

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

  @ApiProperty({
    required: false,
    type: AttemptErrorDto,
    description: 'Of a call that ended otherwise than succeeded; message: 500 characters. In lists, too.',
  })
  error?: AttemptErrorDto;

  @ApiProperty({ required: false, description: 'The key that made the call.' })
  keyID?: string;

  @ApiProperty({ required: false, format: 'uuid', description: 'The call whose function made this one.' })
  parentID?: string;

  @ApiProperty({ required: false, description: 'The worker of the last start.' })
  workerID?: string;

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

export class LookupAnswerDto {
  @ApiProperty({ type: [InvocationDto], description: 'In the order in which they were asked for.' })
  invocations!: InvocationDto[];

  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    description: "Not there, or another env's.",
  })
  unknown!: string[];

  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    description: 'Ended with a large result: `result.data` is its address (`url`, `bytes`, `expiresAt`).',
  })
  links!: string[];

  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    description: 'Their results have no room in this answer: ask for them again.',
  })
  left!: string[];
}

class RateDto {
  calls!: number;

  perMs!: number;
}

class TimeoutsDto {
  sync!: number;

  async!: number;
}

class RetentionDto {
  syncMs?: number;

  asyncMs?: number;

  deadMs?: number;
}

class TriggerDto {
  name!: string;

  cron!: string;
}

class LoadProblemDto {
  file!: string;

  line?: number;

  reason!: string;
}

export class FunctionDto {
  name!: string;

  env!: string;

  @ApiProperty({ enum: CONTRACTS })
  contract!: Contract;

  queue!: string;

  priority?: number;

  /** So many of its calls may run at a time. */
  concurrency?: number;

  rate?: RateDto;

  /** The longest run, ms. */
  timeoutMs!: TimeoutsDto;

  /** MB. */
  memoryMb!: number;

  @ApiProperty({ required: false, type: RetryDto })
  retry?: RetryDto;

  @ApiProperty({ required: false, type: CallbackDto })
  callback?: CallbackDto;

  retention?: RetentionDto;

  @ApiProperty({
    required: false,
    enum: KEEP_DATA,
    description: 'Whose data are kept with their record: of calls that failed (the default), of all, or of none.',
  })
  keepData?: KeepData;

  @ApiProperty({ required: false, type: [TriggerDto] })
  triggers?: TriggerDto[];

  /** Envs beside its own in which it may call functions. */
  envs?: string[];

  handler?: string;

  /** Why it cannot run as its files are now. */
  loadProblem?: LoadProblemDto;

  @ApiProperty({ required: false, format: 'date-time', description: 'Since then no living worker serves it.' })
  unservedSince?: string;
}

export class FunctionsDto {
  @ApiProperty({ type: [FunctionDto] })
  functions!: FunctionDto[];
}
