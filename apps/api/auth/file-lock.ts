/**
 * A lock beside a file, held by one process at a time. It says whose it is: one whose process has died on this machine is
 * taken over, any other is waited for. Time alone breaks no lock, since its holder may be slow.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 50;

/** Another process holds it. */
export class LockError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LockError';
  }
}

/** Resolves with what gives it back. Waits for `limitMs` at most, then rejects with LockError. */
export async function lockFile(path: string, limitMs: number): Promise<() => Promise<void>> {
  for (const until = Date.now() + limitMs; ; await sleep(RETRY_MS)) {
    if (await claim(path)) return () => rm(path, { force: true });
    await breakDead(path);
    if (Date.now() > until) {
      throw new LockError(`${path} is in the way: another change is not done. Remove it if nobody makes one.`);
    }
  }
}

/** The whole of it at once: a lock never stands there without its owner's name. */
async function claim(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  await writeFile(own, nameOf(process.pid), { mode: 0o600, flag: 'wx' });
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Under a lock of its own: between the look and the removal nobody else removes it, and the dead do not. So what is
 * removed is the very lock that was checked.
 */
async function breakDead(path: string): Promise<void> {
  if (!(await isOfDead(path))) return;
  const breaking = `${path}.breaking`;
  if (!(await claim(breaking))) return;
  try {
    if (await isOfDead(path)) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function isOfDead(path: string): Promise<boolean> {
  const name = await readFile(path, 'utf8').catch(() => '');
  const [, pid] = /^(\d+) /.exec(name) ?? [];
  // A container has names of its own for processes: what another machine's name means is not known here.
  if (pid === undefined || name !== nameOf(Number(pid))) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function nameOf(pid: number): string {
  return `${pid} ${hostname()}\n`;
}
