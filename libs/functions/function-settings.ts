/** `functions.json`: defaults and per-function settings of one functions directory, read strictly. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CallbackInput, readCallback } from '@invoq/contract/callback';
import {
  CONTRACTS,
  type Contract,
  DEFAULT_QUEUE,
  MAX_PRIORITY,
  ENV_NAME,
  KEEP_DATA,
  type KeepData,
  QUEUE_NAME,
  type Retention,
  type TimerTrigger,
} from '@invoq/contract/function';
import { type Mode, MODES } from '@invoq/contract/invocation';
import { isRate, type Rate, RATE_RULE } from '@invoq/contract/rate';
import type { RetryInput } from '@invoq/contract/retry';
import { systemReason } from './invalid-function';
import { readRetention } from './retention-settings';
import { readRetry } from './retry-settings';
import { readTriggers } from './timer-triggers';

export const SETTINGS_FILE = 'functions.json';

/** What may be set of a function; the same fields stand at the top level, as defaults. */
export interface FunctionSettings {
  contract: Contract;
  /** The longest run, ms. */
  timeoutMs: Record<Mode, number>;
  memoryMb: number;
  queue: string;
  /** Of its calls, when they do not say one. */
  priority: number;
  /** So many of its calls may run at a time, on all workers together. */
  concurrency?: number;
  /** How often it may be called. */
  rate?: Rate;
  /** Of async calls; missing: nothing is retried. A function's own fields go over those of the top level. */
  retry?: RetryInput;
  /** How long what has ended is kept; missing: as the platform has it. */
  retention?: Partial<Retention>;
  /** Whose data are kept with their record; missing: those of calls that failed. */
  keepData?: KeepData;
  /** Environment variables of the function. A function's own are added to those of the top level. */
  environment: Record<string, string>;
  /** Who is notified of the end of calls that set no callback. */
  callback?: CallbackInput;
  /** Timers that call it. */
  triggers?: TimerTrigger[];
  /** Envs beside its own in which it may call functions. */
  envs?: string[];
  /** `path.export`: the entry file in the function's folder, and what is called of it. */
  handler?: string;
}

export interface SettingsLimits {
  /** The highest limit that a function may be given, ms. */
  maxTimeoutMs: Record<Mode, number>;
}

export const DEFAULT_LIMITS: SettingsLimits = { maxTimeoutMs: { sync: 60_000, async: 3_600_000 } };
const MEMORY_MB = { min: 32, max: 8192 };
const MAX_CONCURRENCY = 100_000;
/** A path without its extension, and an export. */
export const HANDLER = /^[^\0.][^\0]{0,200}\.[A-Za-z_$][\w$]{0,60}$/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const DEFAULT_SETTINGS: FunctionSettings = {
  contract: 'cloudbase',
  timeoutMs: { sync: 5_000, async: 300_000 },
  memoryMb: 256,
  queue: DEFAULT_QUEUE,
  priority: 0,
  environment: {},
};

/** `fault`: the file as a whole is unusable. Else each function that it names has its settings or its own fault. */
export type SettingsFile =
  | { fault: string }
  | {
      defaults: FunctionSettings;
      functions: Map<string, FunctionSettings | { fault: string }>;
      /** A function's settings over `base`, which are the defaults unless something else says more of the function. */
      of(name: string, base?: FunctionSettings): FunctionSettings | { fault: string };
    };

/** Reads `functions.json` of a directory; a directory without one has the defaults. */
export async function readFunctionSettings(dir: string, limits: SettingsLimits): Promise<SettingsFile> {
  let text: string;
  try {
    text = await readFile(join(dir, SETTINGS_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { defaults: DEFAULT_SETTINGS, functions: new Map(), of: (_, base = DEFAULT_SETTINGS) => base };
    return { fault: `${SETTINGS_FILE} cannot be read: ${systemReason(error)}` };
  }
  return parseFunctionSettings(text, limits);
}

export function parseFunctionSettings(text: string, limits: SettingsLimits): SettingsFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { fault: `${SETTINGS_FILE} is not JSON: ${(error as Error).message}` };
  }
  if (!isObject(json)) return { fault: `${SETTINGS_FILE} must be an object` };

  const { functions = {}, ...top } = json;
  const faults: string[] = [];
  const defaults = read(top, DEFAULT_SETTINGS, limits, faults);
  if (!isObject(functions)) faults.push('functions: must be an object, a function name to its settings');
  if (!isObject(functions) || faults.length > 0) return { fault: `${SETTINGS_FILE}: ${faults.join('; ')}` };

  const of = (name: string, base = defaults): FunctionSettings | { fault: string } => {
    if (!Object.hasOwn(functions, name)) return base;
    const own = functions[name];
    const path = `functions.${name}`;
    const ownErrors: string[] = [];
    const value = isObject(own) ? read(own, base, limits, ownErrors, `${path}.`) : base;
    if (!isObject(own)) ownErrors.push(`${path}: must be an object`);
    return ownErrors.length > 0 ? { fault: `${SETTINGS_FILE}: ${ownErrors.join('; ')}` } : value;
  };
  return { defaults, functions: new Map(Object.keys(functions).map((name) => [name, of(name)])), of };
}

/** Reads the fields of one level over `base`; whatever breaks a rule is named with its path in `faults`. */
function read(
  json: Record<string, unknown>,
  base: FunctionSettings,
  limits: SettingsLimits,
  faults: string[],
  path = '',
): FunctionSettings {
  const settings: FunctionSettings = { ...base, timeoutMs: { ...base.timeoutMs } };
  const readers: Record<keyof FunctionSettings, (value: unknown) => void> = {
    contract: (value) => {
      const contract = CONTRACTS.find((known) => known === value);
      if (contract === undefined) faults.push(`${path}contract: must be one of ${CONTRACTS.join(', ')}`);
      else settings.contract = contract;
    },
    timeoutMs: (value) => {
      if (!isObject(value))
        return void faults.push(`${path}timeoutMs: must be an object with sync, async, or both (ms)`);
      for (const [key, ms] of Object.entries(value)) {
        const mode = MODES.find((known) => known === key);
        if (mode === undefined) faults.push(`${path}timeoutMs.${key}: unknown field`);
        else if (isInteger(ms, 1, limits.maxTimeoutMs[mode])) settings.timeoutMs[mode] = ms;
        else faults.push(`${path}timeoutMs.${key}: must be an integer from 1 to ${limits.maxTimeoutMs[mode]} (ms)`);
      }
    },
    memoryMb: (value) => {
      if (isInteger(value, MEMORY_MB.min, MEMORY_MB.max)) settings.memoryMb = value;
      else faults.push(`${path}memoryMb: must be an integer from ${MEMORY_MB.min} to ${MEMORY_MB.max} (MB)`);
    },
    queue: (value) => {
      if (typeof value === 'string' && QUEUE_NAME.test(value)) settings.queue = value;
      else faults.push(`${path}queue: must be a name of letters, digits, _ and -, 60 at most`);
    },
    priority: (value) => {
      if (isInteger(value, 0, MAX_PRIORITY)) settings.priority = value;
      else faults.push(`${path}priority: must be an integer from 0 to ${MAX_PRIORITY}`);
    },
    retry: (value) => {
      settings.retry = readRetry(value, base.retry, `${path}retry`, faults);
    },
    concurrency: (value) => {
      if (isInteger(value, 1, MAX_CONCURRENCY)) settings.concurrency = value;
      else faults.push(`${path}concurrency: must be an integer from 1 to ${MAX_CONCURRENCY}`);
    },
    rate: (value) => {
      if (isRate(value)) settings.rate = value;
      else faults.push(`${path}rate: must be ${RATE_RULE}`);
    },
    retention: (value) => {
      settings.retention = readRetention(value, base.retention, `${path}retention`, faults);
    },
    keepData: (value) => {
      const known = KEEP_DATA.find((each) => each === value);
      if (known === undefined) faults.push(`${path}keepData: must be one of ${KEEP_DATA.join(', ')}`);
      else settings.keepData = known;
    },
    environment: (value) => {
      if (!isObject(value)) return void faults.push(`${path}environment: must be an object of strings`);
      for (const [name, text] of Object.entries(value)) {
        if (!VARIABLE_NAME.test(name)) faults.push(`${path}environment.${name}: is no name of a variable`);
        else if (typeof text !== 'string' || text.includes('\0'))
          faults.push(`${path}environment.${name}: must be a string`);
      }
      settings.environment = { ...base.environment, ...(value as Record<string, string>) };
    },
    triggers: (value) => {
      settings.triggers = readTriggers(value, `${path}triggers`, faults);
    },
    envs: (value) => {
      const isList = Array.isArray(value) && value.every((env) => typeof env === 'string' && ENV_NAME.test(env));
      if (isList) settings.envs = value as string[];
      else faults.push(`${path}envs: must be a list of names of envs`);
    },
    handler: (value) => {
      if (typeof value === 'string' && HANDLER.test(value)) settings.handler = value;
      else faults.push(`${path}handler: must be a path and an export, such as src/app.handler`);
    },
    callback: (value) => {
      // `null`: nobody, whatever the top level says.
      const callback = value === null ? undefined : readCallback(value, `${path}callback`);
      if (Array.isArray(callback)) faults.push(...callback.map(({ field, rule }) => `${field}: ${rule}`));
      else settings.callback = callback;
    },
  };
  for (const [field, value] of Object.entries(json)) {
    if (Object.hasOwn(readers, field)) readers[field as keyof FunctionSettings](value);
    else faults.push(`${path}${field}: unknown field`);
  }
  return settings;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}
