/**
 * `npm run api` and `npm run worker`: one app in the foreground, against the Redis named by REDIS_URL.
 * For a service manager, `node dist/apps/worker/main.js` after a build is the same without us in between; see
 * docs/operations.md.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { entryOf } from './app-process.mjs';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { dataDir, root } from './places.mjs';
import { Running } from './running.mjs';
import { onStopSignals } from './stop-signals.mjs';
import { Trouble } from './trouble.mjs';

/** An app ends by itself within the grace it was given, ten minutes at most. */
const STOP_LIMIT_MS = 11 * 60_000;
/** After a second signal it ends at once; one that hangs too badly to hear it gets this long. */
const LAST_RESORT_MS = 2000;

/**
 * @param {'api' | 'worker'} name
 * @param {string[]} args handed to the app as they are, such as `--queues video --slots sync=2`
 */
export async function startOneApp(name, args) {
  const data = dataDir();
  const needsRedis = !args.some((arg) => /^(--help|-h|--redis-url(=.*)?)$/.test(arg));
  if (needsRedis && !process.env.REDIS_URL && !process.env.REDIS_URL_FILE) {
    const example = Running.find(data)?.redisUrl ?? 'redis://127.0.0.1:6379';
    throw new Trouble(
      `REDIS_URL is not set, and the ${name} works against a Redis that runs: REDIS_URL=${example} npm run ${name}`,
    );
  }
  const stopping = new AbortController();
  let child;
  const end = (limitMs) => {
    stopping.abort();
    child?.kill('SIGTERM');
    setTimeout(() => child?.kill('SIGKILL'), limitMs).unref();
  };
  onStopSignals({ first: () => end(STOP_LIMIT_MS), second: () => end(LAST_RESORT_MS) });
  // It changes the level of the log.
  process.on('SIGUSR2', () => child?.kill('SIGUSR2'));
  try {
    await install(stopping.signal);
    await build({ signal: stopping.signal });
    stopping.signal.throwIfAborted();
  } catch (error) {
    if (stopping.signal.aborted) return;
    throw error;
  }
  const api = process.env.INVOQ_API_URL || `http://127.0.0.1:${process.env.PORT || 3000}`;
  // Detached, so that Ctrl-C in a terminal reaches the app once, through us. By the channel it knows when we are gone.
  child = spawn(process.execPath, [join(root, entryOf(name)), ...args], {
    cwd: root,
    env: { ...process.env, INVOQ_API_URL: api },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  process.exitCode = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}
