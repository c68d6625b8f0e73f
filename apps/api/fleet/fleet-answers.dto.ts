/** The answers about the fleet as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { PauseDto } from '../operations/operation-answers.dto';
import { MEMBER_STATES, type MemberState, WORKER_ORDERS, type WorkerOrder } from '@invoq/contract/member';

const COUNTS = { type: 'object', additionalProperties: { type: 'integer' } } as const;
const WHOLE_FLEET = 'Only for keys that open every env (`envs: ["*"]`), and without a keys file.';

export class BusyDto {
  queue!: string;

  lane!: string;

  busy!: number;
}

export class WorkerDto {
  id!: string;

  host!: string;

  pid!: number;

  @ApiProperty({ description: 'Version, and the commit when it is known.' })
  release!: string;

  @ApiProperty({ description: 'The newest format that it reads and writes.' })
  format!: number;

  queues!: string[];

  @ApiProperty({ ...COUNTS, description: 'Of each queue: `sync`, `async`, and `nested` for each depth.' })
  slots!: Record<string, number>;

  @ApiProperty({ required: false, type: [BusyDto], description: `Slots at work. ${WHOLE_FLEET}` })
  busy?: BusyDto[];

  @ApiProperty({ required: false, description: `Sandbox processes. ${WHOLE_FLEET}` })
  sandboxes?: number;

  @ApiProperty({ required: false, description: `Of the worker process itself, MB. ${WHOLE_FLEET}` })
  memoryMb?: number;

  @ApiProperty({ description: 'Functions that it serves; a key for single envs counts those of its env.' })
  functionCount!: number;

  @ApiProperty({ required: false, type: [String], description: '`<env>/<name>` of each, with `include=functions`.' })
  functions?: string[];

  @ApiProperty({ format: 'date-time', description: 'When it joined.' })
  since!: string;

  @ApiProperty({ format: 'date-time', description: 'Of its last heartbeat.' })
  seenAt!: string;

  @ApiProperty({ enum: MEMBER_STATES })
  state!: MemberState;

  @ApiProperty({
    required: false,
    enum: WORKER_ORDERS,
    description: 'What an operator wants of it, as it obeys it. Missing: its release cannot be drained.',
  })
  wanted?: WorkerOrder;

  @ApiProperty({ required: false, type: [String], description: 'Why it refuses calls.' })
  reasons?: string[];

  @ApiProperty({
    required: false,
    type: [String],
    description: 'In what it differs from the fleet while it takes calls: a secret, or where it keeps large results.',
  })
  differs?: string[];
}

export class WorkersDto {
  @ApiProperty({ type: [WorkerDto], description: 'Those whose heartbeat has not run out.' })
  workers!: WorkerDto[];
}

export class LaneDto {
  @ApiProperty({ description: '`sync`, `async`, or `nested-1` to `nested-4`.' })
  lane!: string;

  @ApiProperty({ description: 'Calls that a new slot could start now.' })
  depth!: number;

  @ApiProperty({ description: 'Calls that wait and that no slot could start: paused, or over a concurrency limit.' })
  held!: number;

  @ApiProperty({ description: 'How long the first call of `depth` has waited, ms.' })
  oldestAgeMs!: number;

  @ApiProperty({ required: false, description: `Calls that run, as of the last heartbeats. ${WHOLE_FLEET}` })
  running?: number;

  @ApiProperty({ description: 'Of all workers that take calls of it.' })
  slots!: number;

  @ApiProperty({ description: 'Workers that take calls of it.' })
  workers!: number;
}

export class QueueDto {
  queue!: string;

  paused!: boolean;

  @ApiProperty({ required: false, type: PauseDto })
  pause?: PauseDto;

  @ApiProperty({ type: [LaneDto] })
  lanes!: LaneDto[];
}

export class QueueLoadDto {
  @ApiProperty({ description: 'Calls that a new slot could start now.' })
  depth!: number;

  @ApiProperty({ description: 'Calls that wait and that no slot could start.' })
  held!: number;

  @ApiProperty({ description: 'How long the first call of `depth` has waited, ms.' })
  oldestAgeMs!: number;

  @ApiProperty({ required: false, description: `Calls that run. ${WHOLE_FLEET}` })
  running?: number;

  slots!: number;
}

export class QueuesDto {
  @ApiProperty({ type: [QueueDto] })
  queues!: QueueDto[];
}

export class ForgottenDto {
  forgotten!: boolean;
}
