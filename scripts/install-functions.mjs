/**
 * `invoq install [dir]`: installs the packages of all functions of a directory, those of the directory itself first. By default
 * the directories of INVOQ_FUNCTIONS. Lock files decide where there are some, and no package runs a script of its own. A folder
 * without a lock file that finds all its packages above it, in those of the directory, gets none of its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { npm, runCommand } from './run-command.mjs';
import { Trouble, say } from './trouble.mjs';

const USAGE = 'Usage: invoq install [dir] [--scripts]   (--scripts: packages may run their install scripts)';
/** The tool that a lock file belongs to, and how it installs what the lock says. */
const TOOLS = [
  { lock: 'pnpm-lock.yaml', tool: 'pnpm', args: ['install', '--frozen-lockfile', '--prod'] },
  { lock: 'yarn.lock', tool: 'yarn', args: ['install', '--frozen-lockfile', '--production'] },
  { lock: 'package-lock.json', tool: 'npm', args: ['ci', '--omit=dev', '--no-audit', '--no-fund'] },
  { lock: 'npm-shrinkwrap.json', tool: 'npm', args: ['ci', '--omit=dev', '--no-audit', '--no-fund'] },
];
const LIMIT_MS = 15 * 60_000;
const WITHOUT_LOCK = { tool: 'npm', args: ['install', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock'] };

/** @param {string[]} args of the command line */
export async function installFunctions(args) {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const dirs = args.filter((arg) => !arg.startsWith('-'));
  if (flags.some((flag) => flag !== '--scripts') || dirs.length > 1) throw new Trouble(USAGE);
  const folders = (dirs.length > 0 ? dirs : served()).map((dir) => resolve(dir)).flatMap(withPackages);
  if (folders.length === 0) return say('No function here names packages in a package.json');
  const failed = [];
  for (const folder of folders) {
    if (!lockOf(folder) && hasAll(folder)) say(`${folder}: all packages are there`);
    else if (!(await install(folder, flags.includes('--scripts')))) failed.push(folder);
  }
  if (failed.length > 0) throw new Trouble(`Not installed: ${failed.join(', ')}`);
  say('All packages are installed');
}

async function install(folder, mayRunScripts) {
  const { tool, args } = lockOf(folder) ?? WITHOUT_LOCK;
  say(`${folder}: ${tool} ${args[0]}`);
  const all = mayRunScripts ? args : [...args, '--ignore-scripts'];
  try {
    const [command, rest] = tool === 'npm' ? npm(...all) : [tool, all];
    await runCommand(command, rest, { what: `${tool} ${args[0]} in ${folder}`, cwd: folder, timeoutMs: LIMIT_MS });
    return true;
  } catch (error) {
    console.error(`! ${error.message}`);
    return false;
  }
}

function lockOf(folder) {
  return TOOLS.find(({ lock }) => existsSync(join(folder, lock)));
}

/** As Node finds them: in the folder's node_modules, or in those above. */
function hasAll(folder) {
  return Object.keys(dependenciesOf(folder)).every((name) => {
    for (let at = folder; ; at = dirname(at)) {
      if (existsSync(join(at, 'node_modules', name, 'package.json'))) return true;
      if (at === dirname(at)) return false;
    }
  });
}

function served() {
  const text = process.env.INVOQ_FUNCTIONS;
  if (!text) throw new Trouble(`${USAGE}\nWithout a dir it installs those of INVOQ_FUNCTIONS, which is not set.`);
  return [...new Set(text.split(',').map((part) => part.slice(part.indexOf('=') + 1)))];
}

/** The directory and the folders in it that name dependencies. */
function withPackages(dir) {
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    throw new Trouble(`${dir} cannot be read: ${error.code}`);
  }
  const inside = entries.filter((each) => each.isDirectory() && !/^\.|^node_modules$/.test(each.name));
  return [dir, ...inside.map(({ name }) => join(dir, name)).sort()].filter(namesPackages);
}

function namesPackages(folder) {
  return existsSync(join(folder, 'package.json')) && Object.keys(dependenciesOf(folder)).length > 0;
}

function dependenciesOf(folder) {
  const file = join(folder, 'package.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')).dependencies ?? {};
  } catch (error) {
    throw new Trouble(`${file} is not JSON: ${error.message}`);
  }
}
