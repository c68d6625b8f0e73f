/**
 * Builds the package that callers install: `node scripts/build-client.mjs [--force]`, into dist/client, of which
 * `npm run pack` makes a tarball. ES module, CommonJS, one file for browsers, and types for both kinds of modules.
 */
import './node-version.mjs';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { install } from './install.mjs';
import { withLock } from './lock.mjs';
import { isMain, root } from './places.mjs';
import { runCommand } from './run-command.mjs';
import { say, tell } from './trouble.mjs';

const LIMIT_MS = 2 * 60_000;
/** Browsers and Nodes of the last years, 18 the oldest. */
const TARGET = 'es2020';
const out = join(root, 'dist', 'client');
const STAMP = join(root, 'dist', '.built-client');
const MADE_OF = [
  'libs/client',
  'libs/contract',
  'docs',
  'tsconfig.json',
  'package-lock.json',
  'scripts/build-client.mjs',
];

/** Builds unless dist/client was made from these very sources. */
export async function buildClient({ signal, force = false, chatty = false } = {}) {
  if (!force && isFresh()) return void (chatty && say('dist/client is up to date'));
  const work = async () => {
    if (!force && isFresh()) return;
    const from = Date.now();
    const print = fingerprint();
    rmSync(STAMP, { force: true });
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    await bundles();
    await types(signal);
    copyFileSync(join(root, 'libs/client/package.json'), join(out, 'package.json'));
    copyFileSync(join(root, 'docs/client.md'), join(out, 'README.md'));
    for (const page of ['errors.md', 'large-data.md']) copyFileSync(join(root, 'docs', page), join(out, page));
    writeFileSync(STAMP, print);
    say(`Built the client in ${((Date.now() - from) / 1000).toFixed(1)} s`);
  };
  await withLock('build-client', work, signal);
}

async function bundles() {
  // Not at the top: the apps' build runs this script's neighbours before anything is installed.
  const { build } = await import('esbuild');
  const base = {
    absWorkingDir: root,
    entryPoints: ['libs/client/index.ts'],
    bundle: true,
    platform: 'neutral',
    target: TARGET,
    logLevel: 'error',
    legalComments: 'none',
  };
  await build({ ...base, format: 'esm', outfile: join(out, 'esm/index.js'), sourcemap: true });
  await build({ ...base, format: 'cjs', outfile: join(out, 'cjs/index.js'), sourcemap: true });
  await build({
    ...base,
    format: 'iife',
    globalName: 'Invoq',
    outfile: join(out, 'browser/invoq-client.js'),
    minify: true,
  });
  writeFileSync(join(out, 'esm/package.json'), '{ "type": "module" }\n');
  writeFileSync(join(out, 'cjs/package.json'), '{ "type": "commonjs" }\n');
}

/** The same declarations beside both bundles: what a declaration says of its module's kind is read from its folder. */
async function types(signal) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = { what: "The compiler of the client's types", cwd: root, timeoutMs: LIMIT_MS, signal };
  await runCommand(process.execPath, [tsc, '-p', 'libs/client/tsconfig.build.json'], options);
  const made = join(out, 'types');
  for (const file of filesUnder(made)) writeFileSync(file, standalone(readFileSync(file, 'utf8'), upFrom(file, made)));
  for (const kind of ['esm', 'cjs']) cpSync(made, join(out, kind), { recursive: true });
  rmSync(made, { recursive: true });
}

/** Nobody outside knows our path aliases, and ES modules name their files with the ending. */
function standalone(declaration, up) {
  return declaration.replace(/(from |import\()'([^']+)'/g, (_, before, path) => {
    const own = path.replace(/^@invoq\//, up);
    return `${before}'${own.startsWith('.') ? `${own}.js` : own}'`;
  });
}

/** The way from a declaration to the folder in which the libs stand side by side: `../`, `../../` … */
function upFrom(file, folder) {
  return '../'.repeat(relative(folder, file).split(sep).length - 1);
}

function isFresh() {
  try {
    return readFileSync(STAMP, 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const files = MADE_OF.flatMap((path) => (/\.\w+$/.test(path) ? [join(root, path)] : filesUnder(join(root, path))));
  for (const file of files.filter((each) => !each.endsWith('.spec.ts')))
    hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (isMain(import.meta.url)) {
  await tell(async () => {
    await install();
    await buildClient({ force: process.argv.includes('--force'), chatty: true });
  });
}
