/** A sandbox loads the texts that were kept of a version in place of files that have changed, or are gone. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Executor } from '../executor';
import { call, executor, fixture } from '../fixtures/stand';

const folder = mkdtempSync(join(tmpdir(), 'invoq-kept-'));
// Sandboxes may run as other users.
chmodSync(folder, 0o755);
let texts: Record<string, string> | undefined;
const keptOf = ({ file }: { file: string }) => texts && { file, texts };
let on: Executor;
beforeAll(() => (on = executor({ keptOf })));
afterAll(async () => {
  await on.stop(0);
  rmSync(folder, { recursive: true });
});

const programOf = (file: string) => fixture(file, { name: file.replace(/\W.*/, ''), file: join(folder, file) });

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
const kept = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [join(folder, name), text]));

test('CommonJS: the entry is half there, a helper has changed, another one is gone', async () => {
  write({ 'c/index.js': 'exports.main = {', 'c/a.js': "module.exports = 'new';" });
  texts = kept({
    'c/index.js': "const d = require('./d.json'); exports.main = () => [require('./a'), require('./lib/b').b, d.x];",
    'c/a.js': "module.exports = 'old';",
    'c/lib/b.js': "exports.b = 'kept';",
    'c/d.json': '{"x":1}',
  });
  const { ending } = await on.run(programOf('c/index.js'), call());
  expect(ending).toEqual({ outcome: 'succeeded', result: '["old","kept",1]' });
});

test('ES modules: the same', async () => {
  write({ 'm/index.mjs': 'export const main = {', 'm/a.mjs': "export default 'new';" });
  texts = kept({
    'm/index.mjs': "import a from './a.mjs'; import { b } from './lib/b.mjs'; export const main = () => [a, b];",
    'm/a.mjs': "export default 'old';",
    'm/lib/b.mjs': "export const b = 'kept';",
  });
  const program = programOf('m/index.mjs');
  for (let i = 0; i < 2; i++)
    expect((await on.run(program, call())).ending).toEqual({ outcome: 'succeeded', result: '["old","kept"]' });
});

test('without texts what is on disk counts, and code is loaded without being called', async () => {
  texts = undefined;
  write({ 'ok.js': 'exports.main = () => { throw new Error("called") };', 'no.js': 'exports.x = 1;' });
  write({ 'throws.js': 'throw new TypeError("at load")', 'half.js': 'exports.main = (' });
  expect(await on.tryLoad(programOf('ok.js'))).toBeUndefined();
  expect(await on.tryLoad(programOf('no.js'))).toContain('No handler in');
  expect(await on.tryLoad(programOf('throws.js'))).toMatch(/TypeError: at load.*throws\.js:1/);
  expect(await on.tryLoad(programOf('half.js'))).toContain('half.js:1');
});
