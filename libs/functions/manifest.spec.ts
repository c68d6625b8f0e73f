/** What is a function and what is not, on real directories. */
import { createHook } from 'node:async_hooks';
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { TempDir } from './fixtures/temp-dir';
import { type Manifest, readManifest } from './manifest';

let temp: TempDir;
beforeEach(() => (temp = new TempDir()));
afterEach(() => temp.remove());

const read = (): Promise<Manifest> => readManifest({ env: 'env-a', dir: temp.path });
const names = (manifest: Manifest): string[] => manifest.functions.map(({ spec }) => spec.name);
const at = (path: string): string => join(temp.path, path);

test('files and folders are functions named after them', async () => {
  temp.write({
    'a.js': '',
    'b.cjs': '',
    'c.mjs': '',
    'd.ts': '',
    'byIndex/index.mjs': '',
    'byMain/package.json': { main: 'lib/start' },
    'byMain/lib/start.js': '',
    'mainFolder/package.json': { main: './lib' },
    'mainFolder/lib/index.js': '',
    'typed/package.json': { type: 'module' },
    'typed/index.ts': '',
    'constructor.js': '',
  });
  const manifest = await read();
  expect(manifest.problems).toEqual([]);
  expect(Object.fromEntries(manifest.functions.map(({ spec, file }) => [spec.name, file]))).toEqual({
    a: at('a.js'),
    b: at('b.cjs'),
    c: at('c.mjs'),
    d: at('d.ts'),
    byIndex: at('byIndex/index.mjs'),
    byMain: at('byMain/lib/start.js'),
    mainFolder: at('mainFolder/lib/index.js'),
    typed: at('typed/index.ts'),
    constructor: at('constructor.js'),
  });
});

test('what is not a function', async () => {
  temp.write({
    '_shared.js': '',
    '.hidden.js': '',
    'types.d.ts': '',
    'a.spec.js': '',
    'a.test.ts': '',
    'eslint.config.js': '',
    'README.md': '',
    'functions.json': {},
    'package.json': {},
    'node_modules/x/index.js': '',
    '_lib/index.js': '',
    'data/rows.csv': '',
  });
  mkdirSync(at('empty'));
  symlinkSync(at('nowhere.js'), at('dangling.js'));
  const { functions, problems, fault } = await read();
  expect({ functions, problems, fault }).toEqual({ functions: [], problems: [], fault: undefined });
});

test('settings are joined by name', async () => {
  temp.write({
    'f.js': '',
    'g.js': '',
    'functions.json': {
      memoryMb: 64,
      environment: { A: '1' },
      functions: { g: { contract: 'minapp', queue: 'video', priority: 3 } },
    },
  });
  const { functions } = await read();
  const limits = { env: 'env-a', timeoutMs: { sync: 5000, async: 300000 }, memoryMb: 64 };
  expect(functions.map(({ spec }) => spec)).toEqual([
    { ...limits, name: 'f', contract: 'cloudbase', queue: 'default', priority: 0 },
    { ...limits, name: 'g', contract: 'minapp', queue: 'video', priority: 3 },
  ]);
  expect(functions[0].environment).toEqual({ A: '1' });
});

const handler = (name: string, value: string) => ({ 'functions.json': { functions: { [name]: { handler: value } } } });

test.each<[string, Record<string, string | object>, string, string]>([
  ['a name no function can have', { '2fast.js': '' }, '2fast', 'is no function: a name is letters'],
  ['two entries with one name', { 'f.js': '', 'f.ts': '' }, 'f', 'f.js and '],
  ['a file and a folder with one name', { 'f.js': '', 'f/index.js': '' }, 'f', 'two entries have this name'],
  [
    'a setting out of range',
    { 'f.js': '', 'functions.json': { functions: { f: { memoryMb: 1 } } } },
    'f',
    'functions.f.memoryMb',
  ],
  ['settings of nobody', { 'functions.json': { functions: { ghost: {} } } }, 'ghost', 'there is no such function'],
  ['a main that is missing', { 'f/package.json': { main: 'gone.js' } }, 'f', 'does not exist'],
  [
    'a handler that is missing',
    { 'f/index.js': '', ...handler('f', 'src/app.run') },
    'f',
    'handler (src/app.run) does not',
  ],
  ['a handler that leads out', { 'f/index.js': '', ...handler('f', '../ok.run') }, 'f', 'functions.f.handler'],
  ['a handler of a file', { 'f.js': '', ...handler('f', 'src/app.run') }, 'f', 'must be f.<export>'],
  ['a function in Python', { 'f/index.py': '' }, 'f', 'not for Node.js'],
  ['an HTTP function', { 'f/scf_bootstrap': '', 'f/app.js': '' }, 'f', 'HTTP function'],
  ['a main that leads out', { 'f/package.json': { main: '../ok.js' } }, 'f', 'leads out of the folder'],
  ['a main of another kind', { 'f/package.json': { main: 'x.wasm' }, 'f/x.wasm': '' }, 'f', 'must end in .js'],
  ['a main that is no path', { 'f/package.json': { main: 5 } }, 'f', 'must be a path'],
  ['a package.json that is not JSON', { 'f/package.json': '{', 'f/index.js': '' }, 'f', 'is not JSON'],
])('refuses one function and no other: %s', async (_, files, name, message) => {
  temp.write({ 'ok.js': '', ...files });
  const manifest = await read();
  expect(names(manifest)).toEqual(['ok']);
  expect(manifest.problems).toEqual([
    { env: 'env-a', function: name, file: expect.any(String), message: expect.stringContaining(message) },
  ]);
});

test.each<[string, () => void, string]>([
  ['a functions.json that is not JSON', () => temp.write({ 'functions.json': '{' }), 'functions.json is not JSON'],
  ['a wrong default', () => temp.write({ 'functions.json': { queue: 5 } }), 'functions.json: queue: must be'],
  ['no directory', () => temp.remove(), 'does not exist (ENOENT)'],
  [
    'a file in its place',
    () => {
      temp.remove();
      symlinkSync('/etc/passwd', temp.path);
    },
    'not a directory (ENOTDIR)',
  ],
])('is one fault of the whole directory: %s', async (_, arrange, message) => {
  temp.write({ 'ok.js': '' });
  arrange();
  const manifest = await read();
  expect(manifest.functions).toEqual([]);
  expect(manifest.fault).toEqual({ env: 'env-a', file: expect.any(String), message: expect.stringContaining(message) });
});

describe('a version changes with', () => {
  const versions = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await read()).functions.map(({ spec, version }) => [spec.name, version]));

  beforeEach(() => {
    temp.write({
      'f.js': '1',
      'g/index.js': '1',
      'g/deep/er.js': '1',
      'g/node_modules/p/index.js': '1',
      '_shared.js': '1',
      'functions.json': { functions: { f: { memoryMb: 64 } } },
    });
  });

  test.each<[string, () => void, string[]]>([
    ['nothing', () => undefined, []],
    ['its own file', () => temp.write({ 'f.js': '12' }), ['f']],
    ['a file deep in its folder', () => temp.write({ 'g/deep/er.js': '12' }), ['g']],
    ['a new file in its folder', () => temp.write({ 'g/new.json': '1' }), ['g']],
    ['the time of a file alone', () => utimesSync(at('f.js'), 1, 1), ['f']],
    ['a shared file', () => temp.write({ '_shared.js': '12' }), ['f', 'g']],
    ['a new shared file', () => temp.write({ '_lib/x.js': '1' }), ['f', 'g']],
    ['its settings', () => temp.write({ 'functions.json': { functions: { f: { memoryMb: 65 } } } }), ['f']],
    ['no other function', () => temp.write({ 'h.js': '1' }), []],
    ['no installed package', () => temp.write({ 'g/node_modules/p/index.js': '12' }), []],
    ['no test', () => temp.write({ 'f.spec.js': '12' }), []],
  ])('%s', async (_, change, changed) => {
    const before = await versions();
    change();
    const after = await versions();
    expect(['f', 'g'].filter((name) => before[name] !== after[name])).toEqual(changed);
  });
});

test('links that go in a circle do not keep the reader', async () => {
  temp.write({ 'f/index.js': '' });
  symlinkSync(at('f'), at('f/again'));
  symlinkSync(temp.path, at('all'));
  expect(names(await read())).toEqual(['f']);
});

test('reading 1,000 functions asks the file system three things of each', async () => {
  for (let i = 0; i < 500; i++) temp.write({ [`file${i}.js`]: '', [`folder${i}/index.js`]: '' });
  let requests = 0;
  // A count, not a time: it is the same on a slow machine and beside a full heap.
  const hook = createHook({ init: (_, type) => (requests += Number(type.startsWith('FSREQ'))) }).enable();
  try {
    expect((await read()).functions).toHaveLength(1_000);
  } finally {
    hook.disable();
  }
  expect(requests).toBeGreaterThan(2_900);
  expect(requests).toBeLessThan(3_100);
});

test('the entry of a folder: what its handler names, main, index.* and handler.*', async () => {
  temp.write({
    'functions.json': { functions: { lambda: { handler: 'src/app.run' } } },
    'lambda/src/app.js': '',
    'demo/package.json': { main: './src/index.js' },
    'demo/index.js': '',
    'odd/package.json': { main: 5 },
    'odd/index.js': '',
    'aws/handler.js': '',
  });
  const { functions, problems } = await read();
  expect(problems).toEqual([]);
  expect(Object.fromEntries(functions.map(({ spec, file }) => [spec.name, file]))).toEqual({
    lambda: at('lambda/src/app.js'),
    demo: at('demo/index.js'),
    odd: at('odd/index.js'),
    aws: at('aws/handler.js'),
  });
});

test('CloudBase project files give limits, variables and triggers; functions.json goes over them', async () => {
  temp.write({
    'cloudbaserc.json': {
      functionRoot: '.',
      functions: [
        { name: 'f', timeout: 20, memorySize: 512, envVariables: { A: 'project', B: 'project', C: '{{env.C}}' } },
      ],
    },
    'functions.json': { memoryMb: 128, functions: { f: { environment: { B: 'own' } }, m: { contract: 'minapp' } } },
    'f/index.js': '',
    'f/config.json': {
      timeout: 90,
      permissions: { openapi: ['security.msgSecCheck'] },
      triggers: [
        { name: 'nightly', type: 'timer', config: '0 0 2 * * * *' },
        { name: 'wrong', type: 'timer', config: '0 0 2 * *#1 * *' },
      ],
    },
    'g/index.js': '',
    'g/config.json': { timeout: 3_000, permissions: { openapi: [] }, mine: true },
    'm/index.js': '',
    'm/config.json': { timeout: 90 },
  });
  const { functions, notices } = await read();
  const [f, g, m] = functions;
  expect(f).toMatchObject({
    environment: { A: 'project', B: 'own' },
    spec: {
      timeoutMs: { sync: 60_000, async: 90_000 },
      memoryMb: 512,
      triggers: [{ name: 'nightly', cron: '0 0 2 * * * *' }],
    },
  });
  expect(g.spec).toMatchObject({ timeoutMs: { sync: 5_000 }, memoryMb: 128 });
  expect(m.spec).toMatchObject({ timeoutMs: { sync: 5_000 } });
  expect(notices.map((notice) => [notice.function, notice.message])).toEqual([
    ['f', expect.stringContaining('envVariables.C')],
    ['f', expect.stringContaining('sync calls run for 60 s at most')],
    ['f', expect.stringContaining('triggers.1.config')],
    ['f', expect.stringContaining('not honoured: permissions')],
    ['g', expect.stringContaining('timeout is not honoured')],
  ]);
});
