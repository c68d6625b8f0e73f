/**
 * Is a JavaScript file CommonJS or an ES module? `.cjs` and `.mjs` say so, `.js` asks the nearest package.json for its
 * `type`. Without one, Node's own rule since 20.19: what compiles as CommonJS is CommonJS; what does not, and is sound as
 * a module, is a module. Nothing is run to find out.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Compiler } from './compiler';

/** As in `Compiled`: `problem` is the code's own fault, `failure` is the compiler's. */
export type Format = { format: 'cjs' | 'esm' } | { problem: string } | { failure: string };

/** Finds the format of a `.js`, `.cjs` or `.mjs` file, and with it any syntax error. */
export async function moduleFormat(file: string, text: string, compiler: Compiler): Promise<Format> {
  const declared = await declaredFormat(file);
  if (typeof declared === 'object') return declared;
  if (declared !== 'esm' && compilesAsCommonJs(file, text)) return { format: 'cjs' };

  const checked = await compiler.checkSyntax(file, text);
  if (!('code' in checked)) return checked;
  if (declared !== 'cjs') return { format: 'esm' };
  const why = extname(file) === '.cjs' ? 'it ends in .cjs' : 'its package.json says "type": "commonjs"';
  return {
    problem: `${basename(file)}: ES module syntax (import, export, top-level await) in a CommonJS file (${why})`,
  };
}

async function declaredFormat(file: string): Promise<'cjs' | 'esm' | 'undeclared' | { problem: string }> {
  const extension = extname(file);
  if (extension === '.cjs') return 'cjs';
  if (extension === '.mjs') return 'esm';
  for (let folder = dirname(file); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return declaredIn(join(folder, 'package.json'), text);
    if (folder === dirname(folder)) break;
  }
  return 'undeclared';
}

function declaredIn(path: string, text: string): 'cjs' | 'esm' | 'undeclared' | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problem: `${path} is not JSON: ${(error as Error).message}` };
  }
  const type = (json as { type?: unknown } | null)?.type;
  if (type === 'module') return 'esm';
  return type === 'commonjs' ? 'cjs' : 'undeclared';
}

/** V8 itself is asked, with the wrapper that Node puts around a CommonJS file. */
function compilesAsCommonJs(file: string, text: string): boolean {
  try {
    compileFunction(text.replace(/^\uFEFF?#!/, '//'), ['exports', 'require', 'module', '__filename', '__dirname'], {
      filename: file,
    });
    return true;
  } catch {
    return false;
  }
}
