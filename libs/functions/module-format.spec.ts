/** Which files are CommonJS and which are ES modules, and which are neither. */
import { join } from 'node:path';
import { Compiler } from './compiler';
import { TempDir } from './fixtures/temp-dir';
import { type Format, moduleFormat } from './module-format';

let temp: TempDir;
const compiler = new Compiler();
beforeEach(() => (temp = new TempDir().write({ 'package.json': {} })));
afterEach(() => temp.remove());
afterAll(() => compiler.stop());

const formatOf = (name: string, text: string): Promise<Format> => moduleFormat(join(temp.path, name), text, compiler);

test.each([
  ['exports.main = () => 1', 'cjs'],
  ['', 'cjs'],
  ['#!/usr/bin/env node\nexports.main = 1', 'cjs'],
  ['if (true) return; exports.main = 1', 'cjs'],
  ['with ({}) {}', 'cjs'],
  ['exports.main = () => import("node:fs")', 'cjs'],
  ['// import x from "y"\nexports.text = `\nexport default 1\n`', 'cjs'],
  ['export const main = 1', 'esm'],
  ['import fs from "node:fs"; export default () => fs', 'esm'],
  ['const x = await 1', 'esm'],
  ['console.log(import.meta.url)', 'esm'],
])('a .js file without a declared type: %j is %s', async (text, format) => {
  expect(await formatOf('f.js', text)).toEqual({ format });
});

test('a declared type counts, and the nearest one', async () => {
  temp.write({ 'package.json': { type: 'module' }, 'inner/package.json': { type: 'commonjs' } });
  expect(await formatOf('f.js', 'exports.main = 1')).toEqual({ format: 'esm' });
  expect(await formatOf('inner/f.js', 'exports.main = 1')).toEqual({ format: 'cjs' });
  expect(await formatOf('f.cjs', 'exports.main = 1')).toEqual({ format: 'cjs' });
  expect(await formatOf('inner/f.mjs', 'exports.main = 1')).toEqual({ format: 'esm' });
});

test('ES module syntax where CommonJS was declared is told as such', async () => {
  expect(await formatOf('f.cjs', 'export const main = 1')).toEqual({
    problem: 'f.cjs: ES module syntax (import, export, top-level await) in a CommonJS file (it ends in .cjs)',
  });
  temp.write({ 'package.json': { type: 'commonjs' } });
  expect(await formatOf('f.js', 'export const main = 1')).toHaveProperty('problem');
});

test.each(['f.js', 'f.cjs', 'f.mjs'])('a syntax error in %s is told with line and column', async (name) => {
  expect(await formatOf(name, 'let a = 1;\nlet b = ;')).toEqual({
    problem: expect.stringMatching(/^f\.[cm]?js:2:9 \S/),
  });
});

test('a package.json that is not JSON is the problem', async () => {
  temp.write({ 'package.json': '{' });
  expect(await formatOf('f.js', '')).toEqual({ problem: expect.stringContaining('package.json is not JSON') });
});
