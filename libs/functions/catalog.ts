/** The catalog: what functions a worker serves, and the program of each, kept true while files change. */
import type { FunctionSpec, Program } from '@invoq/contract/function';
import { Compiler } from './compiler';
import { FolderWatch } from './folder-watch';
import type { FunctionDir } from './function-dirs';
import { DEFAULT_LIMITS, type SettingsLimits } from './function-settings';
import { Examiner, type TryLoad } from './examiner';
import { type InvalidFunction, problemLine } from './invalid-function';
import { type DirectoryChange, ServedDirectory } from './served-directory';
import type { KeptFiles } from './sources';

export interface CatalogOptions {
  dirs: FunctionDir[];
  limits?: SettingsLimits;
  /** Wait after the first sign of a change, ms: editors and compilers write in bursts. */
  debounceMs?: number;
  /** Look each so many ms instead of asking the system to tell, as network file systems need. */
  pollMs?: number;
  /** Before a newer version replaces one that is served: does its code load? By default what compiles does. */
  tryLoad?: TryLoad;
}

export type { DirectoryChange as CatalogChange } from './served-directory';

/** Directories that cannot be served at all: one line for the operator, then the end of the process. */
export class CatalogError extends Error {
  constructor(readonly problems: InvalidFunction[]) {
    super(problems.map(problemLine).join('; '));
    this.name = 'CatalogError';
  }
}

/** Syntax checks that run at a time in `check`. */
const CHECKS_AT_A_TIME = 4;
/** Time between two scans of an unusable directory, ms. */
const RESCAN_MS = 500;

export class Catalog {
  private readonly compiler = new Compiler();
  private readonly directories = new Map<string, ServedDirectory>();
  private readonly watches = new Map<ServedDirectory, FolderWatch>();
  private readonly timers = new Map<ServedDirectory, { at: number; timer: NodeJS.Timeout }>();
  private closed = false;
  private onChange?: (change: DirectoryChange) => void;

  constructor(private readonly options: CatalogOptions) {
    const examiner = new Examiner(this.compiler, options.tryLoad);
    for (const at of options.dirs) {
      const directory: ServedDirectory = new ServedDirectory(at, {
        limits: options.limits ?? DEFAULT_LIMITS,
        compiler: this.compiler,
        examiner,
        onChange: (change) => this.onChange?.(change),
        onReadAgain: (ms) => this.schedule(directory, ms),
        onAccepted: () => this.watches.has(directory) && this.schedule(directory),
      });
      this.directories.set(at.env, directory);
    }
  }

  /**
   * Reads all directories; no code yet. Errors of single functions are in `problems()`.
   * @throws CatalogError when a directory or its functions.json is unusable.
   */
  async load(): Promise<void> {
    await Promise.all(
      [...this.directories.values()].map(async (directory) => {
        directory.markDirty();
        await directory.catchUp();
      }),
    );
    const faults = [...this.directories.values()].flatMap(({ fault }) => fault ?? []);
    if (faults.length > 0) throw new CatalogError(faults);
  }

  /**
   * The program of a function; `problem`: it is there and cannot run (settings, syntax); undefined: not there. While
   * watching, what is on disk now counts, at the price of one stat.
   */
  async find(env: string, name: string): Promise<Program | { problem: InvalidFunction } | undefined> {
    const directory = this.directories.get(env);
    if (directory === undefined) return undefined;
    if (this.watches.size > 0) {
      directory.lookAt(name);
      await directory.catchUp();
      await directory.examined(name);
    }
    return directory.find(name);
  }

  specs(): FunctionSpec[] {
    return [...this.directories.values()].flatMap((directory) => directory.specs());
  }

  /** The files that functions are made of: their entries, and after `check` what those import. */
  files(): string[] {
    return [...new Set([...this.directories.values()].flatMap((directory) => directory.files()))];
  }

  /** What is wrong now, as far as it was read; syntax errors are found by `check`, or by the first call. */
  problems(): InvalidFunction[] {
    return [...this.directories.values()].flatMap((directory) => directory.problems());
  }

  /** What refuses no function: entries that are none, packages that are not installed, settings that are not honoured. */
  async remarks(): Promise<InvalidFunction[]> {
    const all = [...this.directories.values()].map((directory) => directory.remarks());
    return (await Promise.all(all)).flat();
  }

  /** What a sandbox of this program is to load, when files of it have changed since it was accepted. */
  keptOf(program: Program): KeptFiles | undefined {
    return this.directories.get(program.env)?.keptOf(program);
  }

  /** Reads all directories now; newer versions are served once they are accepted. Changes are reported as in `watch`. */
  async reload(): Promise<void> {
    await Promise.all(
      [...this.directories.values()].map(async (directory) => {
        directory.markDirty();
        await directory.catchUp();
      }),
    );
  }

  /** `onChange` receives what changed and which problems are new, by `watch` or `reload`. */
  listen(onChange: (change: DirectoryChange) => void): void {
    this.onChange = onChange;
  }

  /** Builds every program, for the report at start-up: the problems that a first call would meet. */
  async check(): Promise<InvalidFunction[]> {
    const problems: InvalidFunction[] = [];
    const queue = this.specs()
      .filter(({ loadProblem }) => loadProblem === undefined)
      .values();
    const one = async (): Promise<void> => {
      for (const { env, name } of queue) {
        const problem = await this.directories.get(env)?.prepare(name);
        if (problem) problems.push(problem);
      }
    };
    await Promise.all(Array.from({ length: CHECKS_AT_A_TIME }, one));
    // Only now is it known from where they import.
    for (const directory of this.watches.keys()) this.schedule(directory);
    return problems;
  }

  /**
   * Keeps the catalog true to the files from now on: those of the directory, and those that functions import from
   * elsewhere, installed packages excepted. A directory that becomes unusable keeps what it had.
   */
  watch(): void {
    for (const directory of this.directories.values()) {
      if (this.watches.has(directory)) continue;
      const onEvent = (): void => this.schedule(directory);
      const watch = new FolderWatch({ onEvent, pollMs: this.options.pollMs });
      this.watches.set(directory, watch);
      // Between load and now something may have been written.
      if (watch.follow(directory.folders())) this.schedule(directory);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.onChange = undefined;
    for (const watch of this.watches.values()) watch.close();
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.watches.clear();
    this.timers.clear();
    await this.compiler.stop();
  }

  /** The earliest time that is asked for counts. */
  private schedule(directory: ServedDirectory, ms = this.options.debounceMs ?? 50): void {
    if (this.closed) return;
    const at = performance.now() + ms;
    if (ms <= (this.options.debounceMs ?? 50)) directory.markDirty();
    const known = this.timers.get(directory);
    if (known && known.at <= at) return;
    clearTimeout(known?.timer);
    const settle = async (): Promise<void> => {
      this.timers.delete(directory);
      directory.markDirty();
      await directory.catchUp();
      const watch = this.watches.get(directory);
      if (directory.fault) {
        // What is gone cannot be watched: look again until it is back.
        watch?.follow([]);
        if (watch) this.schedule(directory, RESCAN_MS);
      } else if (watch?.follow(directory.folders())) {
        this.schedule(directory);
      }
    };
    this.timers.set(directory, { at, timer: setTimeout(() => void settle(), ms).unref() });
  }
}
