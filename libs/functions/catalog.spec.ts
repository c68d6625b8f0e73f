/** The catalog gives the program that is on disk now, and one bad function harms no other. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '@invoq/contract/function';
import { Catalog, type CatalogChange, CatalogError } from './catalog';
import { eventually, TempDir } from './fixtures/temp-dir';

let temp: TempDir;
let catalog: Catalog;
beforeEach(() => (temp = new TempDir()));
afterEach(async () => {
  await catalog?.close();
  temp.remove();
});

async function open(options: { pollMs?: number } = {}): Promise<void> {
  catalog = new Catalog({ dirs: [{ env: 'env-a', dir: temp.path }], ...options });
  await catalog.load();
}

async function program(name: string): Promise<Program> {
  const found = await catalog.find('env-a', name);
  if (found === undefined || 'problem' in found) throw new Error(`no program: ${JSON.stringify(found)}`);
  return found;
}

test('finds programs by env and name', async () => {
  temp.write({ 'f.js': 'exports.main = 1', 'g.ts': 'export const main: number = 1', 'h.js': 'export default 1' });
  await open();
  expect(await program('f')).toEqual({
    ...{ name: 'f', env: 'env-a', contract: 'cloudbase', queue: 'default', priority: 0, memoryMb: 256 },
    timeoutMs: { sync: 5000, async: 300000 },
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
    file: join(temp.path, 'f.js'),
    format: 'cjs',
    environment: {},
  });
  expect(await program('g')).toMatchObject({ format: 'compiled', code: expect.stringContaining('main = 1') });
  expect(await program('h')).toMatchObject({ format: 'esm' });
  expect(await catalog.find('env-a', 'nobody')).toBeUndefined();
  expect(await catalog.find('env-b', 'f')).toBeUndefined();
  expect(catalog.specs().map(({ name }) => name)).toEqual(['f', 'g', 'h']);
});

test('builds once a version, however many ask', async () => {
  temp.write({ 'g.ts': 'export const main = 1' });
  await open();
  const [a, b] = await Promise.all([program('g'), program('g')]);
  expect(a).toBe(b);
  expect(await program('g')).toBe(a);
});

test('one bad function refuses only itself', async () => {
  temp.write({
    'ok.js': '',
    'syntax.js': 'let = ;',
    'typed.ts': 'let = ;',
    'set.js': '',
    'functions.json': { functions: { set: { memoryMb: 1 } } },
  });
  await open();
  expect(catalog.problems().map((problem) => problem.function)).toEqual(['set']);
  const checked = await catalog.check();
  expect(checked.map((problem) => problem.function).sort()).toEqual(['syntax', 'typed']);
  for (const name of ['syntax', 'typed', 'set']) {
    expect(await catalog.find('env-a', name)).toEqual({ problem: expect.objectContaining({ function: name }) });
  }
  await program('ok');
});

test('unusable directories are one error of one line', async () => {
  temp.write({ 'f.js': '' });
  catalog = new Catalog({
    dirs: [
      { env: 'a', dir: temp.path },
      { env: 'b', dir: join(temp.path, 'b') },
      { env: 'c', dir: join(temp.path, 'c') },
    ],
  });
  const fault = await catalog.load().catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(CatalogError);
  const { message, problems } = fault as CatalogError;
  expect(problems.map(({ env }) => env)).toEqual(['b', 'c']);
  expect(message).not.toContain('\n');
  expect(message).toContain(`functions directory (env b, ${join(temp.path, 'b')}): cannot be read: it does not exist`);
});

test('without watching, what was loaded stands', async () => {
  temp.write({ 'f.js': 'exports.main = 1' });
  await open();
  const before = await program('f');
  temp.write({ 'f.js': 'exports.main = 22' });
  expect(await program('f')).toBe(before);
});

describe.each([{}, { pollMs: 50 }])('while watching, %j', (options) => {
  let changes: CatalogChange[];
  const seen = (kind: 'changed' | 'added' | 'removed'): string[] =>
    changes.flatMap((change) => change[kind]).map(({ name }) => name);

  beforeEach(async () => {
    changes = [];
    temp.write({ 'f.js': 'exports.main = 1', 'g/index.js': '', 'g/deep/x.js': '1', '_shared.js': '1' });
    await open(options);
    catalog.listen((change) => changes.push(change));
    catalog.watch();
  });

  test('a changed file is served at the very next call', async () => {
    for (let i = 0; i < 20; i++) {
      const before = await program('f');
      temp.write({ 'f.js': `exports.main = ${'1'.repeat(i + 2)}` });
      expect((await program('f')).version).not.toBe(before.version);
    }
    expect(new Set(seen('changed'))).toEqual(new Set(['f']));
  });

  test('a file that turns bad and good again', async () => {
    temp.write({ 'f.js': 'let = ;' });
    expect(await catalog.find('env-a', 'f')).toHaveProperty('problem');
    temp.write({ 'f.js': 'exports.main = 2' });
    await program('f');
  });

  test('tells what was added, changed and removed', async () => {
    temp.write({ 'new.js': '' });
    await eventually(() => seen('added').includes('new'));
    await program('new');
    temp.write({ 'g/deep/x.js': '12' });
    await eventually(() => seen('changed').includes('g'));
    temp.delete('f.js');
    await eventually(() => seen('removed').includes('f'));
    expect(await catalog.find('env-a', 'f')).toBeUndefined();
  });

  test('a shared file changes all', async () => {
    temp.write({ '_shared.js': '12' });
    await eventually(() => ['f', 'g'].every((name) => seen('changed').includes(name)));
  });

  test('folders that come new are watched, and those that are replaced', async () => {
    temp.write({ 'n/index.js': '', 'n/lib/x.js': '' });
    await eventually(() => seen('added').includes('n'));
    for (const content of ['12', '123', '1234']) {
      const before = seen('changed').length;
      temp.write({ [`_next/x.js`]: content });
      temp.delete('n/lib');
      renameSync(join(temp.path, '_next'), join(temp.path, 'n/lib'));
      await eventually(() => seen('changed').length > before);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const before = seen('changed').length;
    temp.write({ 'n/lib/x.js': 'last' });
    await eventually(() => seen('changed').length > before);
  });

  test('a functions.json that breaks is told once, and what was served is served on', async () => {
    temp.write({ 'functions.json': '{' });
    const messages = (): string[] => changes.flatMap(({ problems }) => problems).map(({ message }) => message);
    await eventually(() => messages().length > 0);
    await program('f');
    temp.write({ 'functions.json': { functions: { f: { memoryMb: 64 } } } });
    await eventually(() => seen('changed').includes('f'));
    expect(messages()).toEqual([expect.stringContaining('functions.json is not JSON')]);
    expect((await program('f')).memoryMb).toBe(64);
  });

  test('a directory that goes away and comes back', async () => {
    const away = `${temp.path}-away`;
    renameSync(temp.path, away);
    await eventually(() => changes.some(({ problems }) => problems.length > 0));
    renameSync(away, temp.path);
    temp.write({ 'f.js': 'exports.main = "back"' });
    await eventually(() => seen('changed').includes('f'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    temp.write({ 'late.js': '' });
    await eventually(() => seen('added').includes('late'));
  });
});

test('1,000 functions: a find while watching takes little', async () => {
  for (let i = 0; i < 1_000; i++) temp.write({ [`f${i}.js`]: 'exports.main = 1' });
  await open();
  catalog.listen(() => undefined);
  catalog.watch();
  await program('f500');
  await new Promise((resolve) => setTimeout(resolve, 400));
  const start = performance.now();
  for (let i = 0; i < 1_000; i++) await program('f500');
  expect((performance.now() - start) / 1_000).toBeLessThan(0.5);
});
