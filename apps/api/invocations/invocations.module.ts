/** A call from its acceptance to its answer. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { EndLog } from '@invoq/host/end-log';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { InvocationStore } from '@invoq/store/invocation-store';
import { partitionOf } from '@invoq/store/keys/partition';
import { RecordReader } from '@invoq/store/record/record-reader';
import { Activity } from '@invoq/store/background/activity';
import { Sweeper } from '@invoq/store/background/sweeper';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { Served } from '../fleet/served';
import { StoodDown } from '../fleet/stood-down';
import { StoodDownModule } from '../fleet/stood-down.module';
import { Pauses } from '../operations/pauses';
import { PausesModule } from '../operations/pauses.module';
import { made } from '../process/made';
import { CONNECTIONS, LOG, SETTINGS } from '../process/tokens';
import { Acceptance } from './acceptance';
import { Admission } from './admission';
import { AdmissionModule } from './admission.module';
import { SyncWait } from './sync-wait';
import { Invocations } from './invocations';
import { LargeResults } from './large-results';
import { LogTail } from './log-tail';
import { ReadingModule } from './reading.module';
import { Room } from './room';
import { submissionOptions } from './submission-options';
import { Waiters } from './waiters';
import { WaitingModule } from './waiting.module';

const CALLING = [
  made(EndLog, [LOG, RecordReader, CONNECTIONS], (log, reader, { onError }) => new EndLog(log, reader, onError)),
  made(
    Acceptance,
    [InvocationStore, InvocationQueue, Room, CONNECTIONS],
    (store, queue, room, { redis, onError }) =>
      new Acceptance(store, queue, room, () => redis.status === 'ready', onError),
  ),
  made(
    SyncWait,
    [Acceptance, InvocationStore, Waiters, RecordReader, CONNECTIONS, EndLog],
    (acceptance, store, waiters, reader, { replyTo }, { ended }) =>
      new SyncWait(acceptance, store, waiters, reader, replyTo, ended),
  ),
  made(LogTail, [RecordReader], (reader) => new LogTail(reader)),
  made(
    Served,
    [RegistryCache, FleetMember, StoodDown],
    (functions, fleet, stoodDown) => new Served(functions, fleet, stoodDown),
  ),
  made(
    Invocations,
    [RegistryCache, Admission, Acceptance, SyncWait, LargeResults, LogTail, Served, Pauses, SETTINGS, CONNECTIONS],
    (functions, admission, acceptance, syncWait, large, logTail, served, pauses, settings, { replyTo }) =>
      new Invocations(
        functions,
        admission,
        acceptance,
        syncWait,
        large,
        logTail,
        served,
        pauses,
        submissionOptions(settings, replyTo),
      ),
  ),
];

@Module({
  imports: [AdmissionModule, WaitingModule, ReadingModule, PausesModule, StoodDownModule],
  providers: [
    ...CALLING,
    made(
      Sweeper,
      [CONNECTIONS, SETTINGS, FleetMember, Activity, InvocationQueue, EndLog, StatsWriter],
      ({ redis, replyTo: who, onError }, { partitions }, fleet, activity, queue, { ended: onEnded }, { count }) =>
        new Sweeper(redis, {
          who,
          partitions,
          activity,
          isFirst: () => fleet.comesFirst,
          enqueue: (requestID, place) =>
            queue.enqueue({ partition: partitionOf(requestID), ...place }, requestID, place.attempt),
          onEnded,
          count,
          onError,
        }),
    ),
  ],
  exports: [AdmissionModule, ReadingModule, Invocations],
})
export class InvocationsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly sweeper: Sweeper) {}

  onApplicationBootstrap(): void {
    this.sweeper.start();
  }

  onApplicationShutdown(): void {
    this.sweeper.stop();
  }
}
