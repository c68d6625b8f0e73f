/** The package as it is published: ES module, CommonJS, browsers, and the types for each kind of program. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';
import { installed } from './installed';

const run = promisify(execFile);
const root = join(__dirname, '..', '..');

let stack: Stack;
let folder: string;
beforeAll(async () => {
  folder = installed();
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

/** What every kind of program does with it; prints what came of it. */
const STORY = `
  const client = createClient({ url: THE_ADDRESS });
  cloud.init({ url: THE_ADDRESS });
  BaaS.init({ url: THE_ADDRESS });
  const job = await client.submit('add', { x: 3, y: 4 });
  const told = [
    await client.invoke('add', { x: 1, y: 2 }),
    await job.result(),
    (await cloud.callFunction({ name: 'downloads', data: { file: cloud.CDN('x'.repeat(300000)) } })).result.bytes,
    (await BaaS.invoke('helloWorld', { name: 'allen' })).data,
    await client.invoke('throws').catch((error) => [error instanceof FunctionError, error.type]),
    await client.invoke('echo', { bytes: new Uint8Array([1, 2]).buffer }),
  ];
`;
const NAMES = '{ createClient, cloud, BaaS, FunctionError }';
const TOLD = [3, 7, 300_000, 'hello allen', [true, 'FUNCTION_ERROR'], { bytes: { type: 'Buffer', data: [1, 2] } }];

async function program(file: string, code: string): Promise<unknown> {
  writeFileSync(join(folder, file), code.replaceAll('THE_ADDRESS', JSON.stringify(stack.url)));
  const { stdout } = await run(process.execPath, [file], { cwd: folder, timeout: 30_000 });
  return JSON.parse(stdout);
}

it('is imported', async () => {
  const code = `import ${NAMES} from 'invoq-client'; ${STORY} console.log(JSON.stringify(told));`;
  expect(await program('program.mjs', code)).toEqual(TOLD);
});

it('is required', async () => {
  const code = `const ${NAMES} = require('invoq-client');
    (async () => { ${STORY} console.log(JSON.stringify(told)); })();`;
  expect(await program('program.cjs', code)).toEqual(TOLD);
});

/** What a page has and Node's modules are not: no process, no require, no Buffer. */
function page(): Record<string, unknown> {
  const { fetch, AbortController, AbortSignal, Blob, TextEncoder, TextDecoder, URL, URLSearchParams, crypto } =
    globalThis;
  const api = { fetch, AbortController, AbortSignal, Blob, TextEncoder, TextDecoder, URL, URLSearchParams, crypto };
  return { ...api, setTimeout, clearTimeout, queueMicrotask };
}

async function onPage(script: string): Promise<unknown> {
  const context = createContext(page());
  const json: unknown = await runInContext(script.replaceAll('THE_ADDRESS', JSON.stringify(stack.url)), context, {
    timeout: 5_000,
  });
  return JSON.parse(json as string);
}

it('is bundled for a page that has fetch and no Node', async () => {
  writeFileSync(
    join(folder, 'page.mjs'),
    `import ${NAMES} from 'invoq-client';
    globalThis.story = async () => { ${STORY} return JSON.stringify(told); };`,
  );
  const bundle = await build({
    absWorkingDir: folder,
    entryPoints: ['page.mjs'],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
  });
  expect(await onPage(`${bundle.outputFiles[0].text}; story();`)).toEqual(TOLD);
});

it('is one script for a page without a bundler', async () => {
  const script = readFileSync(join(folder, 'node_modules/invoq-client/browser/invoq-client.js'), 'utf8');
  expect(
    await onPage(`${script}; (async () => { const ${NAMES} = Invoq; ${STORY} return JSON.stringify(told); })();`),
  ).toEqual(TOLD);
});

it('needs nothing: no dependency, no module of Node', () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/invoq-client/package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'invoq-client', version: expect.any(String) });
  expect(manifest.dependencies).toBeUndefined();
  for (const file of ['esm/index.js', 'cjs/index.js', 'browser/invoq-client.js']) {
    const code = readFileSync(join(folder, 'node_modules/invoq-client', file), 'utf8');
    const modules = [...code.matchAll(/(?:require\(|from |import\()\s*["']([^"']+)["']/g)].map(([, name]) => name);
    expect(modules.filter((name) => name.startsWith('node:') || builtinModules.includes(name))).toEqual([]);
    expect(modules).toEqual([]);
  }
});

const TYPED = `
import { BaaS, CDN, cloud, createClient, FunctionError, InvoqError, type Invocation, type Submission } from 'invoq-client';
export async function typed(): Promise<void> {
  const client = createClient({ url: 'http://127.0.0.1:3000', key: 'a.b', retry: { attempts: 2 } });
  const sum: number = await client.invoke<number>('add', { x: 1 }, { timeoutMs: 1, signal: AbortSignal.timeout(1) });
  const job: Submission<number> = await client.submit<number>('add', { file: CDN(new Uint8Array(3)) });
  const invocation: Invocation = await job.get();
  const res = await cloud.callFunction<number>({ name: 'add', config: { env: cloud.DYNAMIC_CURRENT_ENV }, success: (r) => r.result + 1 });
  const { job_id } = (await BaaS.invoke('add', {}, false)).data;
  const message: string | undefined = (await BaaS.invoke('add')).error.message;
  const error: unknown = new Error();
  if (error instanceof FunctionError) console.log(error.errorName, error.type === 'FUNCTION_TIMEOUT');
  if (error instanceof InvoqError && error.retryable) console.log(error.retryAfterMs);
  // @ts-expect-error there is no such option
  await client.invoke('add', {}, { timeout: 1 });
  console.log(sum, invocation.status, res.errMsg, job_id, message);
}
`;

it.each([
  ['an ES module', 'typed.mts', ['--module', 'nodenext', '--types', 'node']],
  ['CommonJS', 'typed.cts', ['--module', 'nodenext', '--types', 'node']],
  ['a page with a bundler', 'typed.ts', ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom']],
])(
  'has types for %s',
  async (_, file, options) => {
    writeFileSync(join(folder, file), TYPED);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const typeRoots = ['--typeRoots', join(root, 'node_modules/@types')];
    // Their own declarations are checked too: no skipLibCheck for ours.
    const args = [tsc, '--noEmit', '--strict', '--target', 'es2022', ...options, ...typeRoots, file];
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 60_000 }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  },
  60_000,
);
