/** The answers to operators as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { STATUSES, type Status } from '@invoq/contract/invocation';
import { MEMBER_STATES, type MemberState, WORKER_ORDERS, type WorkerOrder } from '@invoq/contract/member';
import { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type AuditPage } from '@invoq/contract/operations/audit';
import type { BulkAnswer } from '@invoq/contract/operations/bulk';
import type { WorkerDrain } from '@invoq/contract/operations/drain';
import type { Replayed } from '@invoq/contract/operations/replay';
import type { FunctionPause, Pause, QueuePause } from '@invoq/contract/operations/pause';

export class PauseDto implements Pause {
  @ApiProperty({ required: false })
  reason?: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ required: false, description: 'The id of a key.' })
  by?: string;
}

export class QueuePauseDto implements QueuePause {
  queue!: string;

  @ApiProperty({ required: false, type: PauseDto, description: 'Missing: its calls are taken.' })
  paused?: PauseDto;
}

export class FunctionPauseDto implements FunctionPause {
  function!: string;

  env!: string;

  @ApiProperty({ required: false, type: PauseDto, description: 'Missing: its calls are taken.' })
  paused?: PauseDto;
}

export class WorkerDrainDto implements WorkerDrain {
  id!: string;

  @ApiProperty({ enum: MEMBER_STATES, description: 'Of its last heartbeat.' })
  state!: MemberState;

  @ApiProperty({
    enum: WORKER_ORDERS,
    description: 'What it is to do. Of two operators the last one decides; `exit` is never taken back.',
  })
  wanted!: WorkerOrder;
}

export class BulkAnswerDto implements BulkAnswer {
  dryRun!: boolean;

  @ApiProperty({ description: 'Calls that were looked at.' })
  looked!: number;

  @ApiProperty({ description: 'Of these, calls that the filter names.' })
  matched!: number;

  @ApiProperty({ description: 'Calls on which the action took effect; 0 in a dry run.' })
  done!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Calls on which it did not, by why.',
  })
  refused!: Record<string, number>;

  @ApiProperty({ type: String, nullable: true, description: 'Goes on there; null: every call was looked at.' })
  cursor!: string | null;
}

export class ReplayedDto implements Replayed {
  @ApiProperty({ format: 'uuid', description: 'Of the new call.' })
  requestID!: string;

  @ApiProperty({ enum: STATUSES })
  status!: Status;

  @ApiProperty({ format: 'uuid' })
  replayOf!: string;
}

export class AuditEntryDto implements AuditEntry {
  id!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ required: false, description: 'The key; missing without a keys file.' })
  keyID?: string;

  @ApiProperty({ required: false })
  ip?: string;

  @ApiProperty({ enum: AUDIT_ACTIONS })
  action!: AuditAction;

  @ApiProperty({ description: 'The queue, function, worker or requestID that it was done to.' })
  target!: string;

  @ApiProperty({ required: false })
  env?: string;

  @ApiProperty({ required: false })
  reason?: string;

  @ApiProperty({ required: false, type: Object })
  details?: Record<string, unknown>;
}

export class AuditPageDto implements AuditPage {
  @ApiProperty({ type: [AuditEntryDto] })
  entries!: AuditEntryDto[];

  @ApiProperty({ type: String, nullable: true })
  cursor!: string | null;
}
