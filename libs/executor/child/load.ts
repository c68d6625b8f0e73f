/** Brings the user's code in and finds the handler in it. */
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProgramHead } from '../messages';
import { hasOwn } from '../primordials';
import { loadFrom } from './kept-texts';

/** The code loaded, and there is nothing in it to call. */
export class NoHandler extends Error {
  constructor(program: ProgramHead) {
    super(
      `No handler in ${program.file}: looked for a function as exports.main, export default, ` +
        `module.exports and exports.${program.name}.`,
    );
    this.name = 'NoHandler';
  }
}

type Handler = (...args: never[]) => unknown;

export async function loadHandler(program: ProgramHead): Promise<Handler> {
  enter(dirname(program.file));
  if (program.texts !== undefined) loadFrom(program.texts);
  return handlerIn(await load(program), program);
}

async function load(program: ProgramHead): Promise<unknown> {
  switch (program.format) {
    case 'cjs':
      return createRequire(program.file)(program.file) as unknown;
    case 'esm':
      return await import(pathToFileURL(program.file).href);
    case 'compiled':
      return compile(program.file, program.code ?? '');
  }
}

interface Compilable extends Module {
  _compile(code: string, file: string): void;
}

/** `require` and the stack's file names are those of the file as the user wrote it. */
function compile(file: string, code: string): unknown {
  process.setSourceMapsEnabled(true);
  const loader = Module as typeof Module & { _nodeModulePaths(directory: string): string[] };
  const module = new Module(file) as Compilable;
  module.filename = file;
  module.paths = loader._nodeModulePaths(dirname(file));
  createRequire(file).cache[file] = module;
  module._compile(code, file);
  module.loaded = true;
  return module.exports as unknown;
}

function handlerIn(exported: unknown, program: ProgramHead): Handler {
  const main = member(exported, 'main');
  const fallback = member(exported, 'default');
  const own = program.name;
  const candidates = [main, fallback, member(fallback, 'main'), exported, member(exported, own), member(fallback, own)];
  // The code has run: no method of arrays is ours any more.
  for (let i = 0; i < candidates.length; i++) if (typeof candidates[i] === 'function') return candidates[i] as Handler;
  throw new NoHandler(program);
}

function member(value: unknown, name: string): unknown {
  const holds = (typeof value === 'object' && value !== null) || typeof value === 'function';
  // Own ones only, so that a function named `toString` is not found in every object.
  return holds && hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Functions open files beside them by relative paths. A directory that cannot be entered costs only those. */
function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    return;
  }
}
