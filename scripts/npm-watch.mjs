/**
 * npm hands no SIGTERM on to its script, and none that is killed can: whoever stops npm leaves the script to itself. So a
 * script that npm runs looks whether npm is there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isOurs } from './running.mjs';

const LOOK_MS = 500;
/** npm, perhaps a shell, and this script. */
const MAX_STEPS = 3;

/** @param {() => void} gone called once, when the npm that runs this script has ended; never without one */
export function onNpmGone(gone) {
  const link = linkToNpm();
  if (link === undefined) return;
  const timer = setInterval(() => {
    if (parentOf(link.child) === link.npm) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
}

/** npm and its child on the way to this process: an orphan gets another parent. Undefined when npm does not run it. */
function linkToNpm() {
  if (!process.env.npm_lifecycle_event) return undefined;
  for (let child = process.pid, step = 0; step < MAX_STEPS; step++) {
    const parent = parentOf(child);
    if (parent === undefined || parent <= 1) return undefined;
    if (isOurs(parent, 'npm')) return { npm: parent, child };
    child = parent;
  }
  return undefined;
}

function parentOf(pid) {
  if (pid === process.pid) return process.ppid;
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    }
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }));
  } catch {
    return undefined;
  }
}
