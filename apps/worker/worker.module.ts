/** How a worker is put together. Libs are plain classes; this is where they are handed to each other. */
import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AddressGuard } from '@invoq/callbacks/address-guard';
import { machineAddresses } from '@invoq/callbacks/machine-addresses';
import { NameLookup } from '@invoq/callbacks/name-lookup';
import { WebhookClient } from '@invoq/callbacks/webhook-client';
import { defaultPlace } from '@invoq/blobs/blob-place';
import { openBlobs } from '@invoq/blobs/open-blobs';
import { Executor } from '@invoq/executor/executor';
import { Catalog } from '@invoq/functions/catalog';
import type { FunctionDir } from '@invoq/functions/function-dirs';
import { inheritedEnv } from '@invoq/host/inherited-env';
import { EndLog } from '@invoq/host/end-log';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import type { Tracing } from '@invoq/host/tracing/tracing';
import type { Format } from '@invoq/policy/format';
import { LANES, slotsOf } from '@invoq/policy/lanes';
import { CancelChannel } from '@invoq/queue/cancel-channel';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import { CallbackTests } from '@invoq/store/callbacks/callback-tests';
import type { Redis } from '@invoq/store/connection/connection';
import { AskedSetting } from '@invoq/store/fleet/asked-setting';
import { CallbackPeers } from '@invoq/store/callbacks/callback-peers';
import { FleetMember } from '@invoq/store/fleet/fleet-member';
import { FleetStore } from '@invoq/store/fleet/fleet-store';
import { PackedRecords } from '@invoq/store/record/packed-records';
import { Outbox } from '@invoq/store/callbacks/outbox';
import { FunctionStore } from '@invoq/store/fleet/function-store';
import { InvocationStore } from '@invoq/store/invocation-store';
import { outboxKey, tagOf, workerChannel } from '@invoq/store/keys/keys';
import { partitionOf } from '@invoq/store/keys/partition';
import { RecordReader } from '@invoq/store/record/record-reader';
import { OfferStore } from '@invoq/store/ready-queue/offers';
import { ServingStore } from '@invoq/store/ready-queue/serving';
import { Activity } from '@invoq/store/background/activity';
import { DuePartitions } from '@invoq/store/background/due-partitions';
import { Sweeper } from '@invoq/store/background/sweeper';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { Attempts } from './attempt';
import { Takes } from './takes';
import { CallbackReport } from './callbacks/callback-report';
import { callbackSecrets } from './callbacks/callback-secrets';
import { DeliveryAttempt } from './callbacks/delivery-attempt';
import { CallbackTester } from './callbacks/callback-tester';
import { CallbackDispatcher } from './callbacks/callback-dispatcher';
import { Peers } from './callbacks/peers';
import type { Connections } from './connections';
import { Duty } from './duty';
import { HealthController } from './health/health.controller';
import { MetricsController } from './health/metrics.controller';
import { identityOf, loadOf } from './identity';
import { LaneRunner, placesOf } from './lane-runner';
import { Leases } from './leases';
import { Programs } from './programs';
import { Publisher } from './publisher';
import { AttemptTelemetry } from './attempt-telemetry';
import { Results } from './results';
import { Runs } from './runs';
import { Served } from './served';
import type { WorkerSettings } from './settings';
import { BLOBS, REDIS } from './tokens';

@Module({})
export class WorkerModule {
  static with(
    settings: WorkerSettings,
    dirs: FunctionDir[],
    { worker, redis, subscriber }: Connections,
    log: Logger,
    tracing: Tracing | undefined,
  ): DynamicModule {
    const { queues, slots, partitions, apiUrl, leaseMs, syncCarrier } = settings;
    const metrics = new Metrics({ app: 'worker' });
    const report = new AttemptTelemetry(log, metrics, worker);
    const stats = new StatsWriter(redis, { who: worker, everyMs: settings.statsMs, onError: report.fault });
    const store = new InvocationStore(redis, (): Format => fleet.format(), stats.count);
    const catalog = new Catalog({ dirs, tryLoad: (program) => executor.tryLoad(program) });
    const executor: Executor = new Executor({
      keptOf: (program) => catalog.keptOf(program),
      slots: queues.length * LANES.reduce((sum, lane) => sum + slotsOf(lane, slots), 0),
      spares: settings.spares,
      maxCallsPerSandbox: settings.maxCallsPerSandbox,
      maxProcesses: settings.maxProcesses,
      users: settings.sandboxUsers,
      maxLogBytes: settings.maxLogBytes,
      maxResultBytes: settings.maxResultBytes,
      cancelGraceMs: settings.cancelGraceMs,
      inheritedEnv: inheritedEnv(),
      log,
    });
    const leases = new Leases(store, leaseMs, report.fault);
    const blobs = openBlobs(settings.blobs ?? defaultPlace(settings.data));
    const results = new Results(blobs, { inlineBytes: settings.inlineResultBytes, onError: report.fault });
    const places = placesOf(queues, slots);
    const activity = new Activity(redis, { allNote: (): boolean => fleet.allNote });
    const served = new Served(catalog, new ServingStore(redis, worker), {
      places,
      partitions,
      activity,
      fleet: () => fleet,
      onError: report.fault,
    });
    // What it serves may be unknown to a Redis that was started anew.
    redis.on('ready', () => void served.announceAgain());
    const runs = new Runs(executor, store, { apiUrl, onError: report.fault });
    const attempts = new Attempts(store, new Programs(catalog, served), served, runs, results, leases, report, {
      worker,
      // Should it fail, the sweeper looks in its next round.
      onPermit: (requestID) => void sweeper.sweepOne(requestID).catch(report.fault),
      onEnd: stats.count,
      tracing,
    });
    const takes = new Takes(store, new OfferStore(redis), served, attempts, { worker, onError: report.fault });
    const lanes = new LaneRunner(redis, takes, served, {
      queues,
      slots,
      partitions,
      leaseMs,
      syncCarrier,
      activity,
      onError: report.fault,
    });
    const queue = new InvocationQueue(redis, tagOf, syncCarrier, report.fault);
    const reader = new RecordReader(redis);
    const ends = new EndLog(log, reader, report.fault);
    const sweeper = new Sweeper(redis, {
      who: worker,
      partitions,
      activity,
      isFirst: () => fleet.comesFirst,
      enqueue: (requestID, place) =>
        queue.enqueue({ partition: partitionOf(requestID), ...place }, requestID, place.attempt),
      onEnded: ends.ended,
      count: stats.count,
      onError: report.fault,
    });
    const callbackReport = new CallbackReport(log, metrics);
    const peers = peersOf(settings, worker, redis, log, callbackReport);
    const deliveryAttempt = deliveryAttemptOf(settings, redis, peers, callbackReport, log, tracing);
    const { callbackTimeoutMs: timeoutMs } = settings;
    const outbox = new Outbox(redis);
    const dispatcher = new CallbackDispatcher(outbox, deliveryAttempt, {
      partitions,
      activity,
      due: new DuePartitions(redis, activity, {
        partitions,
        dueIn: (partition) => outbox.dueIn(partition),
        keyOf: outboxKey,
      }),
      timeoutMs,
      onError: callbackReport.fault,
    });
    const fleet: FleetMember = new FleetMember(new FleetStore(redis), identityOf(worker, settings), {
      load: () => loadOf(lanes, executor),
      rewrite: () => new PackedRecords(redis).unpackAll(),
      onError: report.fault,
    });
    fleet.onBack(() => served.announceAgain());
    const blobPlace = new AskedSetting(fleet, { setting: 'INVOQ_BLOBS', ask: () => blobs.identity() });
    const publisher = new Publisher(new FunctionStore(redis), fleet, log, { queues, specs: () => catalog.specs() });
    const lingering = (): number => executor.stats().lingering;
    const duty = new Duty(fleet, publisher, lanes, log, { functions: settings.functions, queues, lingering });
    return {
      module: WorkerModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: REDIS, useValue: redis },
        { provide: Metrics, useValue: metrics },
        { provide: Catalog, useValue: catalog },
        { provide: Executor, useValue: executor },
        { provide: Attempts, useValue: attempts },
        { provide: CancelChannel, useValue: new CancelChannel(subscriber, workerChannel(worker)) },
        { provide: Leases, useValue: leases },
        { provide: LaneRunner, useValue: lanes },
        { provide: Served, useValue: served },
        { provide: Sweeper, useValue: sweeper },
        { provide: StatsWriter, useValue: stats },
        { provide: Peers, useValue: peers },
        { provide: CallbackDispatcher, useValue: dispatcher },
        {
          provide: CallbackTester,
          useValue: new CallbackTester(new CallbackTests(redis), deliveryAttempt, callbackReport.fault),
        },
        { provide: FleetMember, useValue: fleet },
        { provide: Duty, useValue: duty },
        { provide: AskedSetting, useValue: blobPlace },
        { provide: BLOBS, useValue: blobs },
      ],
    };
  }
}

function peersOf(settings: WorkerSettings, worker: string, redis: Redis, log: Logger, report: CallbackReport): Peers {
  return new Peers(new CallbackPeers(redis), log, {
    worker,
    allow: settings.callbackAllow,
    addresses: machineAddresses,
    onError: report.fault,
  });
}

function deliveryAttemptOf(
  settings: WorkerSettings,
  redis: Redis,
  peers: Peers,
  report: CallbackReport,
  log: Logger,
  tracing: Tracing | undefined,
): DeliveryAttempt {
  const { callbackTimeoutMs: timeoutMs } = settings;
  const guard = new AddressGuard({
    allow: settings.callbackAllow,
    names: new NameLookup({ servers: settings.callbackNameServers }),
    ownAddresses: peers.ownAddresses,
  });
  return new DeliveryAttempt(new Outbox(redis), new WebhookClient(guard, { timeoutMs }), report, peers, {
    secrets: callbackSecrets(settings.callbackSecrets, settings.data, log),
    publicUrl: settings.publicUrl ?? settings.apiUrl,
    tracing,
  });
}
