import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Compiler } from './compiler';
import { TempDir } from './fixtures/temp-dir';

const compiler = new Compiler();
let temp: TempDir;
beforeEach(() => (temp = new TempDir()));
afterEach(() => temp.remove());
afterAll(() => compiler.stop());

const real = (...names: string[]): string[] => names.map((name) => realpathSync(join(temp.path, name))).sort();

test('finds what an entry imports: links, JSON, workspace packages, but not what is installed', async () => {
  temp.write({
    'f/index.js': `require('./price'); require('pkg'); require('ws'); require('./d.json'); require('fs'); require('nowhere');
      require('./' + process.argv[0]); import('./dyn.mjs'); require('@org/linked/deep');`,
    'f/d.json': '{}',
    'f/dyn.mjs': 'export default await 1;',
    'f/node_modules/pkg/index.js': 'no code (',
    'out/price.js': 'exports.price = 1;',
    'ws/index.js': "require('./inner');",
    'ws/inner.js': '',
    'org/deep.js': '',
  });
  symlinkSync('../out/price.js', join(temp.path, 'f/price.js'));
  symlinkSync('../../ws', join(temp.path, 'f/node_modules/ws'));
  mkdirSync(join(temp.path, 'f/node_modules/@org'));
  symlinkSync('../../../org', join(temp.path, 'f/node_modules/@org/linked'));
  const found = await compiler.graph(join(temp.path, 'f/index.js'));
  if (!('files' in found)) throw new Error(JSON.stringify(found));
  expect(found.files.sort()).toEqual(
    real('f/index.js', 'f/d.json', 'f/dyn.mjs', 'out/price.js', 'ws/index.js', 'ws/inner.js', 'org/deep.js'),
  );
  expect(found.missing).toEqual([]);
});

test('an import that leads nowhere is noted; a syntax error in a helper is a problem with file and line', async () => {
  temp.write({ 'a.js': "require('./gone');", 'b.js': "require('./half');", 'half.js': 'exports.x = {' });
  expect(await compiler.graph(join(temp.path, 'a.js'))).toMatchObject({
    missing: [expect.stringMatching(/^\.\/gone from .*a\.js$/)],
  });
  expect(await compiler.graph(join(temp.path, 'b.js'))).toEqual({ problem: expect.stringMatching(/half\.js:1:\d+ /) });
});
