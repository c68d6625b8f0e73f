/**
 * Whether the process is, after a call, what it was before it. What would go on working, or grows, spoils it: timers,
 * servers, requests in flight, watchers, workers, child processes, new globals. What legitimately lives from call to call
 * does not: everything unref'd (an http.Agent and fetch unref their idle sockets) and open sockets with nothing under way
 * (a database client made in the first call), up to a number that tells a pool from a leak.
 */
import { Socket as NetSocket } from 'node:net';
import { hasOwn, includes, keys, readFileSync } from '../primordials';

/** Idle sockets beyond those that stood when the code was loaded. */
const MAX_IDLE_SOCKETS = 32;
const SOCKETS = { TCPSocketWrap: 1, PipeWrap: 1, TLSWrap: 1 };
const GROUP_CHILDREN = `/proc/self/task/${process.pid}/children`;

const Socket = NetSocket;
const { getActiveResourcesInfo, moduleLoadList } = process as typeof process & { moduleLoadList: string[] };
/** Undocumented, but as old as Node, and the only way to the handles behind the names. */
const { _getActiveHandles: listHandles } = process as typeof process & { _getActiveHandles?: () => unknown[] };

/** By name. */
type Counts = Record<string, number>;

export class Leaks {
  private resources: Counts = {};
  private globals = 0;
  private sockets: unknown[] = [];

  /** Right after the code was loaded: what a module sets up for its life is its own. */
  remember(): void {
    this.resources = countResources();
    this.sockets = activeSockets();
    this.globals = keys(globalThis).length;
  }

  /** What the call left behind, in a word; undefined when nothing. */
  find(): string | undefined {
    try {
      return this.look();
    } catch {
      return 'left something that cannot be looked at';
    }
  }

  private look(): string | undefined {
    if (keys(globalThis).length !== this.globals) return 'changed globals';
    let sockets = 0;
    const resources = countResources();
    const types = keys(resources);
    for (let i = 0; i < types.length; i++) {
      const more = resources[types[i]] - (this.resources[types[i]] ?? 0);
      if (more <= 0) continue;
      if (!hasOwn(SOCKETS, types[i])) return `left ${types[i]} active`;
      sockets += more;
    }
    if (sockets > 0 && !this.areIdle()) return 'left sockets at work';
    return leftProcesses() ? 'left processes running' : undefined;
  }

  private areIdle(): boolean {
    const sockets = activeSockets();
    let fresh = 0;
    for (let i = 0; i < sockets.length; i++) {
      if (includes(this.sockets, sockets[i])) continue;
      fresh++;
      if (!isIdle(sockets[i])) return false;
    }
    return fresh <= MAX_IDLE_SOCKETS;
  }
}

/** A socket with a request under way shows it: Node's http hangs the request on it. */
function isIdle(socket: NetSocket): boolean {
  const { _httpMessage: message } = socket as NetSocket & { _httpMessage?: unknown };
  return !socket.connecting && socket.writableLength === 0 && (message === undefined || message === null);
}

function activeSockets(): NetSocket[] {
  const handles = listHandles?.() ?? [];
  const sockets: NetSocket[] = [];
  for (let i = 0; i < handles.length; i++) {
    const handle = handles[i];
    if (handle instanceof Socket) sockets[sockets.length] = handle;
  }
  return sockets;
}

function countResources(): Counts {
  const names = getActiveResourcesInfo();
  const counts = { __proto__: null } as unknown as Counts;
  for (let i = 0; i < names.length; i++) counts[names[i]] = (counts[names[i]] ?? 0) + 1;
  return counts;
}

/** A detached, unref'd child is in none of Node's lists; the kernel (Linux) has one. */
function leftProcesses(): boolean {
  if (!includes(moduleLoadList, 'NativeModule child_process')) return false;
  try {
    return readFileSync(GROUP_CHILDREN, 'utf8') !== '';
  } catch {
    return false;
  }
}
