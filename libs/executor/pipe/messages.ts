/**
 * Every message that crosses between us and user code's process, over the pipe on fd 3. A message is a head (small, JSON but
 * for that of a call) and a body (text that is passed on unread: the caller's data, a result, a line of output). See `frames.ts`
 * for the bytes, and `call-head.ts` for the head of a call.
 */
import type { Contract } from '@invoq/contract/function';
import type { Reasons } from '@invoq/contract/thrown-error';
import type { LogLevel, LogStream, Origin } from '../call/call';

/** The fd of the pipe in the child; 0-2 are the usual three. */
export const CHANNEL_FD = 3;
/** The fd of the start tokens in the child; see `start-tokens.ts`. */
export const TOKENS_FD = 4;
/** Carries the sandbox's mark in the environment of its process and of all that this process starts. */
export const MARK_VARIABLE = 'INVOQ_SANDBOX';
/** Largest text of `context.progress`, bytes. */
export const MAX_PROGRESS_BYTES = 8 * 1024;
/** Deepest nesting of a result: readers of it (and the compatible APIs) take no more. */
export const MAX_RESULT_DEPTH = 64;
/** Longest texts of a thrown error, characters; a cropped one has a mark more. */
export const MAX_ERROR = { name: 256, message: 8 * 1024, stack: 16 * 1024 };
/** Longest text of why a process is spoiled or what is left in it, characters. */
export const MAX_REASON = 256;
/** Most names of what a first call has changed, and the longest, characters. */
export const MAX_CHANGED = 16;
export const MAX_CHANGED_NAME = 80;
/** What a log line costs on top of its text, bytes: its time. Keeps a flood of empty lines bounded. */
export const LINE_COST = 24;

export const Kind = {
  /** To the child: run this. Body: the data. */
  call: 1,
  /** To the child: the call of the head is cancelled. */
  abort: 2,
  /** From the child: up, with nothing loaded. */
  ready: 10,
  /** Output of the function. Body: the text as it was written, lines and parts of lines. */
  output: 11,
  /** Body: JSON text. */
  progress: 12,
  /** The call's end. A success has no head; its body is the result. */
  answer: 13,
  /** After the answer: whether the process is as it was before the call. Body: how long the call kept it, µs. */
  rest: 14,
  /** After the answer, before the rest: the function is still at work. */
  lingers: 15,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** What the child needs of a `Program`; sent with the first call only. */
export interface ProgramHead {
  name: string;
  env: string;
  contract: Contract;
  memoryMb: number;
  file: string;
  format: 'cjs' | 'esm' | 'compiled';
  code?: string;
  /** What is called of its exports; missing: the first of the usual names. */
  exportName?: string;
  /** Variables of the process, on top of PATH and its like, which it was born with. */
  environment: Record<string, string>;
  /** What first calls of this function replace or add each time: its own way, that costs it no process. */
  ways?: readonly string[];
  /** Absolute path to text: what is loaded in place of files that have changed since this version was accepted. */
  texts?: Readonly<Record<string, string>>;
}

/** What hardly any call brings. */
export interface CallOccasion {
  program?: ProgramHead;
  /** The code is loaded and nothing is called: the answer is `null`, or why it does not load. */
  loadOnly?: true;
}

/** Written by `call-head.ts`. */
export interface CallHead extends CallOccasion {
  requestID: string;
  attempt: number;
  /** Absolute, ms since the epoch. */
  deadline: number;
  limitMs: number;
  /** Variables of this call alone, on top of the program's. */
  environment: Record<string, string>;
  origin: Origin;
  maxLogBytes: number;
  maxResultBytes: number;
}

export interface AbortHead {
  requestID: string;
}

export interface OutputHead {
  /** ms since the epoch. */
  at: number;
  level: LogLevel;
  stream: LogStream;
  /** The rest of the call's output is left out. */
  cut?: true;
}

export type AnswerHead =
  | { outcome: 'succeeded' }
  | ({
      outcome: 'failed';
      type: 'FUNCTION_ERROR' | 'BAD_RESULT';
      message: string;
      name?: string;
      stack?: string;
      /** What the thrown error says of another try. */
      retry?: { retryable?: false; afterMs?: number };
    } & Reasons)
  /** The system refused the function memory, which the function did not survive. */
  | { outcome: 'outgrew'; message: string };

export interface RestHead {
  /** Why this process must not take another call. */
  spoiled?: string;
  /** What its first call has replaced or added among the functions of the platform. */
  changed?: string[];
}

export interface LingersHead {
  /** What is at work, such as `Timeout ×2`. */
  left: string;
}
