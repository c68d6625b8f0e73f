/** What functions a directory holds: its files joined with `functions.json`. One bad function refuses only itself. */
import { join } from 'node:path';
import { FUNCTION_NAME, type FunctionSpec } from '@invoq/contract/function';
import { type Candidate, type Scan, scanDirectory } from './directory-scan';
import { digest, type Stamp } from './file-stamps';
import type { FunctionDir } from './function-dirs';
import { dependencyNotices, type Notice } from './dependencies';
import {
  DEFAULT_LIMITS,
  type FunctionSettings,
  readFunctionSettings,
  SETTINGS_FILE,
  type SettingsFile,
  type SettingsLimits,
} from './function-settings';
import { FOLDER_FILE, readChanges, type Project, readFolderFile, readProject, type Said } from './project-files';
import { loadProblemOf, type InvalidFunction, systemReason } from './invalid-function';

/** A function as it was found: all but its code. */
export interface FunctionEntry {
  spec: FunctionSpec;
  /** Absolute path of the functions directory. */
  dir: string;
  /** Absolute path of the entry file. */
  file: string;
  /** Absolute path of what bears its name: the same, or its folder. */
  path: string;
  stamp: Stamp;
  version: string;
  /** `path stamp` of each file that makes its version: its own, and those that all functions share. */
  lines: readonly string[];
  environment: Record<string, string>;
  /** What its project files ask for and do not get. */
  notices: readonly Notice[];
}

export interface Manifest {
  functions: FunctionEntry[];
  /** Each refuses the one function that it names. */
  problems: InvalidFunction[];
  /** Of those that are refused: what is known of them, so that lists show them and their callers see why. */
  refused: FunctionSpec[];
  /** Entries that are no functions, though they may look like some. */
  passedOver: InvalidFunction[];
  /** What project files ask for and do not get. Refuses nothing. */
  notices: InvalidFunction[];
  /** The directory as a whole is unusable; `functions` is empty. */
  fault?: InvalidFunction;
  /** Folders to watch for changes. */
  folders: string[];
}

/** Reads one functions directory: a stat a file, no code. Never rejects. */
export async function readManifest(at: FunctionDir, limits: SettingsLimits = DEFAULT_LIMITS): Promise<Manifest> {
  const [settings, project] = await Promise.all([readFunctionSettings(at.dir, limits), readProject(at.dir)]);
  const own = 'fault' in settings ? undefined : new OwnSettings(settings, project, limits);
  let scan: Scan;
  try {
    scan = await scanDirectory(at.dir, (name) => own?.handlerOf(name));
  } catch (error) {
    return faulty(at, at.dir, `cannot be read: ${systemReason(error)}`, [at.dir]);
  }
  if (own === undefined || 'fault' in settings)
    return faulty(at, join(at.dir, SETTINGS_FILE), (settings as { fault: string }).fault, scan.folders);

  const invalidEntries = (passedOver: boolean): InvalidFunction[] =>
    scan.invalidEntries
      .filter(({ isPassedOver = false }) => isPassedOver === passedOver)
      .map(({ name, path, message }) => problem(at, name, path, message));
  const problems = invalidEntries(false);
  const functions: FunctionEntry[] = [];
  const shared = digest(scan.shared);
  const byName = new Map<string, Candidate[]>();
  for (const candidate of scan.candidates)
    byName.set(candidate.name, [...(byName.get(candidate.name) ?? []), candidate]);
  for (const [name, candidates] of byName) {
    const [candidate, rival] = candidates.sort((a, b) => (a.path < b.path ? -1 : 1));
    const found = await own.read(candidate);
    if (rival !== undefined) {
      const message = `two entries have this name: ${candidates.map(({ path }) => path).join(' and ')}`;
      problems.push(problem(at, name, candidate.path, message));
    } else if ('fault' in found) {
      problems.push(problem(at, name, join(at.dir, SETTINGS_FILE), found.fault));
    } else {
      functions.push(entry(at, candidate, found.settings, found.notices, scan.shared, shared));
    }
  }
  for (const name of settings.functions.keys()) {
    const known = byName.has(name) || scan.invalidEntries.some((invalidEntry) => invalidEntry.name === name);
    if (!known) {
      const message = `${SETTINGS_FILE}: functions.${name}: there is no such function in the directory`;
      problems.push(problem(at, name, join(at.dir, SETTINGS_FILE), message));
    }
  }
  functions.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  const known = new Set([...byName.keys(), ...scan.invalidEntries.map(({ name }) => name)]);
  const refused = problems
    .filter(({ function: name = '' }) => FUNCTION_NAME.test(name) && known.has(name))
    .map((each) => refusedSpec(at, each, settings.functions.get(each.function!), settings.defaults));
  const notices = functions.flatMap(({ spec, notices: own }) =>
    own.map(({ file, message }) => problem(at, spec.name, file, message)),
  );
  if (project.notice) notices.unshift({ env: at.env, ...project.notice });
  return { functions, problems, refused, passedOver: invalidEntries(true), notices, folders: scan.folders };
}

/** The settings of each function: those of its project, and over them those of functions.json. */
class OwnSettings {
  constructor(
    private readonly settings: Exclude<SettingsFile, { fault: string }>,
    private readonly project: Project,
    private readonly limits: SettingsLimits,
  ) {}

  /** Before the function's folder is looked into. */
  handlerOf(name: string): string | undefined {
    const own = this.settings.of(name);
    if ('fault' in own) return undefined;
    return own.handler ?? this.over(own, this.said(own, this.project.of(name))).base.handler;
  }

  async read({
    name,
    path,
    lines,
  }: Candidate): Promise<{ settings: FunctionSettings; notices: Notice[] } | { fault: string }> {
    const plain = this.settings.of(name);
    if ('fault' in plain) return plain;
    const config = `${join(path, FOLDER_FILE)} `;
    const folder = lines.some((line) => line.startsWith(config)) ? await readFolderFile(path) : undefined;
    const { base, notices } = this.over(this.settings.defaults, this.said(plain, this.project.of(name), folder));
    const settings = this.settings.of(name, base);
    return 'fault' in settings ? settings : { settings, notices };
  }

  /** These files are CloudBase's. */
  private said({ contract }: FunctionSettings, ...all: (Said | undefined)[]): Said[] {
    return contract === 'cloudbase' ? all.filter((each) => each !== undefined) : [];
  }

  private over(defaults: FunctionSettings, all: Said[]): { base: FunctionSettings; notices: Notice[] } {
    let base = defaults;
    const notices: Notice[] = [];
    for (const said of all) {
      const changes = readChanges(said, base, this.limits);
      base = { ...base, ...changes.over };
      notices.push(...changes.notices.map((message) => ({ file: said.file, message })));
    }
    return { base, notices };
  }
}

/** What is missing of what the functions of a directory need, for the start: packages that are not installed. */
export async function needsOf(
  { env, dir }: FunctionDir,
  entries: readonly FunctionEntry[],
): Promise<InvalidFunction[]> {
  const owners = new Map<string, string | undefined>([[dir, undefined]]);
  for (const { spec, file, path } of entries) if (path !== file) owners.set(path, spec.name);
  const all = [...owners].map(async ([folder, name]) =>
    (await dependencyNotices(folder)).map((notice): InvalidFunction => ({ env, function: name, ...notice })),
  );
  return (await Promise.all(all)).flat();
}

/** With its own settings where they are sound, else with those of all. */
function refusedSpec(
  { env }: FunctionDir,
  why: InvalidFunction,
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
  notices: readonly Notice[],
  sharedLines: readonly string[],
  shared: string,
): FunctionEntry {
  const { environment, ...limits } = settings;
  return {
    spec: { name: candidate.name, env: at.env, ...limits },
    dir: at.dir,
    file: candidate.file,
    path: candidate.path,
    stamp: candidate.stamp,
    version: digest([...candidate.lines, `shared ${shared}`, `settings ${JSON.stringify(settings)}`]),
    lines: [...candidate.lines, ...sharedLines],
    environment,
    notices,
  };
}

function problem({ env }: FunctionDir, name: string, file: string, message: string): InvalidFunction {
  return { env, function: name, file, message };
}

function faulty({ env }: FunctionDir, file: string, message: string, folders: string[]): Manifest {
  return {
    functions: [],
    problems: [],
    refused: [],
    passedOver: [],
    notices: [],
    fault: { env, file, message },
    folders,
  };
}
