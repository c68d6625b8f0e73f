/** The functions of the platform, globals and built-ins, as they were: finds those that were replaced, and what was added. */
import { MAX_CHANGED, MAX_CHANGED_NAME } from '../messages';
import { getOwnPropertyDescriptor, hasOwn, keys, ownKeys, startsWith } from '../primordials';
import { cut } from './cut';

const { Math, Date, JSON, Promise, Object, Array, performance } = globalThis;
const { getPrototypeOf } = Object;

/** Looked at after each call, 1 µs together: what is replaced most, in tests and by mistake. */
const OFTEN: [string, object, string[]][] = [
  ['', globalThis, ['fetch', 'Date', 'Promise', 'setTimeout', 'setInterval', 'setImmediate', 'Buffer', 'URL', 'console', 'process', 'queueMicrotask']],
  ['console.', console, ['log', 'info', 'warn', 'error', 'debug']],
  ['process.stdout.', process.stdout, ['write']],
  ['process.stderr.', process.stderr, ['write']],
  ['process.', process, ['emit', 'exit', 'cwd']],
  ['Math.', Math, ['random']],
  ['Date.', Date, ['now']],
  ['JSON.', JSON, ['parse', 'stringify']],
  ['performance.', performance, ['now']],
  ['Promise.prototype.', Promise.prototype, ['then']],
  ['Array.prototype.', Array.prototype, ['push', 'map']],
  ['Object.', Object, ['assign']],
]; // prettier-ignore

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
  private often: Member[] = [];
  private all: Member[] = [];
  private owners: Owner[] = [];
  /** How many are listed. */
  private globals = 0;
  private inherited = 0;

  remember(): void {
    this.globals = keys(globalThis).length;
    this.inherited = inheritedByAll();
    this.often = [];
    this.all = [];
    this.owners = [];
    for (let i = 0; i < OFTEN.length; i++) {
      const [prefix, owner, names] = [OFTEN[i][0], OFTEN[i][1], OFTEN[i][2]];
      for (let j = 0; j < names.length; j++) {
        const value = (owner as Record<string, unknown>)[names[j]];
        this.often[this.often.length] = { owner, key: names[j], name: prefix + names[j], value };
      }
    }
    this.takeIn('', globalThis);
    const names = ownKeys(globalThis);
    for (let i = 0; i < names.length; i++) this.takeInBuiltIn(names[i]);
    this.takeIn('Iterator.prototype.', getPrototypeOf(getPrototypeOf([][Symbol.iterator]()) as object) as object);
  }

  /** The names of what was replaced or added, as far as a short look finds it. */
  look(): string[] | undefined {
    for (let i = 0; i < this.often.length; i++) {
      const { owner, key, value } = this.often[i];
      if ((owner as Record<PropertyKey, unknown>)[key] !== value) return [this.often[i].name];
    }
    if (inheritedByAll() !== this.inherited) return ['Array.prototype'];
    return keys(globalThis).length === this.globals ? undefined : ['globals'];
  }

  /** The same, of everything. */
  lookAtAll(): string[] | undefined {
    const found: string[] = [];
    for (let i = 0; i < this.owners.length; i++) this.lookAt(this.owners[i], found);
    for (let i = 0; i < this.all.length && found.length < MAX_CHANGED; i++) {
      const { owner, key, name, value } = this.all[i];
      if ((owner as Record<PropertyKey, unknown>)[key] !== value) add(found, name);
    }
    for (let i = 0; i < this.often.length; i++) {
      const { owner, key, name, value } = this.often[i];
      if ((owner as Record<PropertyKey, unknown>)[key] !== value) add(found, name);
    }
    return found.length === 0 ? undefined : found;
  }

  private lookAt({ owner, name, names }: Owner, found: string[]): void {
    const now = ownKeys(owner);
    if (now.length === names.length) return;
    const known: Record<PropertyKey, unknown> = { __proto__: null } as never;
    for (let i = 0; i < names.length; i++) known[names[i]] = 1;
    for (let i = 0; i < now.length; i++) {
      if (!hasOwn(known, now[i]) && !isOfNode(now[i])) add(found, name + textOf(now[i]));
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
    this.owners[this.owners.length] = { owner, name, names };
    for (let i = 0; i < names.length; i++) {
      const value = valueOf(owner, names[i]);
      if (typeof value === 'function') {
        this.all[this.all.length] = { owner, key: names[i], name: name + textOf(names[i]), value };
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
  for (const key in []) if (key !== '') count++;
  return count;
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
