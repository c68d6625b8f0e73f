/** What functions a directory holds: its files joined with `functions.json`. One bad function refuses only itself. */
import { join } from 'node:path';
import { FUNCTION_NAME, type FunctionSpec } from '@invoq/contract/function';
import { type Candidate, type Scan, scanDirectory } from './directory-scan';
import { digest, type Stamp } from './file-stamps';
import type { FunctionDir } from './function-dirs';
import {
  DEFAULT_LIMITS,
  type FunctionSettings,
  readFunctionSettings,
  SETTINGS_FILE,
  type SettingsLimits,
} from './function-settings';
import { loadProblemOf, type Problem, systemReason } from './problem';

/** A function as it was found: all but its code. */
export interface FunctionEntry {
  spec: FunctionSpec;
  /** Absolute path of the functions directory. */
  dir: string;
  /** Absolute path of the entry file. */
  file: string;
  stamp: Stamp;
  version: string;
  /** `path stamp` of each file that makes its version: its own, and those that all functions share. */
  lines: readonly string[];
  environment: Record<string, string>;
}

export interface Manifest {
  functions: FunctionEntry[];
  /** Each refuses the one function that it names. */
  problems: Problem[];
  /** Of those that are refused: what can be told of them, so that they are listed and their callers are told why. */
  refused: FunctionSpec[];
  /** Entries that are no functions, though they may look like some. */
  passedOver: Problem[];
  /** The directory as a whole is unusable; `functions` is empty. */
  fault?: Problem;
  /** Folders to watch for changes. */
  folders: string[];
}

/** Reads one functions directory: a stat a file, no code. Never rejects. */
export async function readManifest(at: FunctionDir, limits: SettingsLimits = DEFAULT_LIMITS): Promise<Manifest> {
  let scan: Scan;
  try {
    scan = await scanDirectory(at.dir);
  } catch (error) {
    return faulty(at, at.dir, `cannot be read: ${systemReason(error)}`, [at.dir]);
  }
  const settings = await readFunctionSettings(at.dir, limits);
  if ('fault' in settings) return faulty(at, join(at.dir, SETTINGS_FILE), settings.fault, scan.folders);

  const misfits = (passedOver: boolean): Problem[] =>
    scan.misfits
      .filter(({ isPassedOver = false }) => isPassedOver === passedOver)
      .map(({ name, path, message }) => problem(at, name, path, message));
  const problems = misfits(false);
  const functions: FunctionEntry[] = [];
  const shared = digest(scan.shared);
  const byName = new Map<string, Candidate[]>();
  for (const candidate of scan.candidates)
    byName.set(candidate.name, [...(byName.get(candidate.name) ?? []), candidate]);
  for (const [name, candidates] of byName) {
    const [candidate, rival] = candidates.sort((a, b) => (a.path < b.path ? -1 : 1));
    const own = settings.functions.get(name) ?? settings.defaults;
    if (rival !== undefined) {
      const message = `two entries have this name: ${candidates.map(({ path }) => path).join(' and ')}`;
      problems.push(problem(at, name, candidate.path, message));
    } else if ('fault' in own) {
      problems.push(problem(at, name, join(at.dir, SETTINGS_FILE), own.fault));
    } else {
      functions.push(entry(at, candidate, own, scan.shared, shared));
    }
  }
  for (const name of settings.functions.keys()) {
    const known = byName.has(name) || scan.misfits.some((misfit) => misfit.name === name);
    if (!known) {
      const message = `${SETTINGS_FILE}: functions.${name}: there is no such function in the directory`;
      problems.push(problem(at, name, join(at.dir, SETTINGS_FILE), message));
    }
  }
  functions.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  const known = new Set([...byName.keys(), ...scan.misfits.map(({ name }) => name)]);
  const refused = problems
    .filter(({ function: name = '' }) => FUNCTION_NAME.test(name) && known.has(name))
    .map((each) => refusedSpec(at, each, settings.functions.get(each.function!), settings.defaults));
  return { functions, problems, refused, passedOver: misfits(true), folders: scan.folders };
}

/** With its own settings where they are sound, else with those of all. */
function refusedSpec(
  { env }: FunctionDir,
  why: Problem,
  own: FunctionSettings | { fault: string } | undefined,
  defaults: FunctionSettings,
): FunctionSpec {
  const { environment: _, ...limits } = own === undefined || 'fault' in own ? defaults : own;
  return { name: why.function!, env, ...limits, loadProblem: loadProblemOf(why) };
}

function entry(
  at: FunctionDir,
  candidate: Candidate,
  settings: FunctionSettings,
  sharedLines: readonly string[],
  shared: string,
): FunctionEntry {
  const { environment, ...limits } = settings;
  return {
    spec: { name: candidate.name, env: at.env, ...limits },
    dir: at.dir,
    file: candidate.file,
    stamp: candidate.stamp,
    version: digest([...candidate.lines, `shared ${shared}`, `settings ${JSON.stringify(settings)}`]),
    lines: [...candidate.lines, ...sharedLines],
    environment,
  };
}

function problem({ env }: FunctionDir, name: string, file: string, message: string): Problem {
  return { env, function: name, file, message };
}

function faulty({ env }: FunctionDir, file: string, message: string, folders: string[]): Manifest {
  return { functions: [], problems: [], refused: [], passedOver: [], fault: { env, file, message }, folders };
}
