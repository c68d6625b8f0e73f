/**
 * Decides whether a version of a function may be served: its files have been still for a moment, they compile, their imports
 * are there, and the code loads. Until then the version before it is served.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '@invoq/contract/function';
import type { Compiler } from './compiler';
import { ageMs, stampNow } from './file-stamps';
import type { FunctionEntry } from './manifest';
import type { InvalidFunction } from './invalid-function';
import { buildProgram } from './program-builder';
import { Sources } from './sources';

/** A version that may be served, and what it is made of. */
export interface Accepted {
  program: Program;
  /** Undefined: its files are not known, or are too large to be kept. */
  sources: Sources | undefined;
  /** Imports that lead nowhere, and led nowhere when it was accepted. */
  missing: readonly string[];
}

/** `moving`: its files changed meanwhile; it is to be read again. */
export type Verdict = Accepted | { problem: InvalidFunction } | 'moving';

/** Loads the code of a program, in a process of its own. Resolves with why it does not load, or with nothing. */
export type TryLoad = (program: Program) => Promise<string | undefined>;

/** A file that was written this short a time ago may be written to again at once, ms. */
export const STILL_MS = 100;
/** Versions that are examined at a time. Each takes a process and a core for a moment, and calls need those too. */
const AT_A_TIME = Math.max(2, Math.floor(availableParallelism() / 2));
/** One that hangs while it loads holds up the others no longer than this, ms. */
const TURN_MS = 2_000;

export class Examiner {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly compiler: Compiler,
    private readonly tryLoad: TryLoad = () => Promise.resolve(undefined),
  ) {}

  /**
   * `before`: the version that is served now. `isNewest`: false when a still newer one has come; where files change faster
   * than versions can be examined, those in between are passed over.
   */
  async examine(entry: FunctionEntry, before: Accepted | undefined, isNewest: () => boolean): Promise<Verdict> {
    const youngest = Math.min(...entry.lines.map(ageMs));
    if (youngest < STILL_MS) await sleep(STILL_MS - Math.max(0, youngest), undefined, { ref: false });
    const done = await this.turn();
    try {
      if (!isNewest() || stampNow(entry.file) !== entry.stamp) return 'moving';
      return await this.examineNow(entry, before);
    } finally {
      done();
    }
  }

  /** What a program that is served already is made of. Undefined: not known now. */
  async accept(entry: FunctionEntry, program: Program): Promise<Accepted | undefined> {
    const parts = await this.partsOf(entry, program);
    return parts === 'moving' || 'problem' in parts ? undefined : { program, ...parts };
  }

  /** Resolves when it is somebody's turn, with what ends it. */
  private async turn(): Promise<() => void> {
    while (this.underWay >= AT_A_TIME) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.underWay++;
    let over = false;
    const end = (): void => {
      clearTimeout(timer);
      if (over) return;
      over = true;
      this.underWay--;
      this.waiting.shift()?.();
    };
    const timer = setTimeout(end, TURN_MS).unref();
    return end;
  }

  private async examineNow(entry: FunctionEntry, before: Accepted | undefined): Promise<Verdict> {
    const { result } = await buildProgram(entry, this.compiler);
    if ('problem' in result) return result;
    const parts = await this.partsOf(entry, result);
    if (parts === 'moving' || 'problem' in parts) return parts;
    const lost = before && parts.missing.find((each) => !before.missing.includes(each));
    if (lost !== undefined) return { problem: problemOf(entry, `it imports a file that is not there: ${lost}`) };
    const fault = await this.tryLoad(result);
    return fault === undefined ? { program: result, ...parts } : { problem: problemOf(entry, fault) };
  }

  private async partsOf(
    entry: FunctionEntry,
    program: Program,
  ): Promise<Omit<Accepted, 'program'> | { problem: InvalidFunction } | 'moving'> {
    const graph = await this.compiler.graph(entry.file);
    if ('failure' in graph) return { sources: undefined, missing: [] };
    if ('problem' in graph) return { problem: problemOf(entry, graph.problem) };
    const { files, missing } = graph;
    const sources = await Sources.read(files, entry.lines, program.file);
    return sources === undefined ? 'moving' : { sources, missing };
  }
}

function problemOf(entry: FunctionEntry, message: string): InvalidFunction {
  const { env, name } = entry.spec;
  return { env, function: name, file: entry.file, message };
}
