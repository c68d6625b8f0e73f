/** Clients that are generated from the description compile strictly, and make the calls of the README. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStack, type Stack } from '../harness/stack';
import { asOpenApi30 } from './as-openapi-30';

const run = promisify(execFile);
const LIMIT_MS = 120_000;
const ROOT = join(__dirname, '../..');
const GENERATORS = join(__dirname, 'generators', 'node_modules');
const BIN = join(GENERATORS, '.bin');
/** Inside, so that what is generated finds the packages that it stands on. */
const MADE = join(__dirname, 'generators', '.made');
const DESCRIPTION = join(ROOT, 'docs/openapi.json');
const JAR = join(GENERATORS, '@openapitools/openapi-generator-cli/bin/openapi-generator.jar');
const PYTHON = '/usr/bin/python3';
const DEBIAN = ['default-jre-headless', 'python3-urllib3', 'python3-dateutil', 'python3-six'];

const STRICT = [
  '--strict', '--noUncheckedIndexedAccess', 'false', '--exactOptionalPropertyTypes', 'false', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable',
  '--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit',
]; // prettier-ignore

const EXPECTED = {
  sum: 3,
  list: [1, 'two', null],
  submitted: 202,
  location: true,
  status: 'succeeded',
  attempts: 1,
  result: 5,
  logs: true,
  cancelled: true,
  thrown: 'TypeError',
  limit: 300,
  found: true,
  field: 'priority',
  names: true,
  page: 1,
};

let stack: Stack;
beforeAll(async () => {
  rmSync(MADE, { recursive: true, force: true });
  mkdirSync(MADE);
  cpSync(join(__dirname, 'programs'), MADE, { recursive: true });
  stack = await startStack({
    functions: {
      'add.js': 'exports.main = ({ x, y }) => { console.log("adding"); return x + y; };',
      'echo.js': 'exports.main = (event) => event;',
      'fails.js': "exports.main = () => { throw new TypeError('on purpose'); };",
      'hangs.js': 'exports.main = () => { for (;;); };',
    },
  });
}, 60_000);
afterAll(async () => {
  await stack.stop();
  rmSync(MADE, { recursive: true, force: true });
});

async function compiledAndRun(program: string): Promise<unknown> {
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const tsc = [join(GENERATORS, 'typescript/bin/tsc'), ...STRICT, ...types, `${program}.ts`];
  await run(process.execPath, tsc, { cwd: MADE, timeout: LIMIT_MS }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
  const bundle = [
    `${program}.ts`,
    '--bundle',
    '--platform=node',
    '--format=esm',
    `--outfile=${program}.mjs`,
    '--log-level=error',
  ];
  await run(join(ROOT, 'node_modules/.bin/esbuild'), bundle, { cwd: MADE, timeout: LIMIT_MS });
  return ran(process.execPath, [join(MADE, `${program}.mjs`)]);
}

async function ran(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<unknown> {
  const { stdout } = await run(command, [...args, stack.url], { cwd: MADE, timeout: LIMIT_MS, env });
  return JSON.parse(stdout) as unknown;
}

it(
  'openapi-typescript and openapi-fetch',
  async () => {
    await run(join(BIN, 'openapi-typescript'), [DESCRIPTION, '-o', 'schema.d.ts'], { cwd: MADE, timeout: LIMIT_MS });
    expect(await compiledAndRun('fetch')).toEqual(EXPECTED);
  },
  LIMIT_MS,
);

it(
  '@hey-api/openapi-ts',
  async () => {
    await run(join(BIN, 'openapi-ts'), ['-i', DESCRIPTION, '-o', 'hey', '-c', '@hey-api/client-fetch'], {
      cwd: MADE,
      timeout: LIMIT_MS,
    });
    expect(await compiledAndRun('hey')).toEqual(EXPECTED);
  },
  LIMIT_MS,
);

/** What is missing of what the Python client needs. Debian has it all. */
function missing(): string | undefined {
  const tries: [string, string, string[]][] = [
    ['a Java runtime', 'java', ['-version']],
    ['Python with urllib3, dateutil and six', PYTHON, ['-c', 'import urllib3, dateutil, six']],
  ];
  return tries.find(([, command, args]) => !works(command, args))?.[0];
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function brought(): boolean {
  if (missing() === undefined) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    works('apt-get', ['update', '-qq']);
    works('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...DEBIAN]);
  }
  if (missing() === undefined) return true;
  console.warn(`left out: the Python client of openapi-generator, for want of ${missing()}`);
  return false;
}

(brought() ? it : it.skip)(
  'openapi-generator, Python',
  async () => {
    const older = join(MADE, 'openapi-3.0.json');
    writeFileSync(
      older,
      JSON.stringify(asOpenApi30(JSON.parse(readFileSync(DESCRIPTION, 'utf8')) as Record<string, unknown>)),
    );
    const made = ['generate', '-g', 'python', '--package-name', 'invoq_api', '-i', older, '-o', join(MADE, 'python')];
    await run('java', ['-jar', JAR, ...made], { timeout: LIMIT_MS, maxBuffer: 64 * 1_048_576 });
    expect(await ran(PYTHON, [join(MADE, 'walk.py')], { ...process.env, PYTHONPATH: join(MADE, 'python') })).toEqual(
      EXPECTED,
    );
  },
  LIMIT_MS,
);
