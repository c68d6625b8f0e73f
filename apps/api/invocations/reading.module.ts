/** What can be read of calls: one, many, lists, their logs and events, and what became of their callbacks. */
import { Module } from '@nestjs/common';
import { CallList } from '@invoq/store/lists/call-list';
import { CallPages } from '@invoq/store/lists/call-pages';
import { InvocationStore } from '@invoq/store/invocation-store';
import { FailingCallbacks } from '@invoq/store/callbacks/failing-callbacks';
import { Outbox } from '@invoq/store/callbacks/outbox';
import { RecordReader } from '@invoq/store/record/record-reader';
import { Blobs } from '../blobs/blobs';
import { BlobsModule } from '../blobs/blobs.module';
import { AuditModule } from '../operations/audit.module';
import { made } from '../process/made';
import { CONNECTIONS, REDIS, SETTINGS } from '../process/tokens';
import { DeliveryLog } from './delivery-log';
import { Followers } from './followers';
import { Following } from './following';
import { HeldReads } from './held-reads';
import { InvocationsController } from './invocations.controller';
import { LargeResults } from './large-results';
import { LiveController } from './live.controller';
import { Lookup } from './lookup';
import { Records } from './records';
import { Waiters } from './waiters';
import { WaitingModule } from './waiting.module';

@Module({
  imports: [WaitingModule, BlobsModule, AuditModule],
  controllers: [InvocationsController, LiveController],
  providers: [
    made(LargeResults, [Blobs, CONNECTIONS], (blobs, { onError }) => new LargeResults(blobs, onError)),
    made(CallList, [REDIS, SETTINGS], (redis, { partitions }) => new CallList(redis, partitions)),
    made(CallPages, [REDIS, SETTINGS], (redis, { partitions }) => new CallPages(redis, partitions)),
    made(
      Records,
      [InvocationStore, RecordReader, CallList, CallPages, Waiters, LargeResults, SETTINGS, CONNECTIONS],
      (store, reader, lists, pages, waiters, large, { partitions, maxWaitMs }, { replyTo }) =>
        new Records(store, reader, lists, pages, waiters, large, { partitions, maxWaitMs, replyTo }),
    ),
    made(
      Lookup,
      [InvocationStore, RecordReader, Records, Waiters, SETTINGS, CONNECTIONS],
      (store, reader, records, waiters, { partitions, maxWaitMs }, { replyTo }) =>
        new Lookup(store, reader, records, waiters, { partitions, maxWaitMs, replyTo }),
    ),
    made(
      Following,
      [Records, InvocationStore, Followers, LargeResults, SETTINGS, CONNECTIONS],
      (records, store, followers, large, { maxFollowMs: maxMs }, { replyTo, onError }) =>
        new Following(records, store, followers, large, { replyTo, maxMs, onError }),
    ),
    made(
      DeliveryLog,
      [Records, REDIS, SETTINGS],
      (records, redis, { partitions }) =>
        new DeliveryLog(records, new Outbox(redis), new FailingCallbacks(redis, partitions)),
    ),
    HeldReads,
  ],
  exports: [LargeResults, Records, DeliveryLog],
})
export class ReadingModule {}
