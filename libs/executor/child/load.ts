/** Brings the user's code in and finds the handler in it. */
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProgramHead } from '../pipe/messages';
import { hasOwn, isGeneratorFunction } from '../pipe/primordials';
import { httpAppName } from './http-apps';
import { loadFrom } from './kept-texts';
import { withInstallHint } from './missing-module';
import { watchContexts } from './user';

/** The code loaded, and there is nothing in it to call. */
export class NoHandler extends Error {
  constructor({ file, name, exportName }: ProgramHead, found?: string) {
    const expected =
      exportName === undefined
        ? `exports.main, export default, module.exports, exports.${name} and exports.handler`
        : `exports.${exportName}`;
    const what = found === undefined ? '' : ` It exports ${found}, an HTTP handler, which is not served.`;
    super(`No handler in ${file}: looked for a function of (event, context) as ${expected}.${what}`);
    this.name = 'NoHandler';
  }
}

/** What was found would make a generator when it is called: its body would never run. */
class GeneratorHandler extends Error {
  constructor(program: ProgramHead) {
    super(
      `The handler in ${program.file} is a generator function, which does not run when it is called. Make it async.`,
    );
    this.name = 'NoHandler';
  }
}

type Handler = (...args: never[]) => unknown;

export async function loadHandler(program: ProgramHead): Promise<Handler> {
  enter(dirname(program.file));
  if (program.texts !== undefined) loadFrom(program.texts);
  let exported: unknown;
  try {
    exported = await load(program);
  } catch (thrown) {
    throw withInstallHint(thrown, program.file);
  }
  watchContexts(createRequire(program.file).cache);
  return handlerIn(exported, program);
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
  const { exportName } = program;
  const candidates =
    exportName === undefined
      ? [main, fallback, member(fallback, 'main'), exported, member(exported, own), member(fallback, own),
         member(exported, 'handler'), member(fallback, 'handler')]
      : [member(exported, exportName), member(fallback, exportName)]; // prettier-ignore
  // The code has run: no method of arrays is ours any more.
  for (let i = 0; i < candidates.length; i++) {
    const app = httpAppName(candidates[i]);
    if (app !== undefined) throw new NoHandler(program, app);
    if (isGeneratorFunction(candidates[i])) throw new GeneratorHandler(program);
    if (typeof candidates[i] === 'function') return candidates[i] as Handler;
  }
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
