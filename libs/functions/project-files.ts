/**
 * What a CloudBase project says of its functions: `config.json` in a function's folder, and `cloudbaserc.json` in the functions
 * directory or, when its `functionRoot` is this directory, beside it. Time limits, memory, variables and timer triggers are
 * taken over; what is not is named once at the start.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FunctionSettings, SettingsLimits } from './function-settings';
import { readTriggers } from './timer-triggers';

export const FOLDER_FILE = 'config.json';
const PROJECT_FILE = 'cloudbaserc.json';
/** The original's, s and MB. */
const TIMEOUT_S = { min: 1, max: 900 };
const MEMORY_MB = { min: 64, max: 8192 };
/** Fields that ask for something that is not done here. */
const NOT_HONOURED = ['permissions', 'vpc', 'network', 'layers', 'imageConfig', 'publicNetConfig', 'isWaitInstall'];

/** What one file says of one function. */
export interface Said {
  file: string;
  fields: Record<string, unknown>;
}

/** What a file's say comes to: settings to put over those before, and what is not honoured. */
export interface ProjectChanges {
  over: Partial<Pick<FunctionSettings, 'timeoutMs' | 'memoryMb' | 'environment' | 'triggers' | 'handler'>>;
  notices: string[];
}

export interface Project {
  of(name: string): Said | undefined;
  notice?: { file: string; message: string };
}

export async function readProject(dir: string): Promise<Project> {
  for (const file of [join(dir, PROJECT_FILE), join(dirname(dir), PROJECT_FILE)]) {
    const json = await readJson(file);
    if (json === undefined) continue;
    if (!isObject(json))
      return { of: () => undefined, notice: { file, message: 'is not read: it is not a JSON object' } };
    const root = typeof json.functionRoot === 'string' ? json.functionRoot : 'functions';
    if (dirname(file) !== dir && resolve(dirname(file), root) !== dir) continue;
    return { of: (name) => saidOf(json.functions, name, file) };
  }
  return { of: () => undefined };
}

/** A `config.json` may well be the function's own: what is not of the original's form says nothing. */
export async function readFolderFile(folder: string): Promise<Said | undefined> {
  const file = join(folder, FOLDER_FILE);
  const json = await readJson(file);
  return isObject(json) ? { file, fields: json } : undefined;
}

export function readChanges({ file, fields }: Said, base: FunctionSettings, limits: SettingsLimits): ProjectChanges {
  const changes: ProjectChanges = { over: {}, notices: [] };
  const say = (message: string) => changes.notices.push(`${basename(file)}: ${message}`);
  const { timeout, memorySize, envVariables, triggers, handler, runtime } = fields;
  if (timeout !== undefined) {
    if (isWithin(timeout, TIMEOUT_S)) {
      const { sync, async } = limits.maxTimeoutMs;
      const ms = timeout * 1_000;
      changes.over.timeoutMs = { sync: Math.min(ms, sync), async: Math.min(ms, async) };
      if (ms > sync) say(`timeout: sync calls run for ${sync / 1_000} s at most, not ${timeout}`);
    } else say(`timeout is not honoured: it must be ${TIMEOUT_S.min} to ${TIMEOUT_S.max} (s)`);
  }
  if (memorySize !== undefined) {
    if (isWithin(memorySize, MEMORY_MB)) changes.over.memoryMb = memorySize;
    else say(`memorySize is not honoured: it must be ${MEMORY_MB.min} to ${MEMORY_MB.max} (MB)`);
  }
  if (isObject(envVariables)) {
    const kept = Object.entries(envVariables).filter(([name, value]) => isVariable(name, value));
    changes.over.environment = { ...base.environment, ...Object.fromEntries(kept as [string, string][]) };
    const left = Object.keys(envVariables).filter((name) => !isVariable(name, envVariables[name]));
    if (left.length > 0) say(`envVariables.${left.join(', ')}: not honoured (a string without {{…}} is)`);
  }
  if (triggers !== undefined) {
    const faults: string[] = [];
    const served = readTriggers(triggers, 'triggers', faults);
    if (served.length > 0) changes.over.triggers = served;
    for (const fault of faults) say(`not honoured: ${fault}`);
  }
  if (typeof handler === 'string' && handler !== 'index.main' && basename(file) === PROJECT_FILE)
    changes.over.handler = handler;
  if (typeof runtime === 'string' && !/^node/i.test(runtime)) say(`runtime ${runtime}: functions run on Node.js here`);
  const asked = NOT_HONOURED.filter((field) => Object.hasOwn(fields, field) && !isEmpty(fields[field]));
  if (asked.length > 0) say(`not honoured: ${asked.join(', ')}`);
  return changes;
}

function saidOf(functions: unknown, name: string, file: string): Said | undefined {
  const all: unknown[] = Array.isArray(functions) ? functions : [];
  const own = all.filter(isObject).find((each) => each.name === name);
  // Its first version had the settings under `config`.
  return own && { file, fields: isObject(own.config) ? { ...own, ...own.config } : own };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    return error instanceof SyntaxError ? null : undefined;
  }
}

function isVariable(name: string, value: unknown): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof value === 'string' && !/\0|\{\{/.test(value);
}

function isWithin(value: unknown, { min, max }: { min: number; max: number }): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** As the tools of the original write it where nothing is asked for. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) ? Object.values(value).every(isEmpty) : value === undefined || value === null || value === '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
