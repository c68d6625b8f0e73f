/**
 * Which entries of a functions directory are functions, and which are files they share.
 *
 * A file (.js .cjs .mjs .ts) or a folder (package.json `main`, else index.*) is a function named after it. Not functions:
 * names that start with `_` (shared code), files with a further dot in their name (`x.config.js`), folders without an
 * entry. Passed by altogether: hidden entries, node_modules, functions.json, tests (`x.spec.js`, `x.test.js`), `x.d.ts`.
 */
import { type BigIntStats, type Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { isPassedBy, type Stamp, stampOf, walkFolder } from './file-stamps';
import { SETTINGS_FILE } from './function-settings';
import { systemReason } from './problem';

const EXTENSIONS = ['.js', '.cjs', '.mjs', '.ts'];
/** Code, and none that a sandbox loads. */
const OTHER_CODE = ['.mts', '.cts', '.tsx', '.jsx'];
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
export interface Misfit {
  name: string;
  path: string;
  message: string;
  /** It may well be code that functions share: it is named at the start, and nobody is told that it could be called. */
  isPassedOver?: true;
}

export interface Scan {
  candidates: Candidate[];
  misfits: Misfit[];
  /** `path stamp` of each file that belongs to no function, and so may be used by all. */
  shared: string[];
  /** All folders that were looked into: those to watch. */
  folders: string[];
}

/** @throws the file system's own error when the directory cannot be read. */
export async function scanDirectory(dir: string): Promise<Scan> {
  const entries = await readdir(dir, { withFileTypes: true });
  const scan: Scan = { candidates: [], misfits: [], shared: [], folders: [dir] };
  await Promise.all(entries.map((entry) => look(scan, dir, entry)));
  return scan;
}

async function look(scan: Scan, dir: string, entry: Dirent): Promise<void> {
  if (isPassedBy(entry.name) || entry.name === SETTINGS_FILE || TEST_OR_TYPES.test(entry.name)) return;
  const path = join(dir, entry.name);
  const stats = await statOf(path);
  if (stats === undefined) return;
  if (stats.isDirectory()) return lookInto(scan, entry.name, path);

  const extension = extname(entry.name);
  const name = entry.name.slice(0, entry.name.length - extension.length);
  const stamp = stampOf(stats);
  const line = `${path} ${stamp}`;
  const mayBeNamed = !name.startsWith('_') && !name.includes('.');
  if (!mayBeNamed || !EXTENSIONS.includes(extension)) {
    scan.shared.push(line);
    if (mayBeNamed && OTHER_CODE.includes(extension)) scan.misfits.push(otherCode(name, path, extension));
  } else if (!FUNCTION_NAME.test(name)) {
    scan.shared.push(line);
    scan.misfits.push({ name, path, message: `is no function: ${NAME_RULE}` });
  } else {
    scan.candidates.push({ name, path, file: path, stamp, lines: [line] });
  }
}

async function lookInto(scan: Scan, name: string, path: string): Promise<void> {
  const [walk, entry] = await Promise.all([walkFolder(path), name.startsWith('_') ? undefined : entryOf(path)]);
  scan.folders.push(...walk.folders);
  if (entry === undefined) {
    scan.shared.push(...walk.lines);
    if (!name.startsWith('_')) scan.misfits.push(withoutEntry(name, path, walk.lines));
  } else if ('fault' in entry) {
    scan.misfits.push({ name, path, message: entry.fault });
  } else if (!FUNCTION_NAME.test(name)) {
    scan.shared.push(...walk.lines);
    scan.misfits.push({ name, path, message: `is no function: ${NAME_RULE}` });
  } else {
    scan.candidates.push({ name, path, file: entry.file, stamp: entry.stamp, lines: walk.lines });
  }
}

function otherCode(name: string, path: string, extension: string): Misfit {
  return { name, path, message: `is no function: ${extension} is not loaded, ${EXTENSIONS.join(' ')} are` };
}

function withoutEntry(name: string, path: string, lines: string[]): Misfit {
  const other = OTHER_CODE.find((extension) =>
    lines.some((line) => line.startsWith(`${join(path, 'index')}${extension} `)),
  );
  if (other !== undefined) return otherCode(name, path, other);
  const entries = EXTENSIONS.map((extension) => `index${extension}`).join(' ');
  const message = `is no function: it has no entry (${entries}, or main of a package.json). Call it _${name} if it is for sharing`;
  return { name, path, message, isPassedOver: true };
}

/** The entry file of a folder; undefined: it has none, so the folder is no function. */
async function entryOf(folder: string): Promise<{ file: string; stamp: Stamp } | { fault: string } | undefined> {
  let main: unknown;
  try {
    main = (JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { main?: unknown } | null)?.main;
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `its package.json is not JSON: ${error.message}` };
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      return { fault: `its package.json: ${systemReason(error)}` };
  }
  if (main === undefined)
    return firstFile(
      folder,
      EXTENSIONS.map((extension) => `index${extension}`),
    );
  if (typeof main !== 'string' || main === '') return { fault: 'main of its package.json must be a path' };

  const outside = relative(folder, resolve(folder, main)).startsWith('..');
  if (outside) return { fault: `main of its package.json (${main}) leads out of the folder` };
  // As Node resolves it: the file itself, then with an extension, then as a folder.
  const tries = ['', ...EXTENSIONS, ...EXTENSIONS.map((extension) => `/index${extension}`)];
  const found = await firstFile(
    folder,
    tries.map((end) => `${main}${end}`),
  );
  if (found === undefined) return { fault: `main of its package.json (${main}) does not exist` };
  if (EXTENSIONS.includes(extname(found.file))) return found;
  return { fault: `main of its package.json (${main}) must end in ${EXTENSIONS.join(' ')}` };
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
