/**
 * Loads a version of a function from the texts that the worker kept of it, in place of files that have changed since. Both of
 * Node's loaders are taught to: `require` here, `import` by the hooks of `import-hooks.ts`.
 */
import { Module, register } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Absolute path to text. */
export type Texts = Readonly<Record<string, string>>;

/** What `require('./x')` tries, in Node's order. */
const ENDS = ['', '.js', '.json', '.node', '/index.js', '/index.json'];
const RELATIVE = /^\.{1,2}(\/|$)|^\//;

type Extension = (module: Module, file: string) => void;
interface Loader {
  _resolveFilename(request: string, parent: Module | undefined, ...rest: unknown[]): string;
  _extensions: Record<string, Extension>;
}
interface Compilable extends Module {
  _compile(code: string, file: string): void;
}

export function loadFrom(texts: Texts): void {
  const loader = Module as unknown as Loader;
  const resolved = loader._resolveFilename;
  loader._resolveFilename = function (this: unknown, request, parent, ...rest) {
    try {
      return resolved.call(this, request, parent, ...rest);
    } catch (error) {
      const found = placeOf(texts, request, parent?.filename);
      if (found === undefined) throw error;
      return found;
    }
  };
  const { '.js': script, '.json': json } = loader._extensions;
  loader._extensions['.js'] = (module, file) => {
    if (!Object.hasOwn(texts, file)) return script(module, file);
    (module as Compilable)._compile(withoutMark(texts[file]), file);
  };
  loader._extensions['.json'] = (module, file) => {
    if (!Object.hasOwn(texts, file)) return json(module, file);
    module.exports = JSON.parse(withoutMark(texts[file])) as unknown;
  };
  register(pathToFileURL(join(__dirname, 'import-hooks.js')), { data: texts });
}

/** The file that a relative request means, among those that are kept. */
export function placeOf(texts: Texts, request: string, from: string | undefined): string | undefined {
  if (!RELATIVE.test(request)) return undefined;
  const base = from === undefined ? request : resolve(dirname(from), request);
  return ENDS.map((end) => `${base}${end}`).find((path) => extname(path) !== '' && Object.hasOwn(texts, path));
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
