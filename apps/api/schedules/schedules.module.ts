/** Calls at times: those that callers set, and those that functions bring along. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { RecordReader } from '@invoq/store/record/record-reader';
import { ScheduleStore } from '@invoq/store/schedules/schedule-store';
import { ClusterLock } from '@invoq/store/background/cluster-lock';
import { Invocations } from '../invocations/invocations';
import { InvocationsModule } from '../invocations/invocations.module';
import { Room } from '../invocations/room';
import { AuditModule } from '../operations/audit.module';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS, TRACING } from '../process/tokens';
import { Scheduler } from './scheduler';
import { MAX_SCHEDULES, Schedules } from './schedules';
import { SchedulesController } from './schedules.controller';
import { TriggerSchedules } from './trigger-schedules';

@Module({
  imports: [InvocationsModule, AuditModule],
  controllers: [SchedulesController],
  providers: [
    made(ScheduleStore, [REDIS], (redis) => new ScheduleStore(redis)),
    made(
      Schedules,
      [ScheduleStore, RegistryCache, Room, SETTINGS],
      (store, functions, room, { maxScheduleBytes }) => new Schedules(store, functions, room, maxScheduleBytes),
    ),
    made(
      Scheduler,
      [ScheduleStore, RecordReader, Invocations, ClusterLock, SETTINGS, CONNECTIONS, FleetMember, TRACING],
      (store, reader, invocations, turns, { partitions }, { replyTo: who, onError }, fleet, tracing) =>
        new Scheduler(store, reader, invocations, turns, {
          who,
          partitions,
          now: () => fleet.redisNow,
          tracing,
          onError,
        }),
    ),
    made(
      TriggerSchedules,
      [FunctionStore, ScheduleStore, ClusterLock, SETTINGS, CONNECTIONS, FleetMember],
      (functions, store, turns, { maxScheduleBytes: maxBytes }, { replyTo: who, onError }, fleet) =>
        new TriggerSchedules(functions, store, turns, {
          who,
          bounds: { max: MAX_SCHEDULES, maxBytes },
          members: () => fleet.members,
          onError,
        }),
    ),
  ],
})
export class SchedulesModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly triggers: TriggerSchedules,
  ) {}

  onApplicationBootstrap(): void {
    this.scheduler.start();
    this.triggers.start();
  }

  onApplicationShutdown(): void {
    this.scheduler.stop();
    this.triggers.stop();
  }
}
