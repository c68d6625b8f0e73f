/**
 * Built-ins as they are before user code runs. A function may replace any global, any method of a prototype and any member
 * of a module of Node's (libraries that mock time, files or JSON do); what serves its calls must not notice.
 *
 * So the code in `child/` and the frames take built-ins from here only, and use nothing that looks one up on its own:
 * `for…of`, spread arrays and array patterns (they call `Symbol.iterator` and `next`), regular expressions (`exec`) and
 * `then` of promises (`await` of a native promise is safe). Descriptors and heads have no prototype, where `get` or
 * `toJSON` might be found. `Buffer.concat`, `buffer.toString` and their like call other public methods: use those below.
 */
import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import util from 'node:util';

const { bind, call } = Function.prototype;

/** A method as a function whose first argument is `this`; calling it looks nothing up. */
export const uncurried = bind.bind(call) as <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (self: This, ...args: Args) => Result;

export const { parse, stringify } = JSON;
export const { max, min, round } = Math;
export const { isFinite } = Number;
export const { assign, defineProperty, hasOwn, keys } = Object;
/** The same without a prototype, as heads of messages and descriptors must be. */
export function bare<T extends object>(members: T): T {
  return assign({ __proto__: null } as object, members) as T;
}
export const { apply, get: reflectGet } = Reflect;
export const { now } = Date;
export const dateMs = uncurried(Date.prototype.getTime);

export const { allocUnsafe, byteLength, from: bufferFrom } = Buffer;
export const copyBytes = uncurried(Buffer.prototype.copy);
export const partOf = uncurried(Buffer.prototype.subarray) as (bytes: Buffer, from: number, to?: number) => Buffer;
interface Utf8 {
  utf8Write(this: Uint8Array, text: string, at: number, bytes: number): number;
  utf8Slice(this: Uint8Array, from: number, to: number): string;
}
const utf8 = Buffer.prototype as unknown as Utf8;
export const writeUtf8 = uncurried(utf8.utf8Write);
export const readUtf8 = uncurried(utf8.utf8Slice);
export const textOf = uncurried(Buffer.prototype.toString) as (bytes: Buffer) => string;
export const decode = uncurried(StringDecoder.prototype.write) as (decoder: StringDecoder, bytes: Buffer) => string;

export const includes = uncurried(Array.prototype.includes) as (list: unknown[], wanted: unknown) => boolean;
export const indexOf = uncurried(String.prototype.indexOf) as (text: string, what: string, from?: number) => number;
export const slice = uncurried(String.prototype.slice);
export const startsWith = uncurried(String.prototype.startsWith) as (text: string, start: string) => boolean;

export const { setImmediate, setTimeout, clearTimeout, AbortController, URL, fetch } = globalThis;
const timer = setTimeout(() => undefined, 0);
clearTimeout(timer);
const { unref } = Object.getPrototypeOf(timer) as { unref(this: NodeJS.Timeout): NodeJS.Timeout };
export const unrefTimer = uncurried(unref);
export const abortOf = uncurried(AbortController.prototype.abort) as (controller: AbortController) => void;
const { performance } = globalThis;
const { now: performanceNow } = performance;
/** ms, as `performance.now()`. */
export const clock = (): number => apply(performanceNow, performance, []) as number;
export const { nextTick, exit: exitProcess } = process;

export const { readFileSync, writeSync, mkdirSync } = fs;
export const { inspect } = util;
export const { isAsyncFunction, isDate, isNativeError, isPromise } = util.types;
