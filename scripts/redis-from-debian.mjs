/**
 * Brings Redis from the package archive of Debian (or Ubuntu) into a folder of ours. Needs apt, but neither root nor an
 * installation: the packages are downloaded and unpacked. So no service appears on the machine, and no port is taken.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { Trouble, say } from './trouble.mjs';

const UPDATE_LIMIT_MS = 3 * 60_000;
const STEP_LIMIT_MS = 2 * 60_000;
/** Of the packages that apt names, those that the program needs to run; the rest makes it a service. */
const NEEDED = /^(redis-server|redis-tools|valkey-server|valkey-tools|lib.*|lua-.*)$/;

/** Is this a machine with apt and dpkg? */
export function canBringFromDebian() {
  return ['apt-get', 'dpkg-deb'].every((program) => existsSync(join('/usr/bin', program)));
}

/** Leaves a program at `<dataDir>/redis-server/redis-server`. All or nothing: it is renamed into place at the end. */
export async function bringFromDebian(dataDir, signal) {
  say('Bringing Redis from the Debian archive into the data folder (no service is installed)');
  const work = mkdtempSync(join(dataDir, 'redis-bring-'));
  try {
    const packages = await download(work, signal);
    const tree = join(work, 'tree');
    mkdirSync(tree);
    for (const file of packages) {
      await runCommand('dpkg-deb', ['-x', join(work, file), tree], {
        what: 'dpkg-deb',
        timeoutMs: STEP_LIMIT_MS,
        signal,
      });
    }
    writeLauncher(tree);
    const target = join(dataDir, 'redis-server');
    rmSync(target, { recursive: true, force: true });
    renameSync(tree, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The .deb files, by name, now in `work`. First with the machine's package lists, then with fresh ones of our own. */
async function download(work, signal) {
  try {
    return await downloadWith([], work, signal);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
  }
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, folder), { recursive: true });
  // Lists in a folder of ours, so that no root is needed; as root, apt would else try to fetch as its own user.
  const own = [
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ].flatMap((each) => ['-o', each]);
  await runCommand('apt-get', [...own, 'update'], { what: 'apt-get update', timeoutMs: UPDATE_LIMIT_MS, signal });
  return downloadWith(own, work, signal);
}

async function downloadWith(options, work, signal) {
  const settings = { cwd: work, timeoutMs: STEP_LIMIT_MS, signal };
  // apt leaves out of its plan what lies in its cache already: it is shown an empty one.
  const archives = join(work, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  // What an installation would fetch: the server, and whichever of its libraries this machine does not have.
  const plan = [
    ...options,
    '-o',
    'Debug::NoLocking=1',
    '-o',
    `Dir::Cache::archives=${archives}`,
    '--print-uris',
    '-qq',
    '-y',
    '--no-install-recommends',
    'install',
    'redis-server',
  ];
  const uris = await runCommand('apt-get', plan, { ...settings, what: 'apt-get install --print-uris' });
  const names = [...uris.matchAll(/^'[^']+' ([^_\s]+)_\S+ /gm)]
    .map(([, name]) => name)
    .filter((name) => NEEDED.test(name));
  if (!names.some((name) => name.endsWith('-server'))) throw new Trouble('apt offers no Redis server to download.');
  await runCommand('apt-get', [...options, '-qq', 'download', ...names], { ...settings, what: 'apt-get download' });
  return readdirSync(work).filter((file) => file.endsWith('.deb'));
}

/** The libraries lie beside the program. It is exec'ed, so that the process started is the server itself. */
function writeLauncher(tree) {
  const libraries = ['usr/lib', 'lib']
    .filter((folder) => existsSync(join(tree, folder)))
    .flatMap((folder) =>
      readdirSync(join(tree, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
        .map((entry) => `$here/${folder}/${entry.name}`),
    );
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
