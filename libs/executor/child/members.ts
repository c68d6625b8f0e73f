/** The functions of the platform, globals and built-ins, as they were: finds those that were replaced, and what was added. */
import { MAX_CHANGED, MAX_CHANGED_NAME } from '../pipe/messages';
import { getOwnPropertyDescriptor, hasOwn, includes, keys, ownKeys, startsWith } from '../pipe/primordials';
import { cut } from './cut';

const { Math, Date, JSON, Promise, Array, performance } = globalThis;
// Not by its own name, which what the compiler writes reads before this line.
const { Object: objects } = globalThis;
const terminal = console;
const own = process;
const { stdout, stderr } = process;

/** Names of what `often` reads. */
const OFTEN = [
  'fetch', 'Date', 'Promise', 'setTimeout', 'setInterval', 'setImmediate', 'Buffer', 'URL', 'console', 'process', 'queueMicrotask',
  'console.log', 'console.info', 'console.warn', 'console.error', 'console.debug', 'process.stdout.write', 'process.stderr.write',
  'process.emit', 'process.exit', 'process.cwd', 'Math.random', 'Date.now', 'JSON.parse', 'JSON.stringify', 'performance.now',
  'Promise.prototype.then', 'Array.prototype.push', 'Array.prototype.map', 'Object.assign',
]; // prettier-ignore

/**
 * What is replaced most, in tests and by mistake; looked at after each call. Written out, since the engine reads a member
 * that is named in the code in a tenth of the time.
 */
function often(): unknown[] {
  const g = globalThis;
  return [
    g.fetch, g.Date, g.Promise, g.setTimeout, g.setInterval, g.setImmediate, g.Buffer, g.URL, g.console, g.process, g.queueMicrotask,
    terminal.log, terminal.info, terminal.warn, terminal.error, terminal.debug, stdout.write, stderr.write,
    own.emit, own.exit, own.cwd, Math.random, Date.now, JSON.parse, JSON.stringify, performance.now,
    Promise.prototype.then, Array.prototype.push, Array.prototype.map, objects.assign,
  ]; // prettier-ignore
}

/** Owners whose members are counted each time; those of all others after anything odd. */
const MAIN = [
  '',
  'Object.prototype.',
  'Array.prototype.',
  'String.prototype.',
  'Promise.prototype.',
  'Function.prototype.',
];

interface Member {
  owner: object;
  key: PropertyKey;
  name: string;
  value: unknown;
}
interface Owner {
  owner: object;
  name: string;
  names: PropertyKey[];
}

export class Members {
  private often: unknown[] = [];
  private all: Member[] = [];
  /** What has another value, or is made by a getter. */
  private others: Omit<Member, 'name'>[] = [];
  private owners: Owner[] = [];
  private main: Owner[] = [];
  /** How many are listed. */
  private globals = 0;
  private inherited = 0;

  remember(): void {
    this.globals = keys(globalThis).length;
    this.inherited = inheritedByAll();
    this.often = often();
    // Hardly any code changes the platform while it is loaded; to take it in takes three times as long as to look at it.
    if (this.owners.length > 0 && this.isAsRemembered()) return;
    this.all = [];
    this.others = [];
    this.owners = [];
    this.main = [];
    this.takeIn('', globalThis);
    const names = ownKeys(globalThis);
    for (let i = 0; i < names.length; i++) this.takeInBuiltIn(names[i]);
  }

  private isAsRemembered(): boolean {
    for (let i = 0; i < this.owners.length; i++) {
      if (ownKeys(this.owners[i].owner).length !== this.owners[i].names.length) return false;
    }
    for (let i = 0; i < this.all.length; i++) {
      const { owner, key, value } = this.all[i];
      if ((owner as Record<PropertyKey, unknown>)[key] !== value) return false;
    }
    for (let i = 0; i < this.others.length; i++) {
      const { owner, key, value } = this.others[i];
      if (valueOf(owner, key) !== value) return false;
    }
    return true;
  }

  /** The names of what was replaced or added, as far as a short check finds it. */
  look(): string[] | undefined {
    const now = often();
    for (let i = 0; i < now.length; i++) if (now[i] !== this.often[i]) return [OFTEN[i]];
    if (inheritedByAll() !== this.inherited) return ['Array.prototype'];
    return keys(globalThis).length === this.globals ? undefined : ['globals'];
  }

  /**
   * The same, of everything; `isOdd`: also of what is added where hardly anybody adds. `isFirst`: hidden globals are the own way of
   * libraries that are loaded in a first call, as polyfills are.
   */
  lookAtAll(isOdd: boolean, isFirst = false): string[] | undefined {
    const found: string[] = [];
    const owners = isOdd ? this.owners : this.main;
    for (let i = 0; i < owners.length; i++) this.compare(owners[i], found, isFirst);
    for (let i = 0; i < this.all.length; i++) {
      const { owner, key, name, value } = this.all[i];
      if ((owner as Record<PropertyKey, unknown>)[key] !== value) add(found, name);
    }
    const now = often();
    for (let i = 0; i < now.length; i++) if (now[i] !== this.often[i]) add(found, OFTEN[i]);
    return found.length === 0 ? undefined : found;
  }

  private compare({ owner, name, names }: Owner, found: string[], isFirst: boolean): void {
    const now = ownKeys(owner);
    if (now.length === names.length) return;
    const known: Record<PropertyKey, unknown> = { __proto__: null };
    for (let i = 0; i < names.length; i++) known[names[i]] = 1;
    for (let i = 0; i < now.length; i++) {
      if (hasOwn(known, now[i]) || isOfNode(now[i]) || (isFirst && isHiddenGlobal(owner, now[i]))) continue;
      add(found, name + textOf(now[i]));
    }
    if (now.length < names.length) add(found, `${name}: members are gone`);
  }

  private takeInBuiltIn(name: PropertyKey): void {
    const value = valueOf(globalThis, name);
    if (typeof name !== 'string' || value === globalThis || !isObject(value)) return;
    this.takeIn(`${name}.`, value);
    const prototype = typeof value === 'function' ? valueOf(value, 'prototype') : undefined;
    if (isObject(prototype)) this.takeIn(`${name}.prototype.`, prototype);
  }

  private takeIn(name: string, owner: object): void {
    const names = ownKeys(owner);
    const counted: Owner = { owner, name, names };
    this.owners[this.owners.length] = counted;
    if (includes(MAIN, name)) this.main[this.main.length] = counted;
    for (let i = 0; i < names.length; i++) {
      const value = valueOf(owner, names[i]);
      if (typeof value === 'function') {
        this.all[this.all.length] = { owner, key: names[i], name: name + textOf(names[i]), value };
      } else if (value === value) {
        // NaN is never what it was.
        this.others[this.others.length] = { owner, key: names[i], value };
      }
    }
  }
}

/** undefined also for what a getter makes: many globals of Node's make themselves when they are first read. */
function valueOf(owner: object, key: PropertyKey): unknown {
  return getOwnPropertyDescriptor(owner, key)?.value as unknown;
}

/** What is set on the prototype of arrays or of all objects is listed with everything that has it. */
function inheritedByAll(): number {
  let count = 0;
  // eslint-disable-next-line @typescript-eslint/no-for-in-array -- what is inherited is what is looked for
  for (const key in []) if (key !== '') count++;
  return count;
}

function isHiddenGlobal(owner: object, key: PropertyKey): boolean {
  if (owner !== globalThis) return false;
  return typeof key === 'symbol' || getOwnPropertyDescriptor(owner, key)?.enumerable === false;
}

/** Where fetch keeps what it needs, once it was called. */
function isOfNode(key: PropertyKey): boolean {
  return typeof key === 'symbol' && startsWith(key.description ?? '', 'undici.global');
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function textOf(key: PropertyKey): string {
  return typeof key === 'symbol' ? `Symbol(${key.description ?? ''})` : `${key}`;
}

function add(found: string[], name: string): void {
  for (let i = 0; i < found.length; i++) if (found[i] === name) return;
  if (found.length < MAX_CHANGED) found[found.length] = cut(name, MAX_CHANGED_NAME);
}
