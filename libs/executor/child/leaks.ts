/**
 * What is still at work in the process after a call: timers, servers, requests in flight, watchers, child processes, threads.
 * What legitimately lives from call to call is not: everything unref'd (an http.Agent and fetch unref their idle sockets)
 * and open sockets with nothing under way (a database client made in the first call), up to a number that tells a pool from
 * a leak.
 */
import { subscribe } from 'node:diagnostics_channel';
import { Socket as NetSocket } from 'node:net';
import type { Worker } from 'node:worker_threads';
import {
  getOwnPropertySymbols,
  hasOwn,
  includes,
  keys,
  listenFirst,
  listenerCount,
  readFileSync,
} from '../pipe/primordials';

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
  /** As they were listed, and counted. */
  private names: string[] = [];
  private resources: Counts = {};
  private sockets: unknown[] = [];
  /** Node lists no threads, so each is noted as it is made. */
  private threads: Worker[] = [];

  /** Idle connections whose errors are listened to; those of calls that are over. */
  private withListener: unknown[] = [];

  /** `onIdleError`: an idle connection of an earlier call is about to tell its listeners of an error. */
  constructor(private readonly onIdleError: () => void) {
    subscribe('worker_threads', (message) => {
      this.threads[this.threads.length] = (message as { worker: Worker }).worker;
    });
  }

  /** Right after the code was loaded: what a module sets up for its life is its own. */
  remember(): void {
    this.names = getActiveResourcesInfo();
    this.resources = countOf(this.names);
    this.sockets = activeSockets();
    this.threads = [];
  }

  /** What is at work, such as `Timeout ×2, a thread`; undefined when nothing is. */
  find(): string | undefined {
    try {
      return this.findWork();
    } catch {
      return 'something that cannot be looked at';
    }
  }

  private findWork(): string | undefined {
    let left = '';
    let sockets = 0;
    const names = getActiveResourcesInfo();
    // The list of most calls is the one from before.
    const resources = areAlike(names, this.names) ? {} : countOf(names);
    const types = keys(resources);
    for (let i = 0; i < types.length; i++) {
      const more = resources[types[i]] - (this.resources[types[i]] ?? 0);
      if (more <= 0) continue;
      if (hasOwn(SOCKETS, types[i])) sockets += more;
      else left = listed(left, types[i], more);
    }
    if (sockets > 0) left = listed(left, 'socket', this.socketsAtWork());
    left = listed(left, 'thread', this.liveThreads());
    // A child that is waited for is listed above; one that is detached and unref'd the kernel alone knows.
    if (left === '' && leftProcesses()) left = 'a child process';
    return left === '' ? undefined : left;
  }

  /** All of them, when there are more idle ones than a pool has. */
  private socketsAtWork(): number {
    const sockets = activeSockets();
    let fresh = 0;
    let busy = 0;
    for (let i = 0; i < sockets.length; i++) {
      if (includes(this.sockets, sockets[i])) continue;
      fresh++;
      if (isIdle(sockets[i])) this.hear(sockets[i]);
      else busy++;
    }
    return fresh > MAX_IDLE_SOCKETS ? fresh : busy;
  }

  /** One that nobody listens to throws where it breaks, as it would anywhere. */
  private hear(socket: NetSocket): void {
    if (includes(this.withListener, socket) || listenerCount(socket, 'error') === 0) return;
    // Those that are gone are forgotten, as there are few.
    if (this.withListener.length >= MAX_IDLE_SOCKETS) this.withListener = [];
    this.withListener[this.withListener.length] = socket;
    listenFirst(socket, 'error', this.onIdleError);
  }

  private liveThreads(): number {
    if (this.threads.length === 0) return 0;
    const live: Worker[] = [];
    for (let i = 0; i < this.threads.length; i++) {
      if (this.threads[i].threadId !== -1) live[live.length] = this.threads[i];
    }
    this.threads = live;
    return live.length;
  }
}

function listed(left: string, what: string, count: number): string {
  if (count === 0) return left;
  return `${left}${left === '' ? '' : ', '}${what}${count === 1 ? '' : ` ×${count}`}`;
}

/** A socket with a request under way shows it: Node's http hangs the request on it, fetch holds the loop by it. */
function isIdle(socket: NetSocket): boolean {
  const { _httpMessage: message } = socket as NetSocket & { _httpMessage?: unknown };
  if (socket.connecting || socket.writableLength > 0) return false;
  return (message === undefined || message === null) && !isOfFetch(socket);
}

/** The idle ones of fetch are not even listed. */
function isOfFetch(socket: NetSocket): boolean {
  const symbols = getOwnPropertySymbols(socket);
  let marks = 0;
  for (let i = 0; i < symbols.length; i++) {
    const { description } = symbols[i];
    if (description === 'parser' || description === 'client' || description === 'no ref') marks++;
  }
  return marks === 3;
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

function areAlike(one: string[], other: string[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function countOf(names: string[]): Counts {
  const counts = { __proto__: null } as unknown as Counts;
  for (let i = 0; i < names.length; i++) counts[names[i]] = (counts[names[i]] ?? 0) + 1;
  return counts;
}

/** Of `moduleLoadList`, which only grows: those that were looked through. */
let modulesSeen = 0;
let hasChildProcess = false;

function leftProcesses(): boolean {
  for (; modulesSeen < moduleLoadList.length; modulesSeen++) {
    if (moduleLoadList[modulesSeen] === 'NativeModule child_process') hasChildProcess = true;
  }
  if (!hasChildProcess) return false;
  try {
    return readFileSync(GROUP_CHILDREN, 'utf8') !== '';
  } catch {
    return false;
  }
}
