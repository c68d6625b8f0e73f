/** A package that is not installed: the error says what to do, and where. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MISSING = /Cannot find (?:module|package) '((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^']*)?'/;
const CODES = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];

/** The same error, its message longer. `file`: the entry of the function. */
export function withInstallHint(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Error) || !CODES.includes(String((thrown as NodeJS.ErrnoException).code))) return thrown;
  const name = MISSING.exec(thrown.message)?.[1];
  if (name === undefined || name.startsWith('.')) return thrown;
  const [first, ...rest] = thrown.message.split('\n');
  const hint = `${first}${first.endsWith('.') ? '' : '.'} Run npm install ${name} in ${folderOf(file)}`;
  thrown.message = [hint, ...rest].join('\n');
  return thrown;
}

/** Where its package.json is, or would be. */
function folderOf(file: string): string {
  const own = dirname(file);
  for (let at = own; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'package.json'))) return at;
  return own;
}
