/** The worker process: from settings to taking calls, and from SIGTERM to gone. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Executor } from '@invoq/executor/executor';
import { SandboxUsersError } from '@invoq/executor/users/sandbox-users';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { Catalog, CatalogError } from '@invoq/functions/catalog';
import { FUNCTION_DIRS_RULE, parseFunctionDirs } from '@invoq/functions/function-dirs';
import { problemLine } from '@invoq/functions/invalid-function';
import { bootstrap, StartError } from '@invoq/host/bootstrap';
import { notifyLauncher } from '@invoq/host/launcher';
import type { Logger } from '@invoq/host/log';
import { onShutdown } from '@invoq/host/shutdown';
import { startTracing } from '@invoq/host/tracing/start-tracing';
import { CancelChannel } from '@invoq/queue/cancel-channel';
import { settledWithin } from '@invoq/queue/lane-consumer';
import { readCallbackTest } from '@invoq/store/callbacks/callback-tests';
import { AskedSetting } from '@invoq/store/fleet/asked-setting';
import { FleetMember, FormatError } from '@invoq/store/fleet/fleet-member';
import { isOrderBell } from '@invoq/store/operators/worker-orders';
import { Sweeper } from '@invoq/store/background/sweeper';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { Attempts } from './attempt';
import { CallbackTester } from './callbacks/callback-tester';
import { CallbackDispatcher } from './callbacks/callback-dispatcher';
import { Peers } from './callbacks/peers';
import { connect } from './connections';
import { Duty } from './duty';
import { HealthController } from './health/health.controller';
import { serveLocalReadersOnly } from './health/local-readers';
import { LaneRunner } from './lane-runner';
import { Leases } from './leases';
import { Served } from './served';
import { WORKER_SETTINGS, type WorkerSettings } from './settings';
import { BLOBS } from './tokens';
import { WorkerModule } from './worker.module';

/** Calls that have answered and are still at work are waited for so long at the end, ms. */
const LINGER_MS = 2_000;
/** For closing what has nothing more to do, ms: BullMQ's own close hangs while Redis is away. */
const CLOSE_MS = 1_000;
/** For delivering the last spans, ms. */
const FLUSH_MS = 800;
/** For ending what outlasts the grace and writing that other workers may start it, ms. */
const HAND_OVER_MS = 1_400;
/** All that comes after the grace, ms. */
const END_MS = 2_000;
/** A step that has waited for the whole grace has not overrun it, ms. */
const SLACK_MS = 250;
/** For giving back the deliveries that did not end in the grace, ms. */
const GIVE_BACK_MS = 500;

void bootstrap(
  'worker',
  'A worker of Invoq: runs the functions of a directory for the calls in its queues.',
  WORKER_SETTINGS,
  start,
);

async function start(settings: WorkerSettings, log: Logger): Promise<void> {
  const dirs = parseFunctionDirs(settings.functions, process.cwd());
  if (!dirs) throw new StartError(`INVOQ_FUNCTIONS=${settings.functions}: must be ${FUNCTION_DIRS_RULE}.`);
  const tracing = await startTracing('worker', settings, log);
  const connections = await connect(settings, log);
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.with(settings, dirs, connections, log, tracing),
    new FastifyAdapter(),
    {
      logger: false,
      abortOnError: false,
    },
  );
  serveLocalReadersOnly(app.getHttpAdapter().getInstance(), settings.metrics);
  const executor = app.get(Executor);
  const lanes = app.get(LaneRunner);
  const health = app.get(HealthController);
  const sweeper = app.get(Sweeper);
  const stats = app.get(StatsWriter);
  const catalog = app.get(Catalog);
  const served = app.get(Served);
  const leases = app.get(Leases);
  const dispatcher = app.get(CallbackDispatcher);
  const fleet = app.get(FleetMember);
  const duty = app.get(Duty);
  const blobPlace = app.get(AskedSetting);
  await prepare(executor, settings);
  await join(fleet);

  const { graceMs } = settings;
  const shutdown = onShutdown({
    log,
    graceMs: graceMs + END_MS,
    steps: [
      { name: 'take nothing more', limitMs: 100, run: () => leaveDuty() },
      { name: 'let runs and deliveries end', limitMs: graceMs + SLACK_MS, run: () => drain() },
      { name: 'leave the rest to other workers', limitMs: HAND_OVER_MS, run: () => handOver() },
      { name: 'close', limitMs: CLOSE_MS, run: () => close() },
    ],
  });

  await loadFunctions(catalog, served, executor, log);
  await executor.start([...new Set(catalog.specs().map(({ memoryMb }) => memoryMb))]);
  keepServing(catalog, served, duty, executor, log);
  if (settings.watch) catalog.watch();
  loadAgainOn('SIGHUP', catalog, log);
  await app.get(CancelChannel).open((message) => {
    const test = readCallbackTest(message);
    if (isOrderBell(message)) fleet.hearNow().catch((err: unknown) => log.warn({ err }, 'an order waits'));
    else if (test) void app.get(CallbackTester).test(test);
    else leases.cancel(message);
  });
  await blobPlace.start();
  duty.onExit(() => {
    // The launcher takes it as wanted; see scripts/app-process.mjs.
    notifyLauncher({ event: 'drained' });
    shutdown.start('drained, and an operator wants it to end');
  });
  await duty.start();
  sweeper.start();
  stats.start();
  app.get(Peers).start();
  dispatcher.start();
  // Small results need no blobs, so this is no reason not to run anything.
  void app
    .get<BlobStore>(BLOBS)
    .check()
    .catch((err: unknown) => log.warn({ err }, 'large results cannot be kept now'));
  await app.listen(settings.port, settings.host).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new StartError(
      `WORKER_PORT=${settings.port}: ${error.message}. Each worker of a machine needs another port.`,
    );
  });
  const address = app.getHttpServer().address() as { port: number };
  log.info(
    { event: 'listening', host: settings.host, port: address.port, queues: settings.queues, slots: settings.slots },
    'listening',
  );
  notifyLauncher({ event: 'listening', port: address.port });

  function leaveDuty(): void {
    health.drain();
    duty.end();
  }

  async function drain(): Promise<void> {
    const runs = lanes.drain(graceMs).then(() => executor.lingered(Math.min(graceMs, LINGER_MS)));
    await Promise.all([runs, dispatcher.drain(Math.max(0, graceMs - GIVE_BACK_MS))]);
  }

  /** The ends of the sandboxes are not enough: each run is given up in Redis, or its lease would have to run out. */
  async function handOver(): Promise<void> {
    await executor.stop(0);
    if (connections.redis.status === 'ready') await app.get(Attempts).flushed(CLOSE_MS / 2);
    if (connections.redis.status === 'ready') await lanes.drain(CLOSE_MS);
    const left = lanes.heldCalls;
    if (left > 0) throw new Error(`${left} runs could not be given up in Redis: they go on when their leases are over`);
  }

  async function close(): Promise<void> {
    sweeper.stop();
    blobPlace.stop();
    // Redis may be away, and would be waited for.
    const left = settledWithin(Promise.all([app.get(Peers).stop(), stats.end()]), CLOSE_MS / 2);
    leases.close();
    app.get(CancelChannel).close();
    app.get(CallbackTester).close();
    const flushed = tracing?.close(FLUSH_MS);
    await Promise.all([left, lanes.close(CLOSE_MS / 2), catalog.close(), app.close(), fleet.leave(), flushed]);
    app.get<BlobStore>(BLOBS).close();
    connections.redis.disconnect();
  }
}

/** Without the users that its settings name, it runs nothing. */
async function prepare(executor: Executor, { sandboxUsers }: WorkerSettings): Promise<void> {
  await executor.prepare().catch((error: unknown) => {
    if (!(error instanceof SandboxUsersError)) throw error;
    const range = `${sandboxUsers!.first}-${sandboxUsers!.last}`;
    throw new StartError(`INVOQ_SANDBOX_UIDS=${range}: ${error.message}. See docs/security.md.`);
  });
}

/** Before anything is taken or written: data of another format must not be touched. */
async function join(fleet: FleetMember): Promise<void> {
  await fleet.join().catch((error: unknown) => {
    throw error instanceof FormatError ? new StartError(error.message) : error;
  });
  fleet.start();
}

/** A directory that cannot be read ends the process; a function at fault is named, and only it is refused. */
async function loadFunctions(catalog: Catalog, served: Served, executor: Executor, log: Logger): Promise<void> {
  await catalog.load().catch((error: unknown) => {
    throw error instanceof CatalogError ? new StartError(error.message) : error;
  });
  for (const problem of catalog.problems()) log.warn({ problem }, problemLine(problem));
  for (const remark of await catalog.remarks()) log.warn({ problem: remark }, problemLine(remark));
  // Building them all may take a while; calls need not wait for the report.
  void catalog.check().then(async (problems) => {
    for (const problem of problems) log.warn({ problem }, problemLine(problem));
    for (const { env, function: name } of problems) if (name) void served.isBroken({ env, name });
    const files = await executor.unreadable(catalog.files());
    if (files.length > 0)
      log.warn({ files }, 'the users of sandboxes cannot read these files of functions (chmod go+rX)');
  });
}

/** Whenever a newer version of a function is served: its calls go to new sandboxes, and the fleet is notified. */
function keepServing(catalog: Catalog, served: Served, duty: Duty, executor: Executor, log: Logger): void {
  catalog.listen(({ changed, added, removed, problems, kept, stale }) => {
    void served.refresh([...changed, ...added, ...removed]);
    for (const problem of problems) log.warn({ problem }, problemLine(problem));
    for (const problem of kept) log.warn({ problem }, `the version before is served: ${problemLine(problem)}`);
    for (const { env, name } of [...changed, ...removed, ...stale]) executor.retire(env, name);
    duty.changed().catch((err: unknown) => log.warn({ err }, 'functions could not be published'));
  });
}

/** Also where files are not watched: `systemctl reload`, or `kill -HUP`, after new files are in place. */
function loadAgainOn(signal: NodeJS.Signals, catalog: Catalog, log: Logger): void {
  process.on(signal, () => {
    log.info({ event: 'reload', signal }, 'reading the functions again');
    catalog.reload().catch((err: unknown) => log.warn({ err }, 'the functions could not be read again'));
  });
}
