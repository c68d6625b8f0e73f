/**
 * The release before this one, built from the commit that `test/fleet/release-before` names, in a folder under `.data`. A
 * clone without that commit (a shallow one) has no such release.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const BUILD_LIMIT_MS = 10 * 60_000;

export const RELEASE_BEFORE = readFileSync(join(root, 'test/fleet/release-before'), 'utf8').trim();

/** Does this clone have it? */
export function hasReleaseBefore(): boolean {
  try {
    run('git', ['cat-file', '-e', `${RELEASE_BEFORE}^{commit}`], root);
    return true;
  } catch {
    return false;
  }
}

/** Builds it, unless it was built before. Answers the folder in which its `dist` is. */
export function buildReleaseBefore(): string {
  const folder = join(root, '.data', 'releases', RELEASE_BEFORE.slice(0, 12));
  if (existsSync(join(folder, 'dist', '.built'))) return folder;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const archive = execFileSync('git', ['archive', RELEASE_BEFORE], { cwd: root, maxBuffer: 1024 ** 3 });
  execFileSync('tar', ['-x', '-C', making], { input: archive });
  // Installed already, as a rule. Never linked otherwise: its own `npm ci` would empty ours.
  if (isInstalledHere(making)) symlinkSync(join(root, 'node_modules'), join(making, 'node_modules'));
  run(process.execPath, ['scripts/build.mjs'], making);
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  return folder;
}

interface Lock {
  packages: Record<string, { version?: string; optional?: boolean; devOptional?: boolean }>;
}

/** Is every package that its lock file names in our node_modules, of the same version? */
function isInstalledHere(folder: string): boolean {
  const read = (path: string): Lock['packages'] => (JSON.parse(readFileSync(path, 'utf8')) as Lock).packages;
  const wanted = Object.entries(read(join(folder, 'package-lock.json')));
  const there = read(join(root, 'node_modules', '.package-lock.json'));
  return wanted.every(([path, entry]) => {
    if (path === '') return true;
    const found = there[path];
    return found ? found.version === entry.version : Boolean(entry.optional || entry.devOptional);
  });
}

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, timeout: BUILD_LIMIT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
}
