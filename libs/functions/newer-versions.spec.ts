/** The version that is served stays until a newer one is whole and loads; and a change of any file it is made of is seen. */
import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '@invoq/contract/function';
import { Catalog, type CatalogChange } from './catalog';
import { eventually, TempDir } from './fixtures/temp-dir';

let temp: TempDir;
let catalog: Catalog;
let changes: CatalogChange[];
beforeEach(() => {
  temp = new TempDir();
  changes = [];
});
afterEach(async () => {
  await catalog?.close();
  temp.remove();
});

async function serve(dir = temp.path, options: Partial<ConstructorParameters<typeof Catalog>[0]> = {}): Promise<void> {
  catalog = new Catalog({ dirs: [{ env: 'a', dir }], ...options });
  await catalog.load();
  expect(await catalog.check()).toEqual([]);
  catalog.listen((change) => changes.push(change));
  catalog.watch();
  // Watchers that were begun for files that `check` found.
  await new Promise((resolve) => setTimeout(resolve, 100));
}

async function program(name: string): Promise<Program> {
  const found = await catalog.find('a', name);
  if (found === undefined || 'problem' in found) throw new Error(`no program: ${JSON.stringify(found)}`);
  return found;
}

const kept = (): string[] => changes.flatMap((change) => change.kept.map(({ message }) => message));
const removed = (): string[] => changes.flatMap((change) => change.removed.map(({ name }) => name));

test('a file that is half there: the version before is served, from its own text', async () => {
  temp.write({ 'f.js': "exports.main = () => 'old';" });
  await serve();
  const old = await program('f');
  expect(catalog.keptOf(old)).toBeUndefined();
  temp.write({ 'f.js': 'exports.main = () => {' });
  expect(await program('f')).toBe(old);
  expect(catalog.keptOf(old)!.texts).toMatchObject({ [join(temp.path, 'f.js')]: "exports.main = () => 'old';" });
  expect(kept()).toEqual([expect.stringMatching(/f\.js:1:\d+ /)]);
  expect(catalog.problems()).toEqual([]);
  temp.write({ 'f.js': "exports.main = () => 'new';" });
  const latest = await program('f');
  expect(latest.version).not.toBe(old.version);
  expect(catalog.keptOf(latest)).toBeUndefined();
});

test('a helper that is half there, or not there yet', async () => {
  temp.write({ 'f/index.js': "require('./lib/a'); exports.main = 1;", 'f/lib/a.js': 'exports.a = 1;' });
  await serve();
  const old = await program('f');
  temp.write({ 'f/lib/a.js': 'exports.a = {' });
  await eventually(() => kept().length === 1);
  expect(await program('f')).toBe(old);
  temp.delete('f/lib');
  await eventually(() => kept().some((message) => message.includes('./lib/a from')));
  expect(await program('f')).toBe(old);
  temp.write({ 'f/lib/a.js': 'exports.a = 2;' });
  await eventually(() => changes.some(({ changed }) => changed.length === 1));
  expect((await program('f')).version).not.toBe(old.version);
});

test('a file that is deleted and written again is never missed; one that stays away is', async () => {
  temp.write({ 'f.js': 'exports.main = 1;', 'g.js': 'exports.main = 1;' });
  await serve();
  const old = await program('f');
  temp.delete('f.js');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await program('f')).toBe(old);
  expect(catalog.keptOf(old)!.texts).toMatchObject({ [join(temp.path, 'f.js')]: 'exports.main = 1;' });
  temp.write({ 'f.js': 'exports.main = 22;' });
  await eventually(() => changes.some(({ changed }) => changed.length === 1));
  temp.delete('g.js');
  await eventually(() => removed().length === 1, 5_000);
  expect(removed()).toEqual(['g']);
  expect(await catalog.find('a', 'g')).toBeUndefined();
});

test.each(['a helper that is a link', 'a folder that is a link', 'an import from outside', 'a linked package'])(
  '%s: its change is seen',
  async (kind) => {
    const helper: Record<string, string> = {
      'a helper that is a link': './price',
      'a folder that is a link': './lib/price',
      'an import from outside': '../../out/price',
      'a linked package': 'ws',
    };
    temp.write({ 'out/price.js': 'exports.price = 10;', 'functions/f/index.js': `require('${helper[kind]}');` });
    mkdirSync(join(temp.path, 'functions/f/node_modules'));
    symlinkSync('../../out/price.js', join(temp.path, 'functions/f/price.js'));
    symlinkSync('../../out', join(temp.path, 'functions/f/lib'));
    symlinkSync('../../../out/price.js', join(temp.path, 'functions/f/node_modules/ws.js'));
    temp.write({ 'ws/index.js': "require('../out/price');" });
    symlinkSync('../../../ws', join(temp.path, 'functions/f/node_modules/ws'));
    await serve(join(temp.path, 'functions'));
    const old = await program('f');
    temp.write({ 'out/price.js': 'exports.price = 99;' });
    await eventually(() => changes.some(({ changed }) => changed.length === 1));
    expect((await program('f')).version).not.toBe(old.version);
    expect(catalog.keptOf(old)).toBeUndefined();
  },
);

test('a directory that is a link which is swapped: the new release is served, and its changes are seen', async () => {
  temp.write({ 'r1/f.js': 'exports.main = 1;', 'r2/f.js': 'exports.main = 22;', 'r2/g.js': 'exports.main = 1;' });
  symlinkSync('r1', join(temp.path, 'current'));
  await serve(join(temp.path, 'current'));
  const first = await program('f');
  symlinkSync('r2', join(temp.path, 'next'));
  renameSync(join(temp.path, 'next'), join(temp.path, 'current'));
  // Whoever runs the first release still loads that one.
  expect(catalog.keptOf(first)).toMatchObject({ file: join(temp.path, 'r1/f.js') });
  await eventually(() => changes.some(({ added }) => added.some(({ name }) => name === 'g')));
  temp.write({ 'r2/late.js': 'exports.main = 1;' });
  await eventually(() => changes.some(({ added }) => added.some(({ name }) => name === 'late')));
  expect(realpathSync((await program('late')).file)).toBe(realpathSync(join(temp.path, 'r2/late.js')));
});

test('what does not load is not served', async () => {
  temp.write({ 'f.js': 'exports.main = 1;' });
  await serve(temp.path, {
    tryLoad: ({ version }) => Promise.resolve(version === old?.version ? undefined : 'it throws'),
  });
  let old: Program | undefined = undefined;
  old = await program('f');
  temp.write({ 'f.js': 'throw new Error();' });
  await eventually(() => kept().length === 1);
  expect(kept()).toEqual(['it throws']);
  expect(await program('f')).toBe(old);
});

test('a new function is served once it is whole', async () => {
  await serve();
  writeFileSync(join(temp.path, 'new.js'), 'exports.main = {');
  await eventually(() => changes.some(({ problems }) => problems.length === 1));
  expect(await catalog.find('a', 'new')).toHaveProperty('problem');
  temp.write({ 'new.js': 'exports.main = {};' });
  await program('new');
  expect(changes.flatMap(({ added }) => added).map(({ name }) => name)).toEqual(['new']);
});

test('whoever cannot be loaded is listed with file, line and reason, and what looks like a function is named', async () => {
  temp.write({
    'half.js': '\nexports.main = {',
    'typed.mts': 'export const main = 1;',
    'mainless/package.json': { main: 'gone.js' },
    'twice.js': '',
    'twice/index.js': '',
    'lib/x.js': '',
    'set.js': '',
    '_shared/x.js': '',
    'functions.json': { queue: 'video', functions: { set: { memoryMb: 1 } } },
  });
  catalog = new Catalog({ dirs: [{ env: 'a', dir: temp.path }] });
  catalog.listen((change) => changes.push(change));
  await catalog.load();
  await catalog.check();
  const listed = new Map(catalog.specs().map((spec) => [spec.name, spec]));
  expect([...listed.keys()].sort()).toEqual(['half', 'mainless', 'set', 'twice', 'typed']);
  expect(listed.get('half')!.loadProblem).toEqual({
    file: join(temp.path, 'half.js'),
    line: 2,
    reason: expect.stringMatching(/^(Unexpected|Expected) /),
  });
  expect(listed.get('mainless')!.loadProblem!.reason).toContain('(gone.js) does not exist');
  expect(listed.get('set')).toMatchObject({
    queue: 'video',
    loadProblem: { reason: expect.stringContaining('memoryMb') },
  });
  const named = changes.flatMap(({ problems }) => problems.map((problem) => problem.function));
  expect(named.sort()).toEqual(['lib', 'mainless', 'set', 'twice', 'typed']);
  expect(await catalog.find('a', 'lib')).toBeUndefined();
});
