/**
 * Whether the process is, after a call, what it was before it. What is plainly of one call is put back: the working directory,
 * the umask, listeners of signals, a few numbers. What was replaced or added (globals, built-ins, methods of console) cannot
 * be put back behind the back of whoever did it, and costs the process.
 *
 * What is cheap is checked after each call (2 µs). What is dear (each function of each built-in, open descriptors) is looked
 * at after the first call, each 100 calls, and after anything odd.
 */
import { EventEmitter } from 'node:events';
import { devNull } from 'node:os';
import {
  apply,
  closeSync,
  getOwnPropertySymbols,
  includes,
  listenerCount,
  listenersOf,
  listenTo,
  openSync,
  reflectGet,
  reflectSet,
  unlisten,
} from '../pipe/primordials';
import { Members } from './members';

const { cwd, chdir, umask } = process;
const { Error } = globalThis;

/** Calls between two dear looks. */
const DEAR_EACH = 100;
/** So many descriptors more than at the start are a leak, and no pool. */
const MAX_DESCRIPTORS = 64;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];
const OTHER_SIGNALS = ['SIGQUIT', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGUSR1', 'SIGWINCH', 'SIGCONT', 'SIGTSTP'];
/** What we listen to is listened to again when it was removed; others may listen as well. */
const FAULTS = ['uncaughtException', 'unhandledRejection'];
/** How far `console.group()` has moved its lines in. */
const INDENT = symbolOf(console, 'kGroupIndent');

type Listeners = ReturnType<typeof listenersOf>;

export class AsItWas {
  private readonly members = new Members();
  private readonly listeners: Record<string, Listeners> = {};
  private directory = '';
  private mask = 0;
  /** To read it is a call into the system, so it is noted when it is set. */
  private isMaskTouched = false;
  private stackTraceLimit = 10;
  private maxListeners = 10;
  private title = '';
  private descriptor = 0;
  private untilDear = DEAR_EACH;
  private isFirst = true;

  constructor() {
    process.umask = ((...mask: [number]) => {
      this.isMaskTouched = true;
      return apply(umask, process, mask);
    }) as typeof process.umask;
  }

  /** Does once what it does later, so that it is compiled by then; all is remembered anew before the first call. */
  warmUp(): void {
    this.remember();
    this.find(true);
    this.isFirst = true;
  }

  /** Right after the code was loaded: what a module changes for its life is its own way. */
  remember(): void {
    this.directory = cwd();
    this.mask = umask();
    this.stackTraceLimit = Error.stackTraceLimit;
    this.maxListeners = EventEmitter.defaultMaxListeners;
    this.title = process.title;
    this.descriptor = lowestFree();
    this.members.remember();
    const events = [...SIGNALS, ...OTHER_SIGNALS, ...FAULTS];
    for (let i = 0; i < events.length; i++) this.listeners[events[i]] = listenersOf(process, events[i]);
  }

  /**
   * After a call: puts back what can be put back, and answers the names of what cannot; undefined when there is nothing.
   * `isOdd`: the call failed, or left work behind.
   */
  find(isOdd: boolean): string[] | undefined {
    try {
      const wasPutBack = this.putBack();
      const found = this.members.look();
      const isSuspect = isOdd || wasPutBack || found !== undefined || this.isFirst;
      if (!isSuspect && this.untilDear-- > 0) return undefined;
      this.untilDear = DEAR_EACH;
      const { isFirst } = this;
      this.isFirst = false;
      this.putBackListeners(OTHER_SIGNALS);
      if (process.title !== this.title) process.title = this.title;
      if (lowestFree() > this.descriptor + MAX_DESCRIPTORS) return ['open descriptors'];
      const changed = this.members.lookAtAll(isSuspect, isFirst);
      if (isFirst && changed === undefined) this.members.remember();
      return changed;
    } catch {
      return ['something that cannot be looked at'];
    }
  }

  /** What was replaced or added up to now is the function's own way. */
  accept(): void {
    this.members.remember();
  }

  /** Whether anything was out of place that is a sign of more. */
  private putBack(): boolean {
    let odd = false;
    if (cwd() !== this.directory) {
      odd = true;
      chdir(this.directory);
    }
    if (this.isMaskTouched) {
      odd = true;
      this.isMaskTouched = false;
      umask(this.mask);
    }
    if (Error.stackTraceLimit !== this.stackTraceLimit) Error.stackTraceLimit = this.stackTraceLimit;
    if (EventEmitter.defaultMaxListeners !== this.maxListeners) EventEmitter.defaultMaxListeners = this.maxListeners;
    if (process.exitCode !== undefined) process.exitCode = undefined;
    if (INDENT !== undefined && reflectGet(console, INDENT) !== '') reflectSet(console, INDENT, '');
    if (this.putBackListeners(SIGNALS)) odd = true;
    for (let i = 0; i < FAULTS.length; i++) {
      if (listenerCount(process, FAULTS[i]) >= this.listeners[FAULTS[i]].length) continue;
      odd = true;
      this.addMissing(FAULTS[i]);
    }
    return odd;
  }

  private putBackListeners(signals: string[]): boolean {
    let odd = false;
    for (let i = 0; i < signals.length; i++) {
      if (listenerCount(process, signals[i]) === this.listeners[signals[i]].length) continue;
      odd = true;
      this.removeNew(signals[i]);
      this.addMissing(signals[i]);
    }
    return odd;
  }

  private removeNew(name: string): void {
    const now = listenersOf(process, name);
    for (let i = 0; i < now.length; i++) {
      if (!includes(this.listeners[name], now[i])) unlisten(process, name, now[i]);
    }
  }

  private addMissing(name: string): void {
    const now = listenersOf(process, name);
    const before = this.listeners[name];
    for (let i = 0; i < before.length; i++) if (!includes(now, before[i])) listenTo(process, name, before[i]);
  }
}

/** Of file descriptors: as many are open below it. */
function lowestFree(): number {
  try {
    const descriptor = openSync(devNull, 'r');
    closeSync(descriptor);
    return descriptor;
  } catch {
    // There is not even one left.
    return Infinity;
  }
}

function symbolOf(owner: object, description: string): symbol | undefined {
  return getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
}

/** Is it what the first calls of two processes of this function changed alike? */
export function isWay(changed: string[], ways: readonly string[] | undefined): boolean {
  if (ways === undefined) return false;
  for (let i = 0; i < changed.length; i++) if (!includes(ways as string[], changed[i])) return false;
  return true;
}

export function listOf(changed: string[]): string {
  let list = '';
  for (let i = 0; i < changed.length; i++) list += `${i === 0 ? '' : ', '}${changed[i]}`;
  return list;
}
