/**
 * One functions directory as a worker serves it: the version of each function that is served, and the newer one that is not
 * served yet. A version is served until a newer one has been accepted; `examiner.ts` says what that takes.
 */
import type { FunctionSpec, Program } from '@invoq/contract/function';
import type { Compiler } from './compiler';
import type { Accepted, Examiner } from './examiner';
import { digest, foldersOf, linkFoldersOf, stampNow } from './file-stamps';
import type { FunctionDir } from './function-dirs';
import type { SettingsLimits } from './function-settings';
import { type FunctionEntry, type Manifest, needsOf, readManifest } from './manifest';
import { loadProblemOf, type InvalidFunction } from './invalid-function';
import { buildProgram } from './program-builder';
import type { KeptFiles } from './sources';

export interface DirectoryChange {
  changed: FunctionSpec[];
  added: FunctionSpec[];
  removed: FunctionSpec[];
  /** Functions that cannot run, and were not reported before. */
  problems: InvalidFunction[];
  /** Newer versions that cannot run, and were not reported before; the version before each is served. */
  kept: InvalidFunction[];
  /** Served as they were, while files of them have changed: what was loaded from those may load more. */
  stale: FunctionSpec[];
}

export interface DirectoryOptions {
  limits: SettingsLimits;
  compiler: Compiler;
  examiner: Examiner;
  onChange(change: DirectoryChange): void;
  /** The directory is to be read again in `ms`. */
  onReadAgain(ms: number): void;
  /** A newer version is served, perhaps with files in other folders. */
  onAccepted(): void;
}

interface Served {
  entry: FunctionEntry;
  program?: Promise<Program | { problem: InvalidFunction }>;
  accepted?: Accepted;
  /** Why it cannot run; found when it is built. */
  problem?: InvalidFunction;
}

/** A newer version that is not served. */
interface Newer {
  entry: FunctionEntry;
  examined: Promise<void>;
  problem?: InvalidFunction;
}

/** Readings in a row for one who waits, when the directory changes faster than it can be read. */
const MAX_READINGS = 3;
/** Whoever deletes a file may be about to write it again: so long its function is served on, ms. */
const GONE_MS = 2_000;
/** A call that finds a newer version under examination waits for the verdict this long at most, ms. */
const PATIENCE_MS = 1_000;

export class ServedDirectory {
  private served = new Map<string, Served>();
  private readonly newer = new Map<string, Newer>();
  /** Functions whose files are gone, each with the time of `performance.now()` at which that was seen. */
  private readonly gone = new Map<string, number>();
  private refused = new Map<string, InvalidFunction>();
  private refusedSpecs: FunctionSpec[] = [];
  /** Entries that are no functions, and what functions ask for and do not get: named once. */
  private notices: InvalidFunction[] = [];
  private reported = new Set<string>();
  private reading?: Promise<void>;
  private dirty = false;
  private loaded = false;
  private walked: string[];
  /** Set while the directory as a whole is unusable; what was served before is served on. */
  fault?: InvalidFunction;

  constructor(
    readonly at: FunctionDir,
    private readonly options: DirectoryOptions,
  ) {
    this.walked = [at.dir];
  }

  /** Folders in which a change may mean another version: those that were walked, and those of files that links lead to. */
  folders(): string[] {
    const files = [...this.served.values()].flatMap(({ accepted }) => accepted?.sources?.files ?? []);
    return [...new Set([...this.walked, ...foldersOf(files), ...linkFoldersOf([this.at.dir, ...this.walked])])];
  }

  /** All that are here, also those that cannot run: they say why. */
  specs(): FunctionSpec[] {
    const served = [...this.served.values()].map(({ entry: { spec }, problem }) =>
      problem === undefined ? spec : { ...spec, loadProblem: loadProblemOf(problem) },
    );
    return [...served, ...this.refusedSpecs.filter(({ name }) => !this.served.has(name))];
  }

  /** The files that functions are made of, as far as they were read. */
  files(): string[] {
    return [...this.served.values()].flatMap(({ entry, accepted }) => [
      entry.file,
      ...(accepted?.sources?.files ?? []),
    ]);
  }

  /** Functions that cannot run as far as that is known, and the directory itself when it is at fault. */
  problems(): InvalidFunction[] {
    const broken = [...this.served.values()].flatMap(({ problem }) => problem ?? []);
    return [...(this.fault ? [this.fault] : []), ...this.refused.values(), ...broken];
  }

  /** For the start: what refuses no function and is well known of all the same. */
  async remarks(): Promise<InvalidFunction[]> {
    const entries = [...this.served.values()].map(({ entry }) => entry);
    return [...this.notices, ...(await needsOf(this.at, entries))];
  }

  /** Newer versions that cannot run; the version before each is served. */
  kept(): InvalidFunction[] {
    return [...this.newer.values()].flatMap(({ problem }) => problem ?? []);
  }

  /** The program of a function, built at most once a version; undefined: there is no such function. */
  async find(name: string): Promise<Program | { problem: InvalidFunction } | undefined> {
    const served = this.served.get(name);
    if (served) return (served.program ??= this.build(served));
    const problem = this.refused.get(name);
    return problem && { problem };
  }

  /** Builds a function ahead of its first call, and keeps a copy of its files. Resolves with what is wrong with it. */
  async prepare(name: string): Promise<InvalidFunction | undefined> {
    const found = await this.find(name);
    if (found === undefined) return undefined;
    if ('problem' in found) return found.problem;
    const served = this.served.get(name);
    if (served && !served.accepted) served.accepted = await this.options.examiner.accept(served.entry, found);
    return undefined;
  }

  /** What a sandbox of this program is to load, when files of it have changed since it was accepted. */
  keptOf(program: Program): KeptFiles | undefined {
    const accepted = this.served.get(program.name)?.accepted;
    return accepted?.program.version === program.version ? accepted.sources?.kept : undefined;
  }

  /** What was read may be out of date. */
  markDirty(): void {
    this.dirty = true;
  }

  /** One stat: has the entry file of this function changed since it was read? Then what was read is out of date. */
  lookAt(name: string): void {
    const latest = this.newer.get(name) ?? this.served.get(name);
    if (latest && !this.gone.has(name) && stampNow(latest.entry.file) !== latest.entry.stamp) this.dirty = true;
  }

  /** Reads the directory again until what is known is what was there when this was called. */
  async catchUp(): Promise<void> {
    for (let readings = 0; readings < MAX_READINGS && (this.dirty || this.reading); readings++) {
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      await this.reading;
    }
  }

  /** Resolves when no newer version of this function is under examination, or when it takes too long. */
  async examined(name: string): Promise<void> {
    const newer = this.newer.get(name);
    if (newer === undefined || newer.problem !== undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([newer.examined, patience]);
    clearTimeout(timer);
  }

  private async read(): Promise<void> {
    this.dirty = false;
    const manifest = await readManifest(this.at, this.options.limits);
    this.fault = manifest.fault;
    this.walked = manifest.folders;
    const change: DirectoryChange = { changed: [], added: [], removed: [], problems: [], kept: [], stale: [] };
    if (manifest.fault === undefined) await this.replace(manifest, change);
    this.report(change);
  }

  private async replace(manifest: Manifest, change: DirectoryChange): Promise<void> {
    const { functions, problems } = manifest;
    this.refusedSpecs = manifest.refused;
    this.notices = [...manifest.passedOver, ...manifest.notices];
    const first = !this.loaded;
    this.loaded = true;
    const there = new Set(functions.map(({ spec }) => spec.name));
    for (const entry of functions) {
      this.gone.delete(entry.spec.name);
      if (first) {
        this.served.set(entry.spec.name, { entry });
        change.added.push(entry.spec);
      } else if (await this.compare(entry)) change.stale.push(entry.spec);
    }
    const wrong = new Map(problems.map((problem) => [problem.function ?? '', problem]));
    for (const [name, { entry }] of [...this.served]) {
      if (there.has(name)) continue;
      const problem = wrong.get(name);
      // A file of it is being written: package.json, or its settings.
      if (problem) this.newer.set(name, { entry, examined: Promise.resolve(), problem });
      else if (this.isGone(name)) this.remove(name, change);
    }
    for (const name of this.newer.keys()) if (!there.has(name) && !wrong.has(name)) this.newer.delete(name);
    for (const name of this.served.keys()) wrong.delete(name);
    this.refused = wrong;
    for (const [name, { entry, problem }] of this.newer) {
      if (problem !== undefined && !this.served.has(name)) this.refuse(entry.spec, problem);
    }
  }

  /** Is what was found now what is served? If not it is examined, and the answer is whether a version is served meanwhile. */
  private async compare(entry: FunctionEntry): Promise<boolean> {
    const { name } = entry.spec;
    const served = this.served.get(name);
    const outside = await served?.accepted?.sources?.outsideChange();
    const version = outside === undefined ? entry.version : digest([entry.version, outside]);
    if (served?.entry.version === version) {
      this.newer.delete(name);
      return false;
    }
    if (this.newer.get(name)?.entry.version === version) return false;
    const newer: Newer = { entry: { ...entry, version }, examined: Promise.resolve() };
    this.newer.set(name, newer);
    newer.examined = this.examine(newer, served);
    return served !== undefined;
  }

  private async examine(newer: Newer, served: Served | undefined): Promise<void> {
    const { entry } = newer;
    const { name } = entry.spec;
    if (served) await this.prepare(name);
    const verdict = await this.options.examiner.examine(entry, served?.accepted, () => this.newer.get(name) === newer);
    // A still newer one has come, or all is as it was.
    if (this.newer.get(name) !== newer) return;
    const change: DirectoryChange = { changed: [], added: [], removed: [], problems: [], kept: [], stale: [] };
    if (verdict === 'moving') {
      this.newer.delete(name);
      this.dirty = true;
      return this.options.onReadAgain(0);
    }
    const current = await served?.program;
    if ('problem' in verdict && current && 'problem' in current) {
      // Nothing is lost: what is served does not run either.
      this.newer.delete(name);
      this.served.set(name, { entry, program: Promise.resolve(verdict), problem: verdict.problem });
      change.changed.push(entry.spec);
    } else if ('problem' in verdict) {
      newer.problem = verdict.problem;
      if (!served) this.refuse(entry.spec, verdict.problem);
    } else {
      this.newer.delete(name);
      this.refused.delete(name);
      this.served.set(name, { entry, program: Promise.resolve(verdict.program), accepted: verdict });
      change[served ? 'changed' : 'added'].push(entry.spec);
      this.options.onAccepted();
    }
    this.report(change);
  }

  private refuse(spec: FunctionSpec, problem: InvalidFunction): void {
    this.refused.set(spec.name, problem);
    this.refusedSpecs = this.refusedSpecs.filter(({ name }) => name !== spec.name);
    this.refusedSpecs.push({ ...spec, loadProblem: loadProblemOf(problem) });
  }

  private isGone(name: string): boolean {
    const since = this.gone.get(name) ?? performance.now();
    this.gone.set(name, since);
    const left = since + GONE_MS - performance.now();
    if (left > 0) this.options.onReadAgain(left);
    return left <= 0;
  }

  private remove(name: string, change: DirectoryChange): void {
    change.removed.push(this.served.get(name)!.entry.spec);
    this.served.delete(name);
    this.gone.delete(name);
    this.newer.delete(name);
  }

  /** Each new problem is reported once. */
  private report(change: DirectoryChange): void {
    const [problems, kept] = [
      [...this.problems(), ...this.notices],
      this.kept().filter(({ function: name }) => this.served.has(name ?? '')),
    ];
    change.problems = problems.filter((problem) => !this.reported.has(JSON.stringify(problem)));
    change.kept = kept.filter((problem) => !this.reported.has(JSON.stringify(problem)));
    this.reported = new Set([...problems, ...kept].map((problem) => JSON.stringify(problem)));
    if (Object.values(change).some((list: unknown[]) => list.length > 0)) this.options.onChange(change);
  }

  private async build(served: Served): Promise<Program | { problem: InvalidFunction }> {
    const { result, lasting } = await buildProgram(served.entry, this.options.compiler);
    if (!lasting) served.program = undefined;
    served.problem = lasting && 'problem' in result ? result.problem : undefined;
    return result;
  }
}
