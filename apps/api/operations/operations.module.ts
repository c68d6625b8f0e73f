/** What operators do: hold back, let go, purge, replay, and read who did what. */
import { Module } from '@nestjs/common';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { InvocationStore } from '@invoq/store/invocation-store';
import { RecordReader } from '@invoq/store/record/record-reader';
import { WaitingWalk } from '@invoq/store/ready-queue/waiting-walk';
import { WorkerOrders } from '@invoq/store/operators/worker-orders';
import { DeadLetterService } from '../dead-letters/dead-letter.service';
import { DeadLettersModule } from '../dead-letters/dead-letters.module';
import { FleetModule } from '../fleet/fleet.module';
import { StoodDown } from '../fleet/stood-down';
import { StoodDownModule } from '../fleet/stood-down.module';
import { Invocations } from '../invocations/invocations';
import { InvocationsModule } from '../invocations/invocations.module';
import { Records } from '../invocations/records';
import { made } from '../process/made';
import { REDIS, SETTINGS } from '../process/tokens';
import { AuditLog } from './audit-log';
import { AuditModule } from './audit.module';
import { Bulk } from './bulk';
import { Drains } from './drains';
import { DrainsController } from './drains.controller';
import { OperationsController } from './operations.controller';
import { PausesController } from './pauses.controller';
import { PausesModule } from './pauses.module';
import { Replays } from './replays';
import { SummaryController } from './summary.controller';

@Module({
  imports: [InvocationsModule, DeadLettersModule, FleetModule, PausesModule, StoodDownModule, AuditModule],
  controllers: [PausesController, DrainsController, OperationsController, SummaryController],
  providers: [
    made(WaitingWalk, [REDIS, SETTINGS], (redis, { partitions }) => new WaitingWalk(redis, partitions)),
    made(
      Bulk,
      [WaitingWalk, InvocationStore, RecordReader, DeadLetters, DeadLetterService],
      (walk, store, reader, letters, deadLetters) => new Bulk(walk, store, reader, letters, deadLetters),
    ),
    made(Drains, [REDIS, StoodDown], (redis, stoodDown) => new Drains(new WorkerOrders(redis), stoodDown)),
    made(
      Replays,
      [Records, DeadLetters, Invocations, AuditLog],
      (records, letters, invocations, audit) => new Replays(records, letters, invocations, audit),
    ),
  ],
})
export class OperationsModule {}
