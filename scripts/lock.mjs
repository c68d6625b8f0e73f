/** One at a time: a lock file that names its holder, so that two terminals do not install or build into each other. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './places.mjs';
import { Trouble, say } from './trouble.mjs';

const PATIENCE_MS = 10 * 60_000;

/** Runs `work` while holding the lock `name`; waits for another holder, whose death frees the lock. */
export async function withLock(name, work, signal) {
  // In the checkout even when INVOQ_DATA is elsewhere: what is guarded, node_modules and dist, is there too.
  const folder = join(root, '.data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${name}.lock`);
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let told = false; !take(file); await sleep(200, undefined, { signal })) {
    const holder = Number(readOr(file, ''));
    // Two waiters may both find a dead holder and both go on: the work is done twice then, to the same end.
    if (holder && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > giveUpAt)
      throw new Trouble(`${file} has been held by process ${holder} for too long. End it, or delete the file.`);
    else if (!told) {
      say(`Waiting for process ${holder}, which does the ${name} already`);
      told = true;
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Does a process of this id run? One of another user counts; one that has ended and that nobody collected does not. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  // Where the first process of a container collects no orphans, they stay as zombies for good.
  return !/^\d+ \(.*\) Z /s.test(readOr(`/proc/${pid}/stat`, ''));
}

function take(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
