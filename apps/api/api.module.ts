/** How the API is put together. Libs are plain classes; this is where Nest hands them to each other. */
import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { MemberLoad } from '@invoq/contract/member';
import { RegistryCache } from '@invoq/functions/registry-cache';
import { EndLog } from '@invoq/host/end-log';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import { OutcomeChannel } from '@invoq/queue/outcome-channel';
import { AuditStore } from '@invoq/store/operators/audit-store';
import { WaitingWalk } from '@invoq/store/line/waiting-walk';
import { PauseStore } from '@invoq/store/operators/pause-store';
import { AskedSetting } from '@invoq/store/fleet/asked-setting';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { CallbackTests } from '@invoq/store/callbacks/callback-tests';
import { CallList } from '@invoq/store/lists/call-list';
import { CallPages } from '@invoq/store/lists/call-pages';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { InvocationStore } from '@invoq/store/invocation-store';
import { tagOf } from '@invoq/store/keys/keys';
import { RecordReader } from '@invoq/store/record/record-reader';
import { RegistryKeeper } from '@invoq/store/fleet/registry-keeper';
import { ScheduleStore } from '@invoq/store/schedules/schedule-store';
import { Turns } from '@invoq/store/chores/turns';
import { RateStore } from '@invoq/store/limits/rate-store';
import { Outbox } from '@invoq/store/callbacks/outbox';
import { Blobs } from './blobs/blobs';
import { openedBlobs } from './blobs/opened-blobs';
import { CallbackTesting } from './callbacks/callback-test';
import { CallbacksController } from './callbacks/callbacks.controller';
import { AllPlaces } from './callers/all-places';
import { Callers } from './callers/callers';
import { FailedAttempts } from './callers/failed-attempts';
import { HeldAnswers } from './callers/held-answers';
import type { LiveKeys } from './callers/live-keys';
import type { Connections } from './connections';
import { ConsoleModule } from './console/console.module';
import { DeadLetterOffice } from './dead-letters/dead-letter-office';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { CloudbaseController } from './doors/cloudbase/cloudbase.controller';
import { CloudbaseDoor } from './doors/cloudbase/cloudbase.door';
import { CloudbaseHttpDoor } from './doors/cloudbase/cloudbase-http.door';
import type { Doors } from './doors/doors';
import { Gateway } from './doors/gateway';
import { MinappController } from './doors/minapp/minapp.controller';
import { MinappDoor } from './doors/minapp/minapp.door';
import { DeliveriesController } from './doors/native/deliveries.controller';
import { NativeController } from './doors/native/native.controller';
import { NativeDoor } from './doors/native/native.door';
import { FleetController } from './fleet/fleet.controller';
import { FleetOffice } from './fleet/fleet-office';
import { FleetWatch } from './fleet/fleet-watch';
import { identityOf } from './fleet/identity';
import { Served } from './fleet/served';
import { FleetGauges } from './health/fleet-gauges';
import { HealthController } from './health/health.controller';
import { MetricsController } from './health/metrics.controller';
import { StoreIndicator } from './health/store.indicator';
import { Faults } from './http/faults';
import { Acceptance } from './invocations/acceptance';
import { Admission } from './invocations/admission';
import { DeliveryLog } from './invocations/delivery-log';
import { Followers } from './invocations/followers';
import { Following } from './invocations/following';
import { Hearing } from './invocations/hearing';
import { Invocations } from './invocations/invocations';
import { LargeResults } from './invocations/large-results';
import { Lookup } from './invocations/lookup';
import { LogTail } from './invocations/log-tail';
import { Records } from './invocations/records';
import { Room } from './invocations/room';
import { Waiters } from './invocations/waiters';
import { PackagesController } from './packages/packages.controller';
import { AuditLog } from './operations/audit-log';
import { Bulk } from './operations/bulk';
import { OperationsController } from './operations/operations.controller';
import { Replays } from './operations/replays';
import { Pauses } from './operations/pauses';
import { PausesController } from './operations/pauses.controller';
import { Scheduler } from './schedules/scheduler';
import { TriggerSchedules } from './schedules/trigger-schedules';
import { MAX_SCHEDULES, Schedules } from './schedules/schedules';
import { SchedulesController } from './schedules/schedules.controller';
import type { ApiSettings } from './settings';
import { BLOB_STORE, CONNECTIONS, LOG } from './tokens';

const DAY_MS = 86_400_000;

@Module({})
export class ApiModule {
  /** `keys`: undefined without a keys file: then anybody who reaches the port may call. */
  static with(
    settings: ApiSettings,
    keys: LiveKeys | undefined,
    doors: Doors,
    connections: Connections,
    log: Logger,
  ): DynamicModule {
    const { redis, subscriber, id, replyTo, onFault } = connections;
    const limits = {
      maxQueueAgeMs: settings.maxQueueAgeMs,
      retention: { syncMs: settings.retainSyncMs, asyncMs: settings.retainAsyncMs, deadMs: settings.retainDeadMs },
      idempotencyMs: settings.idempotencyMs,
      maxWaitMs: settings.maxWaitMs,
      maxDelayMs: settings.maxDelayMs,
    };
    const { partitions, maxQueued, maxWaitMs } = settings;
    const store = new InvocationStore(redis, () => fleet.format());
    const reader = new RecordReader(redis);
    const outbox = new Outbox(redis);
    const functions = new FunctionStore(redis);
    const queue = new InvocationQueue(redis, tagOf, settings.syncCarrier, onFault);
    const registry = new RegistryCache(functions);
    const places = new AllPlaces(settings);
    const waiters = new Waiters(reader, places.waits, onFault);
    const quotas = { maxWaiting: settings.maxQueuedBytes, maxDead: settings.maxDeadBytes };
    const room = new Room(redis, {
      ...quotas,
      maxKept: settings.maxKeptBytes,
      fullAt: settings.storeFullAt / 100,
      onFault,
    });
    const acceptance = new Acceptance(store, queue, room, () => redis.status === 'ready', onFault);
    const fleetStore = new FleetStore(redis);
    const load = (): MemberLoad => ({ memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576) });
    const fleet = new FleetMember(fleetStore, identityOf(id, settings), { load, onFault });
    const fleetWatch = new FleetWatch(fleet, log, onFault);
    const keeper = new RegistryKeeper(fleet, fleetStore, functions, { keepMs: settings.retainUnservedMs, onFault });
    const admission = new Admission(new RateStore(redis), settings, () => fleet.refusals);
    const pauses = new Pauses(new PauseStore(redis, partitions, () => fleet.format()), functions, onFault);
    const { blobs, blobStore } = openedBlobs(settings, places, redis, log);
    const blobPlace = new AskedSetting(fleet, { setting: 'INVOQ_BLOBS', ask: () => blobStore.identity() });
    const large = new LargeResults(blobs, onFault);
    const ends = new EndLog(log, (requestID) => reader.read(requestID), onFault);
    const hearing = new Hearing(acceptance, store, waiters, reader, replyTo, ends.ended);
    const invocations = new Invocations(
      registry,
      admission,
      acceptance,
      hearing,
      large,
      new LogTail(reader),
      new Served(registry, fleet),
      pauses,
      {
        limits,
        maxQueued,
        maxOpen: settings.maxOpen,
        quotas,
        partitions,
        replyTo,
        listed: { max: settings.maxListed, keepMs: listedMs(settings) },
      },
    );
    const callers = new Callers(reader, new FailedAttempts(), {
      keys: () => keys?.now(),
      defaultEnv: settings.defaultEnv,
      aliases: new Map(settings.envAliases.map(({ alias, env }) => [alias, env])),
      envsOf: async (env, name) => (await registry.find(env, name))?.envs ?? [],
    });
    const held = new HeldAnswers();
    keys?.onChange((now) => held.review(now));
    const lists = new CallList(redis, partitions);
    const pages = new CallPages(redis, partitions);
    const records = new Records(store, reader, lists, pages, waiters, large, { partitions, maxWaitMs, replyTo });
    const lookups = new Lookup(store, reader, records, waiters, { partitions, maxWaitMs, replyTo });
    const followers = new Followers(reader, places.streams);
    const following = new Following(records, store, followers, large, {
      replyTo,
      maxMs: settings.maxFollowMs,
      onFault,
    });
    const metrics = new Metrics({ app: 'api' });
    const schedules = new ScheduleStore(redis);
    const scheduler = new Scheduler(schedules, reader, invocations, new Turns(redis), {
      who: replyTo,
      partitions,
      onFault,
    });
    const triggerSchedules = new TriggerSchedules(functions, schedules, new Turns(redis), {
      who: replyTo,
      bounds: { max: MAX_SCHEDULES, maxBytes: settings.maxScheduleBytes },
      onFault,
    });
    const letters = new DeadLetters(redis, partitions);
    const office = new DeadLetterOffice(letters, invocations, partitions, onFault);
    metrics.onScrape(() => places.all.forEach(({ name, taken }) => metrics.placesTaken.set({ of: name }, taken)));
    metrics.onScrape(() => metrics.waiters.set(waiters.size));
    const fleetGauges = new FleetGauges(redis, fleet, room, { partitions, onFault });
    fleetGauges.attachTo(metrics);
    return {
      module: ApiModule,
      imports: [TerminusModule.forRoot({ logger: false }), ConsoleModule.with(callers)],
      controllers: [
        NativeController,
        DeadLettersController,
        SchedulesController,
        DeliveriesController,
        FleetController,
        CallbacksController,
        PausesController,
        OperationsController,
        CloudbaseController,
        MinappController,
        PackagesController,
        HealthController,
        MetricsController,
      ],
      providers: [
        { provide: CONNECTIONS, useValue: connections },
        { provide: LOG, useValue: log },
        { provide: EndLog, useValue: ends },
        { provide: Metrics, useValue: metrics },
        { provide: FleetGauges, useValue: fleetGauges },
        { provide: InvocationStore, useValue: store },
        { provide: InvocationQueue, useValue: queue },
        { provide: RegistryCache, useValue: registry },
        { provide: OutcomeChannel, useValue: new OutcomeChannel(subscriber, replyTo) },
        { provide: Room, useValue: room },
        { provide: FleetMember, useValue: fleet },
        { provide: FleetWatch, useValue: fleetWatch },
        { provide: RegistryKeeper, useValue: keeper },
        { provide: CallbackTesting, useValue: new CallbackTesting(new CallbackTests(redis), fleetStore, admission) },
        { provide: FleetOffice, useValue: new FleetOffice(fleetStore, functions, reader, pauses, partitions) },
        { provide: Pauses, useValue: pauses },
        { provide: AuditLog, useValue: new AuditLog(new AuditStore(redis)) },
        { provide: Waiters, useValue: waiters },
        { provide: Admission, useValue: admission },
        { provide: Invocations, useValue: invocations },
        { provide: Records, useValue: records },
        { provide: Lookup, useValue: lookups },
        { provide: DeliveryLog, useValue: new DeliveryLog(records, outbox) },
        { provide: DeadLetterOffice, useValue: office },
        {
          provide: Bulk,
          useValue: new Bulk(new WaitingWalk(redis, partitions), store, reader, letters, office),
        },
        { provide: Replays, useValue: new Replays(records, letters, invocations) },
        { provide: Followers, useValue: followers },
        { provide: Following, useValue: following },
        { provide: Schedules, useValue: new Schedules(schedules, registry, room, settings.maxScheduleBytes) },
        { provide: Scheduler, useValue: scheduler },
        { provide: TriggerSchedules, useValue: triggerSchedules },
        { provide: Callers, useValue: callers },
        { provide: HeldAnswers, useValue: held },
        { provide: NativeDoor, useValue: doors.native },
        { provide: CloudbaseDoor, useValue: doors.cloudbase },
        { provide: CloudbaseHttpDoor, useValue: doors.cloudbaseHttp },
        { provide: MinappDoor, useValue: doors.minapp },
        { provide: Blobs, useValue: blobs },
        { provide: BLOB_STORE, useValue: blobStore },
        { provide: AskedSetting, useValue: blobPlace },
        Faults,
        Gateway,
        StoreIndicator,
      ],
    };
  }
}

/** No shorter than any record is kept, from its acceptance on; a day is left for runs and what is between them. */
function listedMs(settings: ApiSettings): number {
  const { maxDelayMs, maxQueueAgeMs, retainSyncMs, retainAsyncMs, retainDeadMs, idempotencyMs } = settings;
  return maxDelayMs + maxQueueAgeMs + Math.max(retainSyncMs, retainAsyncMs, idempotencyMs, retainDeadMs) + DAY_MS;
}
