/** Stamps of files: what tells that a file has changed without reading it, and the walk that gathers them. */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readlinkSync, statSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Files that one walk looks at; a folder with more keeps working, its later files just do not count as a change. */
const MAX_FILES = 10_000;
const MAX_DEPTH = 32;

/** `mtimeNs:size:ino`; the inode tells a file that was moved over another of the same age and size. */
export type Stamp = string;

export function stampOf(stats: BigIntStats): Stamp {
  return `${stats.mtimeNs}:${stats.size}:${stats.ino}`;
}

/** The stamp of one file now; undefined: it is gone. Synchronous: 5 µs, where the thread pool takes 60. */
export function stampNow(file: string): Stamp | undefined {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats && stampOf(stats);
  } catch {
    return undefined;
  }
}

/** How long ago the file of a `path stamp` line was written, ms; by the clock of this machine. */
export function ageMs(line: string): number {
  const written = line.slice(line.lastIndexOf(' ') + 1).split(':', 1)[0];
  return Date.now() - Number(BigInt(written) / 1_000_000n);
}

export function foldersOf(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => dirname(file)))];
}

/** Where a path leads over links, the folders that hold those: a link that is swapped is a change in its folder. */
export function linkFoldersOf(paths: readonly string[]): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const follow = (path: string): void => {
    for (let at = path; at !== dirname(at) && !seen.has(at); at = dirname(at)) {
      seen.add(at);
      const target = linkTarget(at);
      if (target === undefined) continue;
      found.add(dirname(at));
      follow(target);
    }
  };
  for (const path of paths) follow(path);
  return [...found];
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined;
  } catch {
    return undefined;
  }
}

export interface Walk {
  /** `path stamp`, one a file. */
  lines: string[];
  /** Absolute paths of all folders that were entered, the first one included. */
  folders: string[];
}

/** Neither installed packages nor hidden things are a function's own files. */
export function isPassedBy(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

/** Stamps of all files under a folder, in no fixed order. Links to folders are noted, not entered: they may go in circles. */
export async function walkFolder(root: string): Promise<Walk> {
  const walk: Walk = { lines: [], folders: [] };
  await enter(root, 0);
  return walk;

  async function enter(folder: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return;
    walk.folders.push(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    await Promise.all(
      entries.map(async (entry) => {
        if (isPassedBy(entry.name) || walk.lines.length >= MAX_FILES) return;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return enter(path, depth + 1);
        const line = await stampLine(path);
        if (line !== undefined) walk.lines.push(line);
      }),
    );
  }
}

/** `path stamp` of one file; undefined: it went away meanwhile. */
export async function stampLine(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    return `${path} ${stampOf(stats.isDirectory() ? await lstat(path, { bigint: true }) : stats)}`;
  } catch {
    return undefined;
  }
}

/** 16 hex digits that change when any of the lines does; their order does not matter. */
export function digest(lines: string[]): string {
  return createHash('sha256')
    .update([...lines].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}
