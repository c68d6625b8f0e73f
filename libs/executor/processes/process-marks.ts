/**
 * Who belongs to which sandbox and worker, read from /proc (Linux; elsewhere every answer is "nobody"). A sandbox's mark,
 * `<worker's pid>.<worker's start>.<random>`, is in the environment of all that it starts, so a process is found again
 * after it has left its group, its session and its parent.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MARK_VARIABLE } from '../pipe/messages';

/** Reads so many processes before others get a turn. */
const BATCH = 64;

let own: string | undefined;

export function markOfThisProcess(): string {
  own ??= `${process.pid}.${startOf(process.pid) ?? '0'}`;
  return own;
}

/** Children, their children, and so on, from the kernel's own list: cheap when there are none. */
export function descendantsOf(pid: number): number[] {
  const found: number[] = [];
  const queue = [pid];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const child of childrenOf(parent)) {
      if (found.includes(child)) continue;
      found.push(child);
      queue.push(child);
    }
  }
  return found;
}

/** Every process that carries this mark. */
export async function processesMarked(mark: string): Promise<number[]> {
  const wanted = `${MARK_VARIABLE}=${mark}\0`;
  return processesWhere((environ) => environ.includes(wanted));
}

/** Every process of a sandbox whose worker is dead. */
export async function orphans(): Promise<number[]> {
  const name = `\0${MARK_VARIABLE}=`;
  return processesWhere((environ) => {
    const at = `\0${environ}`.indexOf(name);
    return at !== -1 && isOfADeadWorker(environ.slice(at + name.length - 1).split('\0', 1)[0]);
  });
}

/** A mark that cannot be read, or was made where there is no /proc, is nobody's. */
export function isOfADeadWorker(mark: string): boolean {
  const [pid, start] = mark.split('.');
  return /^\d+$/.test(pid) && /^[1-9]\d*$/.test(start ?? '') && startOf(Number(pid)) !== start;
}

/** The users that have processes, not counting what is dead and waits for its parent to ask. */
export function usersAlive(): Set<number> {
  const users = new Set<number>();
  for (const pid of listPids()) {
    const user = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
    if (user !== undefined && !users.has(user) && !/^[ZX]?$/.test(statOf(pid)?.[0] ?? '')) users.add(user);
  }
  return users;
}

async function processesWhere(matches: (environ: string) => boolean): Promise<number[]> {
  const pids = listPids();
  const found: number[] = [];
  for (let at = 0; at < pids.length; at += BATCH) {
    const batch = pids.slice(at, at + BATCH);
    const environs = await Promise.all(batch.map(environOf));
    batch.forEach((pid, index) => {
      if (matches(environs[index])) found.push(pid);
    });
  }
  return found;
}

/** Empty for kernel threads, for the dead, and for processes that are not ours to read. */
async function environOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function listPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Its own, without those that its other threads have started; read in 6 µs, all of them in 80 µs or more. */
export function hasMainThreadStarted(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** How many it has; 0 when it is gone. */
export function threadsOf(pid: number): number {
  // A directory has a link for each directory in it, and two more.
  return Math.max(0, (statSync(`/proc/${pid}/task`, { throwIfNoEntry: false })?.nlink ?? 0) - 2);
}

function childrenOf(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const list = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim();
      if (list !== '') children.push(...list.split(' ').map(Number));
    }
  } catch {
    return children;
  }
  return children;
}

/** When a process was started, in the kernel's ticks: with the pid, its identity for as long as the machine is up. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/** The fields of `stat` behind the name, which is in brackets and may hold blanks and brackets: the state is the first. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
