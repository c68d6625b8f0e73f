/** A program of Debian's that a test drives. It is installed when it is missing, where that can be done. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const INSTALL_LIMIT_MS = 240_000;

/** Is it here now? False: it is not, and cannot be brought; one line says so, with what is `leftOut`. */
export function programHere(program: string, leftOut: string, debianPackage = program): boolean {
  return packagesHere([debianPackage], leftOut, { what: program, isHere: () => isOnPath(program) });
}

/** The same for packages that are more than a program: `what` they are, and how one sees that it is there. */
export function packagesHere(
  debianPackages: string[],
  leftOut: string,
  { what, isHere }: { what: string; isHere(): boolean },
): boolean {
  if (isHere()) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    if (!installed(debianPackages)) installed(debianPackages, true);
    if (isHere()) return true;
  }
  process.stderr.write(`Left out: ${leftOut}, since ${what} is not here.\n`);
  return false;
}

export function isOnPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function installed(debianPackages: string[], freshLists = false): boolean {
  const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS } as const;
  // Debian starts no service for it: RUNLEVEL.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    if (freshLists) execFileSync('apt-get', ['update'], { ...options, env });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...debianPackages], { ...options, env });
    return true;
  } catch {
    return false;
  }
}
