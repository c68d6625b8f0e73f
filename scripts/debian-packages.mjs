/**
 * Brings programs from the package archive of Debian (or Ubuntu) into a folder of ours. Needs apt, but neither root nor an
 * installation: the packages are downloaded and unpacked. So no service appears on the machine, and no port is taken.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { Trouble } from './trouble.mjs';

const UPDATE_LIMIT_MS = 3 * 60_000;
const STEP_LIMIT_MS = 2 * 60_000;

/** Is this a machine with apt and dpkg? */
export function canBringFromDebian() {
  return ['apt-get', 'dpkg-deb'].every((program) => existsSync(join('/usr/bin', program)));
}

/**
 * Unpacks what an installation of `wanted` would fetch, as far as its name is `needed`, into the folder `target`. All or
 * nothing: it is renamed into place at the end.
 * @param {string[]} wanted
 * @param {{ target: string, needed: RegExp, finish?: (tree: string) => void, signal?: AbortSignal }} options
 *   `finish` sees the unpacked tree before it is renamed
 */
export async function unpackFromDebian(wanted, { target, needed, finish, signal }) {
  const work = mkdtempSync(join(dirname(target), `${basename(target)}-bring-`));
  try {
    const packages = await download(wanted, needed, work, signal);
    const tree = join(work, 'tree');
    mkdirSync(tree);
    for (const file of packages) {
      await runCommand('dpkg-deb', ['-x', join(work, file), tree], {
        what: 'dpkg-deb',
        timeoutMs: STEP_LIMIT_MS,
        signal,
      });
    }
    finish?.(tree);
    rmSync(target, { recursive: true, force: true });
    renameSync(tree, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Folders of shared libraries in an unpacked tree, as paths within it. */
export function libraryFolders(tree) {
  return ['usr/lib', 'lib']
    .filter((folder) => existsSync(join(tree, folder)))
    .flatMap((folder) =>
      readdirSync(join(tree, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
        .map((entry) => `${folder}/${entry.name}`),
    );
}

/** The .deb files, by name, now in `work`. First with the machine's package lists, then with fresh ones of our own. */
async function download(wanted, needed, work, signal) {
  try {
    return await downloadWith([], wanted, needed, work, signal);
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
  return downloadWith(own, wanted, needed, work, signal);
}

async function downloadWith(options, wanted, needed, work, signal) {
  const settings = { cwd: work, timeoutMs: STEP_LIMIT_MS, signal };
  // apt leaves out of its plan what lies in its cache already: it is shown an empty one.
  const archives = join(work, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  // What an installation would fetch: what is wanted, and whichever of its libraries this machine does not have.
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
    ...wanted,
  ];
  const uris = await runCommand('apt-get', plan, { ...settings, what: 'apt-get install --print-uris' });
  const names = [...uris.matchAll(/^'[^']+' ([^_\s]+)_\S+ /gm)]
    .map(([, name]) => name)
    .filter((name) => needed.test(name));
  if (names.length === 0) throw new Trouble(`apt offers no ${wanted.join(' ')} to download.`);
  await runCommand('apt-get', [...options, '-qq', 'download', ...names], { ...settings, what: 'apt-get download' });
  return readdirSync(work).filter((file) => file.endsWith('.deb'));
}
