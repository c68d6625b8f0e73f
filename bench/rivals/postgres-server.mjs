/** A PostgreSQL of a rival's own: the machine's, or Debian's unpacked into the data folder; never as root, which it refuses. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canBringFromDebian, libraryFolders, unpackFromDebian } from '../../scripts/debian-packages.mjs';
import { withLock } from '../../scripts/lock.mjs';
import { dataDir } from '../../scripts/places.mjs';
import { freePort } from '../../scripts/ports.mjs';
import { runCommand } from '../../scripts/run-command.mjs';
import { Trouble, say } from '../../scripts/trouble.mjs';
import { plainEnvironment } from '../processes.mjs';

const INIT_LIMIT_MS = 60_000;
/** `nobody`, on every Linux. */
const NOBODY = 65_534;
const NEEDED = /^(postgresql-\d+|postgresql-client-\d+|lib.*)$/;
/** As durable as the rivals' Redis: an answer may be lost within the last second, none before. */
const DURABILITY = ['-c', 'synchronous_commit=off'];

export async function startPostgres({ processes }) {
  const { bin, libraries } = await bringPostgres();
  // Not in the bench's own folder, which nobody else may enter.
  const dir = mkdtempSync(join(tmpdir(), 'invoq-bench-postgres-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(dir, NOBODY, NOBODY);
  const asUser = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const env = { ...plainEnvironment(), HOME: dir, LC_ALL: 'C', ...(libraries && { LD_LIBRARY_PATH: libraries }) };
  const [init, ...initArgs] = [...asUser, join(bin, 'initdb'), '-D', dir, '-U', 'bench', '-A', 'trust', '-E', 'UTF8'];
  await runCommand(init, initArgs, { what: 'initdb', cwd: dir, env, timeoutMs: INIT_LIMIT_MS });
  const port = await freePort();
  const listen = ['-p', String(port), '-h', '127.0.0.1', '-k', dir];
  const [program, ...args] = [...asUser, join(bin, 'postgres'), '-D', dir, ...listen, ...DURABILITY];
  const { pid } = await processes.start('postgres', program, args, {
    env,
    match: (line) => (line.includes('ready to accept connections') ? true : undefined),
  });
  return { pid, url: `postgres://bench@127.0.0.1:${port}/postgres` };
}

/** @returns {Promise<{ bin: string, libraries?: string }>} the folder of its programs */
async function bringPostgres() {
  const tree = join(dataDir(), 'postgres');
  const found = usable({ bin: binOf('/') }) ?? brought(tree);
  if (found) return found;
  if (!canBringFromDebian())
    throw new Trouble('no PostgreSQL here, and no apt to bring it: apt-get install postgresql');
  mkdirSync(dataDir(), { recursive: true, mode: 0o700 });
  await withLock('postgres', async () => {
    if (brought(tree)) return;
    say('Bringing PostgreSQL from the Debian archive into the data folder (no service is installed)');
    await unpackFromDebian(['postgresql'], { target: tree, needed: NEEDED });
  });
  const it = brought(tree);
  if (!it) throw new Trouble('the PostgreSQL of the Debian archive does not run here');
  return it;
}

function brought(tree) {
  if (!existsSync(tree)) return undefined;
  const libraries = libraryFolders(tree).map((folder) => join(tree, folder));
  return usable({ bin: binOf(tree), libraries: libraries.join(':') });
}

/** Debian has a folder for each major version; the newest counts. */
function binOf(tree) {
  const versions = join(tree, 'usr/lib/postgresql');
  if (!existsSync(versions)) return undefined;
  const [newest] = readdirSync(versions).sort((a, b) => Number(b) - Number(a));
  return newest && join(versions, newest, 'bin');
}

function usable(found) {
  if (found.bin === undefined) return undefined;
  try {
    const env = { ...process.env, ...(found.libraries && { LD_LIBRARY_PATH: found.libraries }) };
    execFileSync(join(found.bin, 'postgres'), ['--version'], { env, timeout: 10_000, stdio: 'ignore' });
    return found;
  } catch {
    return undefined;
  }
}
