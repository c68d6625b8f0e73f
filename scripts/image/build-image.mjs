/** Follows the Dockerfile without a container engine: each stage is a Debian root, each RUN a command in it. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { root as checkout } from '../places.mjs';
import { npm, runCommand } from '../run-command.mjs';
import { say } from '../trouble.mjs';
import { contextOf } from './context.mjs';
import { debianRoot } from './debian-root.mjs';
import { copyOf, labelsOf, pairsOf, readDockerfile } from './dockerfile.mjs';

const LIMIT_MS = 15 * 60_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * @param {string} folder where it may work
 * @param {Record<string, string>} args as `--build-arg` has them
 * @returns {Promise<{ root: string, env: Record<string, string>, workdir: string, entrypoint: string[], command: string[],
 *   labels: Record<string, string> }>}
 */
export async function buildImage(folder, args) {
  const context = await makeContext(join(folder, 'context'));
  const stages = readDockerfile(readFileSync(join(checkout, 'Dockerfile'), 'utf8'));
  const made = new Map();
  let last;
  for (const [at, stage] of stages.entries()) {
    const root = join(folder, `stage-${stage.name ?? at}`);
    rmSync(root, { recursive: true, force: true });
    await run('cp', '-a', await debianRoot(stage.base, folder), root);
    last = { root, env: { PATH }, workdir: '/', entrypoint: [], command: [], labels: labelsOf(stage, args) };
    for (const step of stage.steps) await follow(step, { image: last, context, made });
    made.set(stage.name, root);
  }
  return last;
}

async function follow({ word, args, line }, { image, context, made }) {
  const began = Date.now();
  if (word === 'WORKDIR') mkdirSync(inRoot(image, (image.workdir = args)), { recursive: true });
  else if (word === 'ENV') Object.assign(image.env, pairsOf(args));
  else if (word === 'ENTRYPOINT') image.entrypoint = JSON.parse(args);
  else if (word === 'CMD') image.command = JSON.parse(args);
  else if (word === 'COPY') await copy(copyOf(args), image, context, made);
  else if (word === 'RUN') await runIn(image, args);
  if (word === 'RUN') say(`Dockerfile:${line}: ${word} ${args} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

/** A folder's content goes into the target, a file under its own name when the target is a folder. */
async function copy({ from, sources, target }, image, context, made) {
  const to = inRoot(image, target);
  for (const source of sources) {
    const path = join(from === undefined ? context : made.get(from), source);
    const isFolder = statSync(path).isDirectory();
    if (isFolder || /(^\.|\/)$/.test(target)) mkdirSync(to, { recursive: true });
    await run('cp', '-a', '--no-preserve=ownership', isFolder ? `${path}/.` : path, to);
  }
}

/** With the network and npm's cache of this machine, and nothing else of it. */
async function runIn({ root, env, workdir }, command) {
  const [cacheProgram, cacheArgs] = npm('config', 'get', 'cache');
  const cache = (await run(cacheProgram, ...cacheArgs)).trim();
  mkdirSync(cache, { recursive: true });
  mkdirSync(join(root, 'root/.npm'), { recursive: true });
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  if (authorities) await run('cp', authorities, join(root, 'tmp/authorities.pem'));
  const inside = {
    ...env,
    HOME: '/root',
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    ...(authorities ? { NODE_EXTRA_CA_CERTS: '/tmp/authorities.pem' } : {}),
  };
  const script = [
    'set -e; root=$1; cache=$2; command=$3; shift 3',
    'cp /etc/resolv.conf /etc/hosts "$root/etc/"',
    'mount -t proc proc "$root/proc"',
    'mount --rbind /dev "$root/dev"',
    'mount --bind "$cache" "$root/root/.npm"',
    'exec chroot "$root" env -i "$@" /bin/sh -c "$command"',
  ].join('\n');
  const given = Object.entries(inside).map(([name, value]) => `${name}=${value}`);
  const here = `cd ${workdir} && ${command}`;
  await run('unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', root, cache, here, ...given);
}

/** What is committed, as a clean clone has it, without what .dockerignore names. */
async function makeContext(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const git = (...args) => runCommand('git', args, { what: 'git', cwd: checkout, timeoutMs: LIMIT_MS });
  const files = (await git('ls-tree', '-r', '--name-only', 'HEAD')).trim().split('\n');
  const list = `${folder}.files`;
  writeFileSync(list, contextOf(files, readFileSync(join(checkout, '.dockerignore'), 'utf8')).join('\n'));
  await git('archive', '--output', `${folder}.tar`, 'HEAD');
  await run('tar', '-xf', `${folder}.tar`, '-C', folder, '-T', list);
  return folder;
}

function inRoot({ root, workdir }, path) {
  return join(root, isAbsolute(path) ? path : join(workdir, path));
}

const run = (command, ...args) => runCommand(command, args, { what: command, timeoutMs: LIMIT_MS });
