/** Calls at times: those that callers set, and those that functions bring along. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { RecordReader } from '@invoq/store/record/record-reader';
import { ScheduleStore } from '@invoq/store/schedules/schedule-store';
import { Turns } from '@invoq/store/chores/turns';
import { Invocations } from '../invocations/invocations';
import { InvocationsModule } from '../invocations/invocations.module';
import { Room } from '../invocations/room';
import { AuditModule } from '../operations/audit.module';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
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
      [ScheduleStore, RecordReader, Invocations, Turns, SETTINGS, CONNECTIONS],
      (store, reader, invocations, turns, { partitions }, { replyTo: who, onFault }) =>
        new Scheduler(store, reader, invocations, turns, { who, partitions, onFault }),
    ),
    made(
      TriggerSchedules,
      [FunctionStore, ScheduleStore, Turns, SETTINGS, CONNECTIONS],
      (functions, store, turns, { maxScheduleBytes: maxBytes }, { replyTo: who, onFault }) =>
        new TriggerSchedules(functions, store, turns, { who, bounds: { max: MAX_SCHEDULES, maxBytes }, onFault }),
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
