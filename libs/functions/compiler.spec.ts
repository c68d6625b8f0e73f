/** TypeScript becomes one text that Node runs under the entry's own name. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { Compiler } from './compiler';
import { TempDir } from './fixtures/temp-dir';

let temp: TempDir;
const compiler = new Compiler();
beforeEach(() => (temp = new TempDir()));
afterEach(() => temp.remove());
afterAll(() => compiler.stop());

/** Compiles, and runs the text as a sandbox would. */
async function load(name: string): Promise<Record<string, unknown>> {
  const file = join(temp.path, name);
  const compiled = await compiler.compile(file, temp.path);
  if (!('code' in compiled)) throw new Error(JSON.stringify(compiled));
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${compiled.code}\n})`;
  const module = { exports: {} as Record<string, unknown> };
  const run = new Script(wrapped, { filename: file }).runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, createRequire(file), module, file, temp.path);
  return module.exports;
}

test('bundles relative imports, requires packages from where the entry is', async () => {
  temp.write({
    'f.ts': `import { twice } from './_twice'; import { three } from 'three'; import { sep } from 'node:path';
      export const main = (event: { x: number }): string => [twice(event.x), three, sep].join();
      export const where = import.meta.url;`,
    '_twice.ts': 'export const twice = (x: number): number => x * 2;',
    'node_modules/three/package.json': { main: 'index.js' },
    'node_modules/three/index.js': 'exports.three = 3;',
  });
  const { main, where } = await load('f.ts');
  expect((main as (event: object) => string)({ x: 2 })).toBe('4,3,/');
  expect(where).toBe(`file://${temp.path}/f.ts`);
});

test('is as strict as the ES module it was written as', async () => {
  temp.write({ 'f.ts': 'export function main(this: unknown): unknown { return this; }' });
  const { main } = await load('f.ts');
  expect((main as () => unknown)()).toBeUndefined();
});

test('keeps `export default`, enums and decorated classes', async () => {
  temp.write({
    'f.ts': `enum Size { small = 1 } const mark = (c: unknown, _: unknown): void => { (c as { marked: boolean }).marked = true; };
      @mark class Box { static marked = false; }
      export default (): unknown => [Size.small, Box.marked];`,
  });
  const { default: main } = await load('f.ts');
  expect((main as () => unknown)()).toEqual([1, true]);
});

test('carries a source map whose path is right from the folder of the entry', async () => {
  temp.write({ 'f/index.ts': "import './deep/x'; export const main = 1;", 'f/deep/x.ts': 'console.info();' });
  const compiled = await compiler.compile(join(temp.path, 'f/index.ts'), temp.path);
  const code = 'code' in compiled ? compiled.code : '';
  const map = JSON.parse(Buffer.from(code.split('base64,')[1], 'base64').toString()) as { sources: string[] };
  expect(map.sources).toEqual(['index.ts', 'deep/x.ts']);
});

test('a syntax error is told with file, line and column', async () => {
  temp.write({ 'f.ts': 'export const main = 1;\nlet = ;', '_g.ts': '' });
  expect(await compiler.compile(join(temp.path, 'f.ts'), temp.path)).toEqual({
    problem: expect.stringMatching(/^f\.ts:2:\d+ \S/),
  });
});

test('an import that leads nowhere is told too, and a type error is not looked for', async () => {
  temp.write({ 'f.ts': "import './gone';", 'g.ts': 'export const main: number = "text";' });
  expect(await compiler.compile(join(temp.path, 'f.ts'), temp.path)).toEqual({
    problem: expect.stringMatching(/^f\.ts:1:8 .*\.\/gone/),
  });
  expect(await compiler.compile(join(temp.path, 'g.ts'), temp.path)).toHaveProperty('code');
});

test('a tsconfig.json counts inside the functions directory, not above it', async () => {
  temp.write({
    'tsconfig.json': '{ broken',
    'inner/f.ts': "import { x } from '@lib/x'; export const main = x;",
    'inner/_lib/x.ts': 'export const x = 5;',
  });
  const file = join(temp.path, 'inner/f.ts');
  const above = await compiler.compile(file, join(temp.path, 'inner'));
  expect(above).toHaveProperty('code');
  expect(above).not.toMatchObject({ code: expect.stringContaining('x = 5') });
  temp.write({ 'inner/tsconfig.json': { compilerOptions: { paths: { '@lib/*': ['./_lib/*'] } } } });
  expect((await load('inner/f.ts')).main).toBe(5);
});

test('works again after its service has died', async () => {
  temp.write({ 'f.ts': 'export const main = 1;' });
  await compiler.stop();
  expect((await load('f.ts')).main).toBe(1);
});

test('a compilation that takes too long is a failure of the compiler, not of the code', async () => {
  temp.write({ 'f.ts': `export const main = [1];\n${'main.pop();\n'.repeat(200_000)}` });
  const hasty = new Compiler({ limitMs: 1 });
  expect(await hasty.compile(join(temp.path, 'f.ts'), temp.path)).toEqual({ failure: expect.stringContaining('1 ms') });
});
