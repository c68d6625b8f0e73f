/**
 * Whether the process is, after a call, what it was before it. What would go on working, or grows, spoils it: timers,
 * servers, requests in flight, watchers, workers, child processes, new globals. What legitimately lives from call to call
 * does not: everything unref'd (an http.Agent and fetch unref their idle sockets) and open sockets with nothing under way
 * (a database client made in the first call), up to a number that tells a pool from a leak.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';

/** Idle sockets beyond those that stood when the code was loaded. */
const MAX_IDLE_SOCKETS = 32;
const SOCKETS = new Set(['TCPSocketWrap', 'PipeWrap', 'TLSWrap']);
const GROUP_CHILDREN = `/proc/self/task/${process.pid}/children`;

export class Leaks {
  private resources = new Map<string, number>();
  private globals = 0;
  private sockets = new Set<unknown>();

  /** Right after the code was loaded: what a module sets up for its life is its own. */
  remember(): void {
    this.resources = counts(process.getActiveResourcesInfo());
    this.sockets = new Set(activeHandles().filter(isSocket));
    this.globals = Object.keys(globalThis).length;
  }

  /** What the call left behind, in a word; undefined when nothing. */
  find(): string | undefined {
    if (Object.keys(globalThis).length !== this.globals) return 'changed globals';
    let sockets = 0;
    for (const [type, count] of counts(process.getActiveResourcesInfo())) {
      const more = count - (this.resources.get(type) ?? 0);
      if (more <= 0) continue;
      if (!SOCKETS.has(type)) return `left ${type} active`;
      sockets += more;
    }
    if (sockets > 0 && !this.areIdle()) return 'left sockets at work';
    return leftProcesses() ? 'left processes running' : undefined;
  }

  private areIdle(): boolean {
    const fresh = activeHandles().filter((handle) => isSocket(handle) && !this.sockets.has(handle)) as Socket[];
    return fresh.length <= MAX_IDLE_SOCKETS && fresh.every(isIdle);
  }
}

/** A socket with a request under way shows it: Node's http hangs the request on it. */
function isIdle(socket: Socket): boolean {
  const { _httpMessage: message } = socket as Socket & { _httpMessage?: unknown };
  return !socket.connecting && socket.writableLength === 0 && (message === undefined || message === null);
}

function isSocket(handle: unknown): boolean {
  return handle instanceof Socket;
}

/** Undocumented, but as old as Node, and the only way to the handles behind the names. */
function activeHandles(): unknown[] {
  const { _getActiveHandles: list } = process as typeof process & { _getActiveHandles?: () => unknown[] };
  return list?.() ?? [];
}

function counts(names: string[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const name of names) result.set(name, (result.get(name) ?? 0) + 1);
  return result;
}

/** A detached, unref'd child is in none of Node's lists; the kernel (Linux) has one. */
function leftProcesses(): boolean {
  const { moduleLoadList } = process as typeof process & { moduleLoadList: string[] };
  if (!moduleLoadList.includes('NativeModule child_process')) return false;
  try {
    return readFileSync(GROUP_CHILDREN, 'utf8') !== '';
  } catch {
    return false;
  }
}
