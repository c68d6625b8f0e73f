/** The API process: from settings to listening, and from SIGTERM to gone. */
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { begin, StartFault } from '@invoq/host/begin';
import { EndLog } from '@invoq/host/end-log';
import type { Logger } from '@invoq/host/log';
import { Metrics } from '@invoq/host/metrics';
import { onShutdown } from '@invoq/host/shutdown';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import { OutcomeChannel } from '@invoq/queue/outcome-channel';
import { AskedSetting } from '@invoq/store/fleet/asked-setting';
import { FleetMember, FormatFault } from '@invoq/store/fleet/fleet-member';
import { partitionOf } from '@invoq/store/keys/partition';
import { RegistryKeeper } from '@invoq/store/fleet/registry-keeper';
import { Sweeper } from '@invoq/store/chores/sweeper';
import { Turns } from '@invoq/store/chores/turns';
import { ApiModule } from './api.module';
import { BlobRoutes } from './blobs/blob.routes';
import { BlobSweeper } from './blobs/blob-sweeper';
import { Blobs } from './blobs/blobs';
import { Callers } from './callers/callers';
import { LiveKeys } from './callers/live-keys';
import { connect } from './connections';
import { Doors } from './doors/doors';
import { FleetWatch } from './fleet/fleet-watch';
import { FleetGauges } from './health/fleet-gauges';
import { HealthController } from './health/health.controller';
import { logRequests } from './http/access-log';
import { answerBrokenRequests } from './http/broken-requests';
import { corsOptions } from './http/cors';
import { Faults, type NoteRefusal } from './http/faults';
import { configureHttp, createHttpAdapter } from './http/http-server';
import { identifyCallers } from './http/identify';
import { lookForFunctions } from './http/known-function';
import { serveLocalCallersOnly } from './http/local-callers';
import { measureRequests } from './http/measure-requests';
import { guardOperatorPages } from './http/operator-pages';
import { RefusalFilter } from './http/refusal.filter';
import { DtoPipe } from './http/validation.pipe';
import { Admission } from './invocations/admission';
import { Followers } from './invocations/followers';
import { Invocations } from './invocations/invocations';
import { Room } from './invocations/room';
import { Waiters } from './invocations/waiters';
import { Pauses } from './operations/pauses';
import { Scheduler } from './schedules/scheduler';
import { TriggerSchedules } from './schedules/trigger-schedules';
import { serveOpenApi } from './openapi/document';
import { API_SETTINGS, type ApiSettings, exposureFault } from './settings';
import { BLOB_STORE } from './tokens';

/** For leaving Redis, ms. */
const LEAVE_MS = 1_000;

void begin('api', 'The API of Invoq: takes calls, answers them, and tells what became of them.', API_SETTINGS, start);

async function start(settings: ApiSettings, log: Logger): Promise<void> {
  const fault = exposureFault(settings);
  if (fault !== undefined) throw new StartFault(fault);
  const keys = await openKeys(settings.keysFile, log);
  const connections = await connect(settings, log);

  const doors = new Doors(settings);
  const note: NoteRefusal = (refusal, requestID) => app.get(Faults).note(refusal, requestID);
  const adapter = createHttpAdapter(settings, doors, note);
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(settings, keys, doors, connections, log),
    adapter,
    {
      bodyParser: false,
      logger: false,
      abortOnError: false,
    },
  );
  const fleet = app.get(FleetMember);
  await join(fleet);
  const fastify = adapter.getInstance<FastifyInstance>();
  measureRequests(fastify, app.get(Metrics));
  if (settings.accessLog) logRequests(fastify, log);
  answerBrokenRequests(fastify, settings.partitions, doors, app.get(Faults));
  if (!keys) serveLocalCallersOnly(fastify, settings, doors, app.get(Faults));
  guardOperatorPages(fastify, settings, app.get(Callers), app.get(Faults));
  configureHttp(adapter, settings, doors, note);
  identifyCallers(fastify, app.get(Callers), doors, settings.bodyLimitBytes);
  lookForFunctions(fastify, app.get(Invocations), settings.bodyLimitBytes);
  app.useGlobalFilters(new RefusalFilter(app.get(Faults), doors));
  app.useGlobalPipes(new DtoPipe());
  if (settings.corsOrigins.length > 0) app.enableCors(corsOptions(settings.corsOrigins));
  const blobStore = app.get<BlobStore>(BLOB_STORE);
  // After CORS: a scope has what its parent had when it was made.
  new BlobRoutes(app.get(Blobs), app.get(Admission), app.get(Faults), settings).serveOn(fastify);
  if (settings.docs !== 'off') serveOpenApi(app, settings.publicUrl);

  const waiters = app.get(Waiters);
  connections.subscriber.on('close', () => waiters.onDisconnected());
  const followers = app.get(Followers);
  await app.get(OutcomeChannel).open(waiters, followers);
  const queue = app.get(InvocationQueue);
  const sweeper = new Sweeper(connections.redis, {
    who: connections.replyTo,
    partitions: settings.partitions,
    format: () => fleet.format(),
    enqueue: (requestID, place) =>
      queue.enqueue({ partition: partitionOf(requestID), ...place }, requestID, place.attempt),
    onEnded: (requestID) => app.get(EndLog).ended(requestID),
    onFault: connections.onFault,
  });
  sweeper.start();
  const blobSweeper = new BlobSweeper(blobStore, new Turns(connections.redis), {
    who: connections.replyTo,
    onFault: (err) => log.warn({ err }, 'expired blobs could not be dropped'),
  });
  blobSweeper.start();
  const room = app.get(Room);
  await room.start();
  const scheduler = app.get(Scheduler);
  scheduler.start();
  const triggerSchedules = app.get(TriggerSchedules);
  triggerSchedules.start();
  const keeper = app.get(RegistryKeeper);
  keeper.start();
  const fleetGauges = app.get(FleetGauges);
  fleetGauges.start();
  const pauses = app.get(Pauses);
  pauses.start();
  const fleetWatch = app.get(FleetWatch);
  // Small calls need no blobs, so this is no reason not to serve them.
  void blobStore.check().catch((err: unknown) => log.warn({ err }, 'large fields and results cannot be kept now'));

  onShutdown({
    log,
    graceMs: settings.shutdownDelayMs + settings.graceMs + LEAVE_MS,
    steps: [
      { name: 'be taken out of the rotation', limitMs: settings.shutdownDelayMs + 100, run: () => depart() },
      { name: 'refuse new calls', limitMs: 100, run: () => refuse() },
      { name: 'answer those that wait', limitMs: settings.graceMs, run: () => app.close() },
      { name: 'leave Redis', limitMs: LEAVE_MS, run: () => leave() },
    ],
  });

  const blobPlace = app.get(AskedSetting);
  await blobPlace.start();
  await fleetWatch.start();
  await app.listen(settings.port, settings.host);
  const address = app.getHttpServer().address() as { port: number };
  const listening = { event: 'listening', host: settings.host, port: address.port, keys: keys?.now().size ?? 'none' };
  log.info(listening, 'listening');

  /** Calls are served as before, while `/readyz` tells balancers to send no more. */
  async function depart(): Promise<void> {
    app.get(HealthController).drain();
    await sleep(settings.shutdownDelayMs);
  }

  function refuse(): void {
    app.get(Admission).close();
    fleetWatch.end();
    // They would hold this process up for as long as it may be; they go on at another one.
    followers.close();
  }

  async function leave(): Promise<void> {
    sweeper.stop();
    keeper.stop();
    fleetGauges.stop();
    pauses.stop();
    scheduler.stop();
    triggerSchedules.stop();
    room.stop();
    keys?.stop();
    blobSweeper.stop();
    blobPlace.stop();
    blobStore.close();
    waiters.close();
    app.get(OutcomeChannel).close();
    await fleet.leave();
    connections.redis.disconnect();
  }
}

/** Before anything is taken or written: data of another format must not be touched. */
async function join(fleet: FleetMember): Promise<void> {
  await fleet.join().catch((error: unknown) => {
    throw error instanceof FormatFault ? new StartFault(error.message) : error;
  });
  fleet.start();
}

async function openKeys(file: string | undefined, log: Logger): Promise<LiveKeys | undefined> {
  if (file === undefined) return undefined;
  return LiveKeys.open(file, log).catch((error: Error) => {
    throw new StartFault(`INVOQ_KEYS_FILE=${file}: ${error.message}`);
  });
}
