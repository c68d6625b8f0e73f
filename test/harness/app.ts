/** One built app (the API or a worker) as a process of its own, on a port of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { http, type HttpClient } from './http';
import { entryOf, LoggedProcess } from './logged-process';
import { until } from './until';

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 45_000;
/** No balancer watches it. */
const NO_DELAY = { INVOQ_SHUTDOWN_DELAY: '0' };
const root = join(__dirname, '..', '..');

export interface App {
  process: LoggedProcess;
  /** Of the API: its routes, health and metrics; of a worker: health and metrics. */
  port: number;
  url: string;
  http: HttpClient;
  /** SIGTERM, and its end. Resolves with the exit; rejects when there is none within its grace and some. */
  stop(): ReturnType<LoggedProcess['stop']>;
}

/**
 * Starts one and resolves when it says that it is ready. `env` is all it gets besides PATH and the like. `release`: the folder in
 * which its release was built; ours by default. One that is not ready in time is ended: nobody would know of it.
 */
export async function startApp(
  name: 'api' | 'worker',
  env: Record<string, string>,
  args: string[] = [],
  release = root,
): Promise<App> {
  const app = await listeningApp(name, env, args, release);
  try {
    await until(`${name} is ready`, async () => readiness(app), READY_LIMIT_MS);
  } catch (error) {
    // One that died by itself is told of at the end, too.
    if (!app.process.exit) await app.process.kill();
    throw error;
  }
  return app;
}

/** Resolves when it listens, which it does before it is ready: with Redis away it may never be. */
export async function listeningApp(
  name: 'api' | 'worker',
  env: Record<string, string>,
  args: string[] = [],
  release = root,
): Promise<App> {
  const child = launch(name, env, args, release);
  const port = await child.waitForLine('it listens', portOf, READY_LIMIT_MS).catch(async (error: Error) => {
    if (!child.exit) await child.kill();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  return { process: child, port, url, http: http(url), stop: () => child.stop(STOP_LIMIT_MS) };
}

/** Starts one and waits for nothing, and takes its end for no fault: for those that are to fail. */
export function spawnApp(
  name: 'api' | 'worker',
  env: Record<string, string>,
  args: string[] = [],
  release = root,
): LoggedProcess {
  const child = launch(name, env, args, release);
  child.mayDie();
  return child;
}

function launch(name: 'api' | 'worker', env: Record<string, string>, args: string[], release = root): LoggedProcess {
  const entry = join(release, 'dist', 'apps', name, 'main.js');
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run \`npm run build\``);
  return new LoggedProcess(name, process.execPath, [entry, ...args], { ...plainEnvironment(), ...NO_DELAY, ...env });
}

async function readiness(app: App): Promise<boolean> {
  const died = app.process.diedAlone();
  if (died) throw died;
  return (await app.http.get('/readyz')).status === 200;
}

function portOf(line: string): number | undefined {
  const entry = entryOf(line);
  return entry?.event === 'listening' && typeof entry.port === 'number' ? entry.port : undefined;
}

/** Nothing that is set on this machine may change what a test sees. */
function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) => [[name, process.env[name]] as const]);
  return Object.fromEntries(kept.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}
