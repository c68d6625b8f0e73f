/** The log of a process: JSON lines on stdout, without secrets, and never a flood. */
import type { EventEmitter } from 'node:events';
import { iso } from '@invoq/contract/iso';
import { type DestinationStream, type Logger, pino } from 'pino';
import { gathered } from './gathered-lines';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** Stands on each line: `api`, `worker`. */
  app: string;
  level?: LogLevel;
  /** Where the lines go; stdout by default. */
  destination?: DestinationStream;
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  '"set-cookie"',
  'password',
  'secret',
  'secretKey',
  'token',
  'apiKey',
  '"x-api-key"',
];
const SECRET_PATHS = ['', '*.', 'req.headers.', 'res.headers.'].flatMap((prefix) =>
  SECRET_FIELDS.map((field) =>
    field.startsWith('"') ? `${prefix.replace(/\.$/, '')}[${field}]` : `${prefix}${field}`,
  ),
);

/** Makes the log of a process. Times are ISO 8601, levels are words. */
export function createLog({ app, level = 'info', destination }: LogOptions): Logger {
  return pino(
    {
      level,
      base: { app },
      timestamp: () => `,"time":"${iso(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[hidden]' },
    },
    destination ?? stdout(),
  );
}

/**
 * Not pino's own stdout: that one, when its reader has died, waits for it for ever as the process exits. Lines that nobody
 * can read any more are dropped.
 */
function stdout(): DestinationStream {
  process.stdout.on('error', () => undefined);
  return gathered(process.stdout, process);
}

/**
 * The same log, for lines whose fields are named one by one and hold no secret: nothing in them is looked for, which is
 * most of what a line costs.
 */
export function plain(log: Logger): Logger {
  const child = log.child({}, { redact: [] });
  copies.set(log, [...(copies.get(log) ?? []), child]);
  return child;
}

/** Those that `plain` made of a log. */
const copies = new WeakMap<Logger, Logger[]>();

/** From now on, also of what `plain` made of it. */
export function setLevel(log: Logger, level: LogLevel): void {
  for (const each of [log, ...(copies.get(log) ?? [])]) each.level = level;
}

/** The signal `SIGUSR2` turns `debug` on, and a second one the level that was set. */
export function changeLevelOnSignal(log: Logger, usual: LogLevel, signals: Pick<EventEmitter, 'on'> = process): void {
  signals.on('SIGUSR2', () => {
    const level = log.level === 'debug' ? usual : 'debug';
    // Logged at a level that is shown.
    setLevel(log, 'info');
    log.info({ event: 'log level', to: level }, 'log level changed');
    setLevel(log, level);
  });
}

export interface LimitedLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

interface Gate {
  /** When the next lines may pass. */
  openAt: number;
  passed: number;
  suppressed: number;
}

/** Keys that are remembered for one log; with more, the oldest may speak again early. */
const MAX_KEYS = 1_000;
const gates = new WeakMap<object, Map<string, Gate>>();

/**
 * A log that writes at most `lines` (one by default) each `perMs` under one key, for faults that come by the thousand while
 * Redis is away. What was left out is counted, and the next line says how many (`suppressed`). The gate belongs to the log and
 * the key: who asks twice gets the same one.
 */
export function limited(
  log: Pick<Logger, 'error' | 'warn' | 'info'>,
  key: string,
  perMs = 1_000,
  lines = 1,
): LimitedLog {
  const write = (level: 'error' | 'warn' | 'info', fields: object, message: string): void => {
    const suppressed = pass(gateOf(log, key), perMs, lines);
    if (suppressed === undefined) return;
    log[level](suppressed > 0 ? { ...fields, suppressed } : fields, message);
  };
  return {
    info: (fields, message) => write('info', fields, message),
    error: (fields, message) => write('error', fields, message),
    warn: (fields, message) => write('warn', fields, message),
  };
}

/** How many were held back before this one; undefined: this one is held back too. */
function pass(gate: Gate, perMs: number, lines: number): number | undefined {
  const now = performance.now();
  if (now >= gate.openAt) {
    gate.openAt = now + perMs;
    gate.passed = 0;
  }
  if (gate.passed >= lines) {
    gate.suppressed++;
    return undefined;
  }
  gate.passed++;
  const { suppressed } = gate;
  gate.suppressed = 0;
  return suppressed;
}

function gateOf(log: object, key: string): Gate {
  const ofLog = gates.get(log) ?? new Map<string, Gate>();
  gates.set(log, ofLog);
  const gate = ofLog.get(key) ?? { openAt: -Infinity, passed: 0, suppressed: 0 };
  ofLog.set(key, gate);
  if (ofLog.size > MAX_KEYS) ofLog.delete(ofLog.keys().next().value as string);
  return gate;
}
