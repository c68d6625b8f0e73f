/**
 * `npm run pack`: the packages that callers and authors of functions install, as tarballs in dist/packages: `invoq-client`, and
 * `invoq-types` (the types of handlers and contexts). They are installed from their files; they are in no registry.
 */
import './node-version.mjs';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildClient } from './build-client.mjs';
import { install } from './install.mjs';
import { isMain, root } from './places.mjs';
import { npm, runCommand } from './run-command.mjs';
import { say, tell } from './trouble.mjs';

const LIMIT_MS = 2 * 60_000;
const packages = join(root, 'dist', 'packages');
const typesDir = join(root, 'dist', 'types-package');

/** @returns {Promise<string[]>} the tarballs, absolute paths */
export async function pack({ signal } = {}) {
  await buildClient({ signal });
  await buildTypes(signal);
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  const made = [];
  for (const folder of [join(root, 'dist', 'client'), typesDir]) {
    const [command, args] = npm('pack', folder, '--pack-destination', packages, '--json', '--ignore-scripts');
    const options = { what: `npm pack of ${folder}`, cwd: packages, timeoutMs: LIMIT_MS, signal };
    await runCommand(command, args, options);
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    made.push(join(packages, `${name}-${version}.tgz`));
  }
  return made;
}

/** One declaration file: the two contracts import nothing. */
async function buildTypes(signal) {
  rmSync(typesDir, { recursive: true, force: true });
  mkdirSync(typesDir, { recursive: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = [
    '--declaration',
    '--emitDeclarationOnly',
    '--ignoreConfig',
    '--target',
    'es2022',
    '--outDir',
    typesDir,
  ];
  const options = { what: 'The compiler of the types', cwd: root, timeoutMs: LIMIT_MS, signal };
  await runCommand(process.execPath, [tsc, 'libs/contract/handler.ts', ...flags], options);
  const { version } = JSON.parse(readFileSync(join(root, 'libs/client/package.json'), 'utf8'));
  const head = {
    name: 'invoq-types',
    version,
    description:
      'Types of the functions that an Invoq runs: Handler<Event, Result>, MinAppFunction<Data, Result>, contexts.',
    license: 'MIT',
    types: './handler.d.ts',
    exports: { '.': { types: './handler.d.ts' }, './package.json': './package.json' },
    files: ['*.d.ts'],
  };
  writeFileSync(join(typesDir, 'package.json'), `${JSON.stringify(head, null, 2)}\n`);
}

if (isMain(import.meta.url)) {
  await tell(async () => {
    await install();
    for (const file of await pack()) say(file);
  });
}
