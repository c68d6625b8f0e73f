/**
 * The border between a sandbox and its worker. User code can write to the pipe, and can break what writes there, so nothing
 * of a message is believed: what is here returned is built of values that were checked, and whatever is wrong is a
 * `FrameError`, which costs the sandbox its life and nobody else anything.
 */
import type { LogLevel, LogStream } from '../call/call';
import { FrameError } from './frames';
import { isJson } from './json-text';
import { checkedReasons } from './reasons-check';
import {
  Kind,
  MAX_CHANGED,
  MAX_CHANGED_NAME,
  MAX_ERROR,
  MAX_PROGRESS_BYTES,
  MAX_REASON,
  MAX_RESULT_DEPTH,
  type AnswerHead,
  type LingersHead,
  type OutputHead,
  type RestHead,
} from './messages';

const LEVELS: ReadonlySet<unknown> = new Set<LogLevel>(['debug', 'info', 'warn', 'error']);
const STREAMS: ReadonlySet<unknown> = new Set<LogStream>(['stdout', 'stderr']);
const FAILURES: ReadonlySet<unknown> = new Set(['FUNCTION_ERROR', 'BAD_RESULT']);
/** Latest time that a Date can hold, ms since the epoch. */
const MAX_TIME = 8.64e15;
/** Of a head, and of what a limit in characters takes in bytes. */
const SLACK_BYTES = 128 * 1024;
/** Digits of a duration in µs. */
const MICROSECONDS = /^\d{1,15}$/;

/** The largest message of each kind, bytes, for a sandbox with these limits; 0: a sandbox sends no such kind. */
export function maxMessageBytes(maxResultBytes: number, maxLogBytes: number): (kind: number) => number {
  return (kind) => {
    switch (kind) {
      case Kind.answer:
        return maxResultBytes + SLACK_BYTES;
      case Kind.rest:
      case Kind.lingers:
      case Kind.ready:
        return SLACK_BYTES;
      // A character is 3 bytes at most.
      case Kind.output:
        return 3 * maxLogBytes + SLACK_BYTES;
      case Kind.progress:
        return MAX_PROGRESS_BYTES + SLACK_BYTES;
      default:
        return 0;
    }
  };
}

export function checkedOutput(head: unknown): OutputHead {
  const { at, level, stream, cut } = members(head, 'output');
  if (typeof at !== 'number' || !(Math.abs(at) <= MAX_TIME)) throw new FrameError('output without a time');
  if (!LEVELS.has(level)) throw new FrameError('output of an unknown level');
  if (!STREAMS.has(stream)) throw new FrameError('output of an unknown stream');
  if (cut !== undefined && cut !== true) throw new FrameError('output with a cut that is not true');
  return { at, level: level as LogLevel, stream: stream as LogStream, cut };
}

export function checkedProgress(json: string): string {
  if (Buffer.byteLength(json) > MAX_PROGRESS_BYTES) throw new FrameError('progress that is too large');
  // Whoever reads it parses it; nested as deep as its size allows.
  if (!isJson(json, MAX_PROGRESS_BYTES)) throw new FrameError('progress that is not JSON');
  return json;
}

/** The result of a success is left to `JsonCheck`, as it may be large. */
export function checkedAnswer(head: unknown, body: string): AnswerHead {
  if (head === undefined) return { outcome: 'succeeded' };
  const { outcome, type, message, name, stack, retry, ...rest } = members(head, 'an answer');
  if (outcome === 'succeeded') return { outcome };
  if (body !== '') throw new FrameError('an answer with a result and an error');
  const said = text(message, MAX_ERROR.message, 'message');
  if (said === undefined) throw new FrameError('an answer without a message');
  if (outcome === 'outgrew') return { outcome, message: said };
  if (outcome !== 'failed') throw new FrameError('an answer of an unknown outcome');
  if (!FAILURES.has(type)) throw new FrameError('an answer of an unknown type');
  return {
    outcome,
    type: type as 'FUNCTION_ERROR' | 'BAD_RESULT',
    message: said,
    ...present('name', text(name, MAX_ERROR.name, 'name')),
    ...present('stack', text(stack, MAX_ERROR.stack, 'stack')),
    ...checkedReasons(rest),
    ...present('retry', checkedRetry(retry)),
  };
}

/** How long the call kept the process, ms, is the body. */
export function checkedRest(head: unknown, body: string): RestHead & { tookMs: number } {
  if (!MICROSECONDS.test(body)) throw new FrameError('a rest without a duration');
  const { spoiled, changed } = head === undefined ? {} : members(head, 'a rest');
  return {
    ...present('spoiled', text(spoiled, MAX_REASON, 'reason')),
    ...present('changed', checkedChanged(changed)),
    tookMs: Number(body) / 1_000,
  };
}

export function checkedLingers(head: unknown): LingersHead {
  const left = text(members(head, 'work that is left').left, MAX_REASON, 'list of what is left');
  if (left === undefined) throw new FrameError('work that is left and has no name');
  return { left };
}

function checkedChanged(changed: unknown): string[] | undefined {
  if (changed === undefined) return undefined;
  const isList = Array.isArray(changed) && changed.length <= MAX_CHANGED;
  if (!isList || !changed.every((name) => typeof name === 'string' && name.length <= MAX_CHANGED_NAME)) {
    throw new FrameError('changes that are no short list of names');
  }
  return changed as string[];
}

/** The answer of a result that is JSON, and deeper than `MAX_RESULT_DEPTH`. */
export function refusedAsTooDeep(): AnswerHead {
  const message = `The result is nested more than ${MAX_RESULT_DEPTH} levels deep.`;
  return { outcome: 'failed', type: 'BAD_RESULT', message };
}

function checkedRetry(retry: unknown): { retryable?: false; afterMs?: number } | undefined {
  if (retry === undefined) return undefined;
  const { retryable, afterMs } = members(retry, 'a retry');
  if (retryable !== undefined && retryable !== false) throw new FrameError('a retry that is not false');
  if (afterMs !== undefined && !(Number.isSafeInteger(afterMs) && (afterMs as number) >= 0)) {
    throw new FrameError('a retry after no length of time');
  }
  return { ...present('retryable', retryable), ...present('afterMs', afterMs as number | undefined) };
}

/** Twice its limit: the runtime may say more around what it has cropped (where code does not compile). */
function text(value: unknown, maxLength: number, what: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > 2 * maxLength)
    throw new FrameError(`a ${what} that is no short text`);
  return value;
}

function members(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FrameError(`${what} without a head`);
  return value as Record<string, unknown>;
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}
