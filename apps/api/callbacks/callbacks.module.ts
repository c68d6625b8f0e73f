/** Callbacks: what became of them, once more, and test deliveries. */
import { Module } from '@nestjs/common';
import { CallbackTests } from '@invoq/store/callbacks/callback-tests';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { Admission } from '../invocations/admission';
import { AdmissionModule } from '../invocations/admission.module';
import { ReadingModule } from '../invocations/reading.module';
import { AuditModule } from '../operations/audit.module';
import { made } from '../process/made';
import { REDIS } from '../process/tokens';
import { CallbackTesting } from './callback-test';
import { CallbacksController } from './callbacks.controller';
import { DeliveriesController } from './deliveries.controller';

@Module({
  imports: [AdmissionModule, ReadingModule, AuditModule],
  controllers: [CallbacksController, DeliveriesController],
  providers: [
    made(
      CallbackTesting,
      [REDIS, FleetStore, Admission],
      (redis, fleet, admission) => new CallbackTesting(new CallbackTests(redis), fleet, admission),
    ),
  ],
})
export class CallbacksModule {}
