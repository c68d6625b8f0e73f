/** CPU time of processes and of all that they started, from /proc; elsewhere there is none. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux counts in hundredths of a second, whatever its kernel's own tick. */
const TICK_MS = 10;

/**
 * @param {Record<string, number>} pids by role
 * @returns {Record<string, number> | undefined} ms by role; what a process started stands beside it, as `worker's children`
 */
export function cpuTimes(pids) {
  const table = processTable();
  if (!table) return undefined;
  const times = {};
  for (const [role, pid] of Object.entries(pids)) {
    const own = table.get(pid);
    if (!own) continue;
    times[role] = own.ticks * TICK_MS;
    times[`${role}'s children`] = (ofTree(pid, table) - own.ticks) * TICK_MS;
  }
  return times;
}

/** CPU time that the whole machine has used, ms; what a hypervisor gave to others counts as used. */
export function busyMs() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  return { busy: (user + nice + system + irq + softirq + steal) * TICK_MS, cores: availableParallelism() };
}

function ofTree(pid, table) {
  const own = table.get(pid);
  if (!own) return 0;
  return own.ticks + own.reaped + own.children.reduce((sum, child) => sum + ofTree(child, table), 0);
}

function processTable() {
  let pids;
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const table = new Map();
  for (const pid of pids) {
    const fields = statOf(pid);
    if (!fields) continue;
    // utime and stime, then those of children that have ended.
    const [user, system, reapedUser, reapedSystem] = fields.slice(11, 15).map(Number);
    table.set(Number(pid), {
      parent: Number(fields[1]),
      ticks: user + system,
      reaped: reapedUser + reapedSystem,
      children: [],
    });
  }
  for (const [pid, { parent }] of table) table.get(parent)?.children.push(pid);
  return table;
}

/** Fields from the third on; the second is a name in brackets, which may hold anything. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
