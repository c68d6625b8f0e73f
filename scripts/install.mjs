/** Brings node_modules in step with package-lock.json: `npm ci` when something is missing or of another version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkBin } from './link-bin.mjs';
import { withLock } from './lock.mjs';
import { root } from './places.mjs';
import { npm, runCommand } from './run-command.mjs';
import { say } from './trouble.mjs';

const LIMIT_MS = 10 * 60_000;

/** Installs the dependencies unless they stand already. */
export async function install(signal) {
  // NODE_ENV=production would leave out what builds us; the compilers are dev dependencies.
  await installIn(root, { name: 'install', what: 'dependencies', flags: ['--include=dev'], signal });
  linkBin();
}

/** The vendors' own packages, with which the doors are tested: 200 MB that nothing else needs. Their scripts are not run. */
export async function installDoorClients(signal) {
  const folder = join(root, 'test/doors/clients');
  await installIn(folder, { name: 'door-clients', what: "the vendors' SDKs", flags: ['--ignore-scripts'], signal });
}

/** Generators of clients, with which the API's description is tested. Their scripts are not run. */
export async function installGenerators(signal) {
  const folder = join(root, 'test/described/generators');
  await installIn(folder, { name: 'generators', what: 'generators of clients', flags: ['--ignore-scripts'], signal });
}

/** The schemas of Kubernetes and of KEDA, with which the chart is tested. */
export async function installKubernetesModels(signal) {
  const folder = join(root, 'test/kubernetes/models');
  await installIn(folder, {
    name: 'kubernetes-models',
    what: 'schemas of Kubernetes',
    flags: ['--ignore-scripts'],
    signal,
  });
}

/** Runtimes in which the client is tried: 750 MB of binaries, for Linux on x64. Without them, those tests are left out. */
export async function installClientRuntimes(signal) {
  const folder = join(root, 'test/client/runtimes');
  const options = { name: 'client-runtimes', what: 'runtimes for the client', flags: ['--ignore-scripts'], signal };
  await installIn(folder, options).catch((error) => say(`The client is tried in this Node alone: ${error.message}`));
}

/** What others build on, with which we are compared: nothing else needs it. Their scripts are not run. */
export async function installBenchRivals(signal) {
  const folder = join(root, 'bench/rivals');
  await installIn(folder, { name: 'bench-rivals', what: "the rivals' packages", flags: ['--ignore-scripts'], signal });
}

async function installIn(folder, { name, what, flags, signal }) {
  if (isInstalled(folder)) return;
  const work = async () => {
    if (isInstalled(folder)) return;
    say(`Installing ${what} (npm ci, about a minute the first time)`);
    const [command, args] = npm('ci', ...flags, '--loglevel=error', '--no-progress');
    await runCommand(command, args, { what: 'npm ci', cwd: folder, timeoutMs: LIMIT_MS, signal });
  };
  await withLock(name, work, signal);
}

/**
 * npm keeps, in node_modules, a lockfile of what it really installed. It is compared with ours, entry by entry; so an
 * `npm ci` or `npm install` by hand counts, and neither a git checkout nor a copied tree makes us install again.
 */
function isInstalled(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const there = packagesOf(join(folder, 'node_modules/.package-lock.json'));
  if (!wanted || !there) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    // Optional ones are those for other platforms.
    if (!there[path]) return Boolean(entry.optional || entry.devOptional);
    return there[path].version === entry.version;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
