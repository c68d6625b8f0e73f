/** wrk: the machine's, or Debian's unpacked into the data folder. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canBringFromDebian, libraryFolders, unpackFromDebian } from '../../scripts/debian-packages.mjs';
import { withLock } from '../../scripts/lock.mjs';
import { dataDir } from '../../scripts/places.mjs';
import { Trouble, say } from '../../scripts/trouble.mjs';

/** The program and its libraries, where the machine lacks them. */
const NEEDED = /^(wrk|libluajit.*|libssl.*)$/;

/** @returns {Promise<{ program: string, version: string }>} rejects with a Trouble when there is none */
export async function bringWrk() {
  const tree = join(dataDir(), 'wrk');
  const found = usable('wrk') ?? usable(join(tree, 'wrk'));
  if (found) return found;
  if (!canBringFromDebian()) throw new Trouble('no wrk here, and no apt to bring it: apt-get install wrk');
  await withLock('wrk', async () => {
    if (usable(join(tree, 'wrk'))) return;
    say('Bringing wrk from the Debian archive into the data folder (nothing is installed)');
    await unpackFromDebian(['wrk'], { target: tree, needed: NEEDED, finish: writeLauncher });
  });
  const brought = usable(join(tree, 'wrk'));
  if (!brought) throw new Trouble('the wrk of the Debian archive does not run here');
  return brought;
}

/** The libraries lie beside the program. It is exec'ed, so that the process started is wrk itself. */
function writeLauncher(tree) {
  const libraries = libraryFolders(tree).map((folder) => `$here/${folder}`);
  const lines = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    `export LD_LIBRARY_PATH="${libraries.join(':')}"`,
    'exec "$here/usr/bin/wrk" "$@"',
  ];
  writeFileSync(join(tree, 'wrk'), `${lines.join('\n')}\n`);
  chmodSync(join(tree, 'wrk'), 0o755);
}

/** `wrk -v` prints its version and ends with 1. */
function usable(program) {
  const { stdout } = spawnSync(program, ['-v'], { encoding: 'utf8', timeout: 10_000 });
  const version = /^wrk (?:\w+\/)?(\d[\d.]*)/m.exec(stdout ?? '')?.[1];
  return version && { program, version };
}
