/** Which directory holds the functions of which env: the text of `INVOQ_FUNCTIONS`. */
import { resolve } from 'node:path';
import { DEFAULT_ENV, ENV_NAME } from '@invoq/contract/function';

export interface FunctionDir {
  env: string;
  /** Absolute path. */
  dir: string;
}

export const FUNCTION_DIRS_RULE =
  'a directory, or env=directory pairs with commas between, each env once (letters, digits, _ and -, 60 at most)';

/**
 * Reads `dir` (env `default`) or `env-a=dir-a,env-b=dir-b`. Relative paths start at `cwd`. Undefined: the text breaks
 * `FUNCTION_DIRS_RULE`. A lone directory with a comma or a `=` in its name has to be written as `default=<dir>`.
 */
export function parseFunctionDirs(text: string, cwd: string): FunctionDir[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length === 1 && parts[0] !== '' && !parts[0].includes('=')) {
    return [{ env: DEFAULT_ENV, dir: resolve(cwd, parts[0]) }];
  }
  const dirs = new Map<string, FunctionDir>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const env = part.slice(0, Math.max(at, 0)).trim();
    const dir = part.slice(at + 1).trim();
    if (at < 0 || dir === '' || !ENV_NAME.test(env) || dirs.has(env)) return undefined;
    dirs.set(env, { env, dir: resolve(cwd, dir) });
  }
  return [...dirs.values()];
}
