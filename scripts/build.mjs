/**
 * Builds the apps and the command line into dist, when anything they are made of has changed: `node scripts/build.mjs [--force]`.
 * The compiler checks types, so a type error fails the build.
 */
import './node-version.mjs';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { answerSchemas } from './answer-schemas.mjs';
import { install } from './install.mjs';
import { withLock } from './lock.mjs';
import { isMain, root } from './places.mjs';
import { runCommand } from './run-command.mjs';
import { Trouble, say, tell } from './trouble.mjs';

const LIMIT_MS = 5 * 60_000;
const SOURCES = ['apps', 'libs'];
const SETTINGS = [
  'tsconfig.json',
  'nest-cli.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/answer-schemas.mjs',
];
const ENTRIES = ['apps/api/main', 'apps/worker/main', 'apps/cli/main'];
/** Vite makes it into dist/console; the compiler of the apps leaves it alone. */
const CONSOLE = 'apps/console';
const PAGE = join(root, 'dist', 'console', 'index.html');
const SCHEMAS = 'dist/apps/api/openapi/answer-schemas.json';
const STAMP = join(root, 'dist', '.built');

/** Builds unless dist was made from these very sources. Says a line only when it builds, or when asked to be `chatty`. */
export async function build({ signal, force = false, chatty = false } = {}) {
  if (!force && isFresh()) return void (chatty && say('dist is up to date'));
  const work = async () => {
    if (!force && isFresh()) return;
    const missing = ENTRIES.filter((entry) => !existsSync(join(root, `${entry}.ts`)));
    if (missing.length > 0)
      throw new Trouble(`There is nothing to build: ${missing.map((entry) => `${entry}.ts`).join(' and ')} missing.`);
    const from = Date.now();
    const print = fingerprint();
    rmSync(STAMP, { force: true });
    // The API last: both emit the libs they share, and only the API's build knows the swagger plugin. The command line is
    // compiled with the worker: a run of the compiler of its own would take as long as theirs.
    for (const app of ['worker', 'api']) await compile(app, signal);
    if (!existsSync(join(root, 'dist/apps/cli/main.js'))) throw new Trouble('The build made no dist/apps/cli/main.js.');
    copyAssets();
    await describeAnswers();
    await bundleConsole(signal);
    dropOlderThan(from);
    writeFileSync(STAMP, print);
    say(`Built in ${((Date.now() - from) / 1000).toFixed(1)} s`);
  };
  await withLock('build', work, signal);
}

async function compile(app, signal) {
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const options = { what: `The build of the ${app}`, cwd: root, timeoutMs: LIMIT_MS, signal };
  await runCommand(process.execPath, [nest, 'build', app], options);
  if (!existsSync(join(root, `dist/apps/${app}/main.js`)))
    throw new Trouble(`The build of the ${app} made no dist/apps/${app}/main.js.`);
}

/** Beside the API's `openapi/document.js`, which reads it. */
async function describeAnswers() {
  writeFileSync(join(root, SCHEMAS), JSON.stringify(await answerSchemas()));
}

async function bundleConsole(signal) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const options = { what: 'The build of the console', cwd: root, timeoutMs: LIMIT_MS, signal };
  await runCommand(process.execPath, [vite, 'build', '--logLevel', 'error', CONSOLE], options);
  if (!existsSync(PAGE)) throw new Trouble('The build of the console made no dist/console/index.html.');
}

function isFresh() {
  try {
    return (
      [PAGE, ...ENTRIES.map((entry) => join(root, 'dist', `${entry}.js`))].every((file) => existsSync(file)) &&
      readFileSync(STAMP, 'utf8') === fingerprint()
    );
  } catch {
    return false;
  }
}

/** Content, not mtimes: a git checkout touches files that did not change, and a copied tree loses their times. */
function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const bundled = filesUnder(CONSOLE);
  for (const file of [...SETTINGS, ...sourceFiles(), ...bundled])
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** What the apps are compiled of: everything but tests and what only they use, and the console. */
function sourceFiles() {
  return SOURCES.flatMap((folder) => filesUnder(folder)).filter(
    (file) => !/\.spec\.ts$|\/fixtures\/|\.md$|^apps\/console\//.test(file),
  );
}

/** The compiler leaves out what is not TypeScript, such as the store's Lua; at run time it is looked for beside the code. */
function copyAssets() {
  for (const file of sourceFiles().filter((each) => !/\.ts$|\.json$/.test(each))) {
    mkdirSync(dirname(join(root, 'dist', file)), { recursive: true });
    copyFileSync(join(root, file), join(root, 'dist', file));
  }
}

/** Every build writes every file anew, so what is older belongs to a source that is gone. */
function dropOlderThan(timeMs) {
  for (const file of SOURCES.flatMap((folder) => filesUnder(join('dist', folder)))) {
    // A second of grace for file systems that keep whole seconds.
    if (statSync(join(root, file)).mtimeMs < timeMs - 1000) rmSync(join(root, file));
  }
}

/** Paths from the root, sorted, so that the fingerprint does not depend on the file system. */
function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

if (isMain(import.meta.url)) {
  await tell(async () => {
    await install();
    await build({ force: process.argv.includes('--force'), chatty: true });
  });
}
