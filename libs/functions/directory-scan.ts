/**
 * Which entries of a functions directory are functions, and which are files they share.
 *
 * A file (.js .cjs .mjs .ts) or a folder is a function named after it. The entry of a folder is what its `handler` names, else
 * package.json `main` where there is such a file, else index.*, else handler.*. Not functions: names that start with `_`
 * (shared code), files with a further dot in their name (`x.config.js`), folders without an entry. Passed by altogether: hidden entries, node_modules, functions.json, tests (`x.spec.js`, `x.test.js`), `x.d.ts`.
 */
import { type BigIntStats, type Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { isPassedBy, type Stamp, stampOf, walkFolder } from './file-stamps';
import { SETTINGS_FILE } from './function-settings';
import { systemReason } from './invalid-function';

const EXTENSIONS = ['.js', '.cjs', '.mjs', '.ts'];
/** Code, and none that a sandbox loads. */
const OTHER_CODE = ['.mts', '.cts', '.tsx', '.jsx'];
/** Entries of a folder, where nothing names one. */
const ENTRY_NAMES = ['index', 'handler'];
/** Signs of a function that Node.js does not run, or that listens for HTTP by itself. */
const FOREIGN = /\/(scf_bootstrap|(index|main|app|handler|lambda_function)\.(py|php|go|java|rb|cs))$/;
const TEST_OR_TYPES = /\.(spec|test)\.[^.]+$|\.d\.[cm]?ts$/;
const NAME_RULE = 'a name is letters, digits, _ and -, a letter first, 60 at most';

export interface Candidate {
  name: string;
  /** The file or folder in the functions directory. */
  path: string;
  /** The entry file. */
  file: string;
  /** Stamp of the entry file. */
  stamp: Stamp;
  /** `path stamp` of each file that is the function's own. */
  lines: string[];
}

/** An entry that looks like a function and is none. `name` may not be a valid name. */
export interface InvalidEntry {
  name: string;
  path: string;
  message: string;
  /** It may well be code that functions share: it is named at the start, and it is not reported as callable. */
  isPassedOver?: true;
}

export interface Scan {
  candidates: Candidate[];
  invalidEntries: InvalidEntry[];
  /** `path stamp` of each file that belongs to no function, and so may be used by all. */
  shared: string[];
  /** All folders that were looked into: those to watch. */
  folders: string[];
}

/** What settings name as the handler of a function: `path.export`. */
export type HandlerOf = (name: string) => string | undefined;

/** @throws the file system's own error when the directory cannot be read. */
export async function scanDirectory(dir: string, handlerOf: HandlerOf = () => undefined): Promise<Scan> {
  const entries = await readdir(dir, { withFileTypes: true });
  const scan: Scan = { candidates: [], invalidEntries: [], shared: [], folders: [dir] };
  await Promise.all(entries.map((entry) => scanEntry(scan, dir, entry, handlerOf)));
  return scan;
}

async function scanEntry(scan: Scan, dir: string, entry: Dirent, handlerOf: HandlerOf): Promise<void> {
  if (isPassedBy(entry.name) || entry.name === SETTINGS_FILE || TEST_OR_TYPES.test(entry.name)) return;
  const path = join(dir, entry.name);
  const stats = await statOf(path);
  if (stats === undefined) return;
  if (stats.isDirectory()) return scanFile(scan, entry.name, path, handlerOf(entry.name));

  const extension = extname(entry.name);
  const name = entry.name.slice(0, entry.name.length - extension.length);
  const stamp = stampOf(stats);
  const line = `${path} ${stamp}`;
  const mayBeNamed = !name.startsWith('_') && !name.includes('.');
  if (!mayBeNamed || !EXTENSIONS.includes(extension)) {
    scan.shared.push(line);
    if (mayBeNamed && OTHER_CODE.includes(extension)) scan.invalidEntries.push(otherCode(name, path, extension));
  } else if (!FUNCTION_NAME.test(name)) {
    scan.shared.push(line);
    scan.invalidEntries.push({ name, path, message: `is no function: ${NAME_RULE}` });
  } else {
    const fault = fileHandlerError(name, handlerOf(name));
    if (fault) scan.invalidEntries.push({ name, path, message: fault });
    else scan.candidates.push({ name, path, file: path, stamp, lines: [line] });
  }
}

async function scanFile(scan: Scan, name: string, path: string, handler?: string): Promise<void> {
  const [walk, entry] = await Promise.all([
    walkFolder(path),
    name.startsWith('_') ? undefined : entryOf(path, handler),
  ]);
  scan.folders.push(...walk.folders);
  if (entry === undefined) {
    scan.shared.push(...walk.lines);
    if (!name.startsWith('_')) scan.invalidEntries.push(withoutEntry(name, path, walk.lines));
  } else if ('fault' in entry) {
    scan.invalidEntries.push({ name, path, message: entry.fault });
  } else if (!FUNCTION_NAME.test(name)) {
    scan.shared.push(...walk.lines);
    scan.invalidEntries.push({ name, path, message: `is no function: ${NAME_RULE}` });
  } else {
    scan.candidates.push({ name, path, file: entry.file, stamp: entry.stamp, lines: walk.lines });
  }
}

function otherCode(name: string, path: string, extension: string): InvalidEntry {
  return { name, path, message: `is no function: ${extension} is not loaded, ${EXTENSIONS.join(' ')} are` };
}

function withoutEntry(name: string, path: string, lines: string[]): InvalidEntry {
  const other = OTHER_CODE.find((extension) =>
    lines.some((line) => line.startsWith(`${join(path, 'index')}${extension} `)),
  );
  if (other !== undefined) return otherCode(name, path, other);
  const foreign = lines.map((line) => FOREIGN.exec(line.slice(0, line.lastIndexOf(' ')))?.[1]).find(Boolean);
  if (foreign !== undefined) {
    const what = foreign === 'scf_bootstrap' ? 'an HTTP function' : 'not for Node.js';
    const message = `is no function: it has ${foreign}, so it is ${what}. Served is exports.main of an index.js`;
    return { name, path, message };
  }
  const entries = EXTENSIONS.map((extension) => `index${extension}`).join(' ');
  const message =
    `is no function: it has no entry (${entries}, handler.*, main of a package.json, or handler in ${SETTINGS_FILE}). ` +
    `Call it _${name} if it is for sharing`;
  return { name, path, message, isPassedOver: true };
}

/** The function is a file, so its handler can only name an export of that. */
function fileHandlerError(name: string, handler: string | undefined): string | undefined {
  if (handler === undefined || pathOf(handler) === name) return undefined;
  return `handler (${handler}) must be ${name}.<export>: the function is a file`;
}

/** `src/app.handler` → `src/app` */
function pathOf(handler: string): string {
  return handler.slice(0, handler.lastIndexOf('.'));
}

/** The entry file of a folder; undefined: it has none, so the folder is no function. */
async function entryOf(
  folder: string,
  handler?: string,
): Promise<{ file: string; stamp: Stamp } | { fault: string } | undefined> {
  if (handler !== undefined) {
    return namedEntry(folder, pathOf(handler), `handler (${handler})`);
  }
  let main: unknown;
  try {
    main = (JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { main?: unknown } | null)?.main;
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `its package.json is not JSON: ${error.message}` };
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      return { fault: `its package.json: ${systemReason(error)}` };
  }
  const fallback = await firstFile(
    folder,
    ENTRY_NAMES.flatMap((name) => EXTENSIONS.map((extension) => `${name}${extension}`)),
  );
  if (main === undefined) return fallback;
  const named =
    typeof main === 'string' && main !== ''
      ? await namedEntry(folder, main, `main of its package.json (${main})`)
      : { fault: 'main of its package.json must be a path' };
  // The systems that such a folder comes from enter by index.js, whatever main says.
  return 'fault' in named ? (fallback ?? named) : named;
}

/** As Node resolves it: the file itself, then with an extension, then as a folder. */
async function namedEntry(
  folder: string,
  path: string,
  what: string,
): Promise<{ file: string; stamp: Stamp } | { fault: string }> {
  if (relative(folder, resolve(folder, path)).startsWith('..')) return { fault: `${what} leads out of the folder` };
  const tries = ['', ...EXTENSIONS, ...EXTENSIONS.map((extension) => `/index${extension}`)];
  const found = await firstFile(
    folder,
    tries.map((end) => `${path}${end}`),
  );
  if (found === undefined) return { fault: `${what} does not exist` };
  if (EXTENSIONS.includes(extname(found.file))) return found;
  return { fault: `${what} must end in ${EXTENSIONS.join(' ')}` };
}

async function firstFile(folder: string, names: string[]): Promise<{ file: string; stamp: Stamp } | undefined> {
  for (const name of names) {
    const file = join(folder, name);
    const stats = await statOf(file);
    if (stats?.isFile()) return { file, stamp: stampOf(stats) };
  }
  return undefined;
}

/** Undefined: a dangling link, or gone since it was listed. */
async function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}
