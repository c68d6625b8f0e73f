/** One functions directory as a worker serves it: what was last found in it, what was built of it, what has changed. */
import type { FunctionSpec, Program } from '@invoq/contract/function';
import type { Compiler } from './compiler';
import { stampNow } from './file-stamps';
import type { FunctionDir } from './function-dirs';
import type { SettingsLimits } from './function-settings';
import { type FunctionEntry, readManifest } from './manifest';
import type { Problem } from './problem';
import { buildProgram } from './program-builder';

export interface DirectoryChange {
  changed: FunctionSpec[];
  added: FunctionSpec[];
  removed: FunctionSpec[];
  /** Those that the reading before did not have. */
  problems: Problem[];
}

interface Served {
  entry: FunctionEntry;
  program?: Promise<Program | { problem: Problem }>;
}

/** Readings in a row for one who waits, when the directory changes faster than it can be read. */
const MAX_READINGS = 3;

export class ServedDirectory {
  private served = new Map<string, Served>();
  private refused = new Map<string, Problem>();
  private reported = new Set<string>();
  private reading?: Promise<void>;
  private dirty = false;
  /** Folders that the last reading went through. */
  folders: string[];
  /** Set while the directory as a whole is unusable; what was served before is served on. */
  fault?: Problem;

  constructor(
    readonly at: FunctionDir,
    private readonly limits: SettingsLimits,
    private readonly compiler: Compiler,
    private readonly onChange: (change: DirectoryChange) => void,
  ) {
    this.folders = [at.dir];
  }

  specs(): FunctionSpec[] {
    return [...this.served.values()].map(({ entry }) => entry.spec);
  }

  problems(): Problem[] {
    return [...(this.fault ? [this.fault] : []), ...this.refused.values()];
  }

  /** The program of a function, built at most once a version; undefined: there is no such function. */
  async find(name: string): Promise<Program | { problem: Problem } | undefined> {
    const served = this.served.get(name);
    if (served) return (served.program ??= this.build(served));
    const problem = this.refused.get(name);
    return problem && { problem };
  }

  /** What was read may be out of date. */
  markDirty(): void {
    this.dirty = true;
  }

  /** One stat: has the entry file of this function changed since it was read? Then what was read is out of date. */
  lookAt(name: string): void {
    const served = this.served.get(name);
    if (served && stampNow(served.entry.file) !== served.entry.stamp) this.dirty = true;
  }

  /** Reads the directory again until what is served is what was there when this was called. */
  async catchUp(): Promise<void> {
    for (let readings = 0; readings < MAX_READINGS && (this.dirty || this.reading); readings++) {
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      await this.reading;
    }
  }

  private async read(): Promise<void> {
    this.dirty = false;
    const manifest = await readManifest(this.at, this.limits);
    this.fault = manifest.fault;
    this.folders = manifest.folders;
    const change: DirectoryChange = { changed: [], added: [], removed: [], problems: [] };
    if (manifest.fault === undefined) this.replace(manifest.functions, manifest.problems, change);

    const now = this.problems();
    change.problems = now.filter((problem) => !this.reported.has(JSON.stringify(problem)));
    this.reported = new Set(now.map((problem) => JSON.stringify(problem)));
    const { changed, added, removed, problems } = change;
    if (changed.length + added.length + removed.length + problems.length > 0) this.onChange(change);
  }

  private replace(functions: FunctionEntry[], problems: Problem[], change: DirectoryChange): void {
    const before = this.served;
    this.served = new Map();
    for (const entry of functions) {
      const { name } = entry.spec;
      const old = before.get(name);
      const isSame = old?.entry.version === entry.version;
      this.served.set(name, isSame ? old : { entry });
      if (old === undefined) change.added.push(entry.spec);
      else if (!isSame) change.changed.push(entry.spec);
    }
    for (const [name, old] of before) {
      if (!this.served.has(name)) change.removed.push(old.entry.spec);
    }
    this.refused = new Map(problems.map((problem) => [problem.function ?? '', problem]));
  }

  private async build(served: Served): Promise<Program | { problem: Problem }> {
    const { result, lasting } = await buildProgram(served.entry, this.compiler);
    if (!lasting) served.program = undefined;
    return result;
  }
}
