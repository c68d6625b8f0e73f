/** A program of Debian's that a test drives. It is installed when it is missing, where that can be done. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const INSTALL_LIMIT_MS = 240_000;

/** Is it here now? False: it is not, and cannot be brought; one line says so, with what is `leftOut`. */
export function programHere(program: string, leftOut: string, debianPackage = program): boolean {
  if (isHere(program)) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    if (!installed(debianPackage)) installed(debianPackage, true);
    if (isHere(program)) return true;
  }
  process.stderr.write(`Left out: ${leftOut}, since ${program} is not here.\n`);
  return false;
}

function isHere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function installed(debianPackage: string, freshLists = false): boolean {
  const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS } as const;
  // Debian starts no service for it: RUNLEVEL.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    if (freshLists) execFileSync('apt-get', ['update'], { ...options, env });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], { ...options, env });
    return true;
  } catch {
    return false;
  }
}
