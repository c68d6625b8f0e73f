/**
 * Ends the Redis of an `npm start` that was killed, once its API and worker have drained. `npm start` runs it beside Redis:
 * `node scripts/redis-keeper.mjs <pid of Redis> <data folder> <pid of npm start>`; its stdin closes when `npm start` is gone.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './lock.mjs';
import { isMain } from './places.mjs';
import { endProcess, isOurs, noteOf } from './running.mjs';

/** An app ends by itself within the grace it was given, ten minutes at most. */
const DRAIN_LIMIT_MS = 11 * 60_000;
const LOOK_MS = 200;
/** The next start, which may be ending those apps, has this long to say that it goes on with this Redis. */
const CLAIM_MS = 2_000;
const STOP_LIMIT_MS = 10_000;
const PROGRAMS = ['redis-server', 'valkey-server'];

/** Has somebody look after this Redis when the present process is gone. */
export function keepRedis(pid, dataDir) {
  const args = [fileURLToPath(import.meta.url), String(pid), dataDir, String(process.pid)];
  // Detached: Ctrl-C is not for it.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.unref?.();
  child.unref();
}

async function keep(redis, dataDir, start) {
  for (const until = Date.now() + DRAIN_LIMIT_MS; Date.now() < until && someDrain(); await sleep(LOOK_MS));
  await sleep(CLAIM_MS);
  if (!isAlive(redis) || !PROGRAMS.some((words) => isOurs(redis, words))) return;
  const note = noteOf(dataDir);
  if (note === undefined || note.start === start) await endProcess(redis, STOP_LIMIT_MS);

  function someDrain() {
    const note = noteOf(dataDir);
    return note?.start === start && Object.values(note.apps ?? {}).some(({ pid, entry }) => isOurs(pid, entry));
  }
}

if (isMain(import.meta.url)) {
  const [redis, dataDir, start] = process.argv.slice(2);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  process.stdin.resume().once('close', () => {
    void keep(Number(redis), dataDir, Number(start)).finally(() => process.exit(0));
  });
}
