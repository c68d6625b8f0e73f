/** Brings Redis from the package archive of Debian (or Ubuntu) into a folder of ours, as a program that can be started. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraryFolders, unpackFromDebian } from './debian-packages.mjs';
import { Trouble, say } from './trouble.mjs';

/** Of the packages that apt names, those that the program needs to run; the rest makes it a service. */
const NEEDED = /^(redis-server|redis-tools|valkey-server|valkey-tools|lib.*|lua-.*)$/;

/** Leaves a program at `<dataDir>/redis-server/redis-server`. */
export async function bringFromDebian(dataDir, signal) {
  say('Bringing Redis from the Debian archive into the data folder (no service is installed)');
  const target = join(dataDir, 'redis-server');
  await unpackFromDebian(['redis-server'], { target, needed: NEEDED, finish: writeLauncher, signal });
}

/** The libraries lie beside the program. It is exec'ed, so that the process started is the server itself. */
function writeLauncher(tree) {
  const libraries = libraryFolders(tree).map((folder) => `$here/${folder}`);
  const program = ['valkey-server', 'redis-server'].find((name) => existsSync(join(tree, 'usr/bin', name)));
  if (!program) throw new Trouble('The downloaded packages hold no Redis server.');
  const lines = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    `export LD_LIBRARY_PATH="${libraries.join(':')}"`,
    `exec "$here/usr/bin/${program}" "$@"`,
  ];
  writeFileSync(join(tree, 'redis-server'), `${lines.join('\n')}\n`);
  chmodSync(join(tree, 'redis-server'), 0o755);
}
