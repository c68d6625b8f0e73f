/** The tarballs of `npm run pack`, as somebody installs them: the client runs, and the types check a function. */
import { execFileSync, spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { startStack } from '../harness/stack';
import { scratchDir } from '../harness/scratch';
import { writeFunctions } from '../harness/write-functions';

const ROOT = join(__dirname, '..', '..');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

let folder: string;
let tarballs: string[];
beforeAll(() => {
  const printed = execFileSync(process.execPath, [join(ROOT, 'scripts', 'pack.mjs')], { encoding: 'utf8' });
  tarballs = printed.match(/\S+\.tgz/g)!;
  expect(tarballs).toHaveLength(2);
  folder = writeFunctions({ 'package.json': { name: 'app', private: true, type: 'module' } }, scratchDir('packages'));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], {
    cwd: folder,
  });
}, 110_000);

const check = (code: string) => {
  writeFunctions({ 'main.ts': code }, folder);
  const flags = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext'];
  const { status, stdout } = spawnSync(process.execPath, [TSC, 'main.ts', ...flags], { cwd: folder, encoding: 'utf8' });
  return { status, stdout };
};

test('the client is imported from its tarball', () => {
  const code = `import { createClient } from 'invoq-client'; console.log(typeof createClient({ url: 'http://127.0.0.1:9' }).invoke)`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' });
  expect(out.trim()).toBe('function');
});

test('the types of both contracts check a function', () => {
  const right = `import type { Handler, MinAppFunction } from 'invoq-types';
    export const main: Handler<{ x: number }, number> = async (event, context) => event.x + context.remainingMs();
    export const later: Handler<{ x: number }, number> = (event, context, callback) => callback(null, event.x);
    export const greets: MinAppFunction<{ name: string }, string> = (event, callback) => callback(null, event.data.name);`;
  expect(check(right)).toEqual({ status: 0, stdout: '' });
  const wrong = `import type { Handler } from 'invoq-types';
    export const main: Handler<{ x: number }, number> = async (event) => String(event.x);`;
  expect(check(wrong).stdout).toContain("is not assignable to type 'number'");
});

test('a running API offers both for download', async () => {
  const stack = await startStack({ workers: 0 });
  const names = tarballs.map((path) => basename(path)).sort();
  expect((await stack.http.get('/packages')).body.data).toEqual({ packages: names });
  for (const path of tarballs) {
    const response = await fetch(`${stack.url}/packages/${basename(path)}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(path))).toBe(true);
  }
  const missing = await stack.http.get('/packages/..%2f..%2fpackage.json');
  expect([missing.status, missing.body.error.type]).toEqual([404, 'ROUTE_NOT_FOUND']);
  await stack.stop();
}, 60_000);
