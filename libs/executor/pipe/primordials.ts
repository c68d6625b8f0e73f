/**
 * Built-ins as they are before user code runs. A function may replace any global, any method of a prototype and any member
 * of a module of Node's (libraries that mock time, files or JSON do); what serves its calls must not notice.
 *
 * So the code in `child/` and the frames take built-ins from here only, and use nothing that looks one up on its own:
 * `for…of`, spread arrays and array patterns (they call `Symbol.iterator` and `next`), regular expressions (`exec`) and
 * `then` of promises (`await` of a native promise is safe). Descriptors and heads have no prototype, where `get` or
 * `toJSON` might be found. `Buffer.concat`, `buffer.toString` and their like call other public methods: use those below.
 */
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import util from 'node:util';

const { bind, call } = Function.prototype;

/** A method as a function whose first argument is `this`; calling it looks nothing up. Its type is said where it is kept. */
export const uncurried = bind.bind(call) as (method: unknown) => never;

export const { parse, stringify } = JSON;
export const { max, min, round } = Math;
export const { isFinite } = Number;
export const { captureStackTrace } = Error;
export const { assign, defineProperty, getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } =
  Object;
export const { isArray } = Array;
export const { prototype: plainPrototype } = Object;
/** The same without a prototype, as heads of messages and descriptors must be. */
export function bare<T extends object>(members: T): T {
  const none: object = { __proto__: null };
  return assign(none, members);
}
export const { apply, get: reflectGet, set: reflectSet, ownKeys } = Reflect;
export const { now } = Date;
export const dateMs: (date: Date) => number = uncurried(Date.prototype.getTime);

interface Utf8 {
  utf8Write(text: string, at: number, bytes: number): number;
  utf8Slice(from: number, to: number): string;
}
const buffers = Buffer.prototype as Buffer & Utf8;
export const { allocUnsafe, byteLength, from: bufferFrom } = Buffer;
export const copyBytes: (source: Buffer, target: Buffer, at: number, from?: number, to?: number) => number = uncurried(
  buffers.copy,
);
export const partOf: (bytes: Buffer, from: number) => Buffer = uncurried(buffers.subarray);
export const writeUtf8: (bytes: Buffer, text: string, at: number, length: number) => number = uncurried(
  buffers.utf8Write,
);
export const readUtf8: (bytes: Buffer, from: number, to: number) => string = uncurried(buffers.utf8Slice);
export const textOf: (bytes: Buffer) => string = uncurried(buffers.toString);
export const decode: (decoder: StringDecoder, bytes: Buffer) => string = uncurried(StringDecoder.prototype.write);
/** Answers the mark of a character that has come in part. */
export const endDecoding: (decoder: StringDecoder) => string = uncurried(StringDecoder.prototype.end);

export const includes: (list: unknown[], wanted: unknown) => boolean = uncurried(Array.prototype.includes);
export const charCodeAt: (text: string, at: number) => number = uncurried(String.prototype.charCodeAt);
export const indexOf: (text: string, what: string, from?: number) => number = uncurried(String.prototype.indexOf);
export const slice: (text: string, from: number, to?: number) => string = uncurried(String.prototype.slice);
export const startsWith: (text: string, start: string) => boolean = uncurried(String.prototype.startsWith);

export const { setImmediate, setTimeout, setInterval, clearTimeout, AbortController, Promise, URL, fetch } = globalThis;
const timer = setTimeout(() => undefined, 0);
clearTimeout(timer);
export const unrefTimer: (timer: NodeJS.Timeout) => NodeJS.Timeout = uncurried(
  (Object.getPrototypeOf(timer) as NodeJS.Timeout).unref,
);
export const abortOf: (controller: AbortController) => void = uncurried(AbortController.prototype.abort);
const { performance } = globalThis;
const { now: performanceNow } = performance;
/** ms, as `performance.now()`. */
export const clock = (): number => apply(performanceNow, performance, []);
export const { nextTick, exit: exitProcess } = process;
const { reallyExit } = process as unknown as { reallyExit: (code: number) => never };
/** Without a word: no `exit` event, and nothing printed by Node. */
export const leaveAtOnce = (code: number): never => apply(reallyExit, process, [code]);

type Listener = (...args: unknown[]) => void;
type Listen = (emitter: EventEmitter, name: string, listener: Listener) => unknown;
export const listenTo: Listen = uncurried(EventEmitter.prototype.on);
export const listenFirst: Listen = uncurried(EventEmitter.prototype.prependListener);
export const unlisten: Listen = uncurried(EventEmitter.prototype.removeListener);
export const listenersOf: (emitter: EventEmitter, name: string) => Listener[] = uncurried(
  EventEmitter.prototype.rawListeners,
);
export const listenerCount: (emitter: EventEmitter, name: string) => number = uncurried(
  EventEmitter.prototype.listenerCount,
);

export const { readFileSync, readSync, writeSync, mkdirSync, openSync, closeSync } = fs;
export const { inspect } = util;
export const types = bare({ ...util.types });
export const { isAsyncFunction, isDate, isGeneratorFunction, isNativeError, isPromise, isProxy } = util.types;
