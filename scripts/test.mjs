/**
 * `npm test`: from a fresh checkout to an answer. `node scripts/test.mjs [suite] [--nightly] [arguments for jest]`
 *
 * Real servers, never mocks: it finds or brings Redis, and builds, so that the tests drive the very processes that
 * `npm start` would run. The last line counts them: `N passed, N failed`.
 */
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { buildClient } from './build-client.mjs';
import {
  install,
  installClientRuntimes,
  installDoorClients,
  installGenerators,
  installKubernetesModels,
} from './install.mjs';
import { root } from './places.mjs';
import { bringRedis } from './redis.mjs';
import { Trouble, say, tell } from './trouble.mjs';

/** What jest reported of each run, and the sum of them: `{ passed, failed, skipped }`. */
const REPORTS = join(root, '.data', 'test');
const LIMIT_MS = (process.env.INVOQ_NIGHTLY || process.argv.includes('--nightly') ? 120 : 50) * 60_000;
/** What jest may take to go away once it has told its result. */
const EXIT_LIMIT_MS = 15_000;
/** `unit` reads sources; the others drive what was built. */
const SUITES = [
  'unit',
  'invocation',
  'doors',
  'client',
  'described',
  'kubernetes',
  'cli',
  'proxies',
  'start',
  'docs',
  'console',
  'security',
  'fleet',
  'monitoring',
  'failures',
];
const PATIENT = ['--testTimeout=120000'];
const ONE_BY_ONE = ['--runInBand', ...PATIENT];
/** The runs of jest, one after the other: the projects of each (jest.config.cjs), and how it is told to run them. */
const RUNS = [
  { projects: ['unit', 'invocation', 'doors', 'client', 'described', 'kubernetes'], flags: [] },
  // Whole stacks, which mostly wait: for a lease, a drain, a Redis that is away. Two of them have room on two cores.
  {
    projects: ['cli', 'proxies', 'start', 'docs', 'console', 'security', 'fleet', 'monitoring', 'failures'],
    flags: PATIENT,
  },
  { projects: ['measured'], flags: ONE_BY_ONE },
];
/** So many files may fail for want of a quiet machine; more have a reason. */
const MAX_AGAIN = 8;

await tell(async () => {
  // What takes longer than anybody waits for in the day: more calls, more histories, a longer line.
  if (process.argv.includes('--nightly')) process.env.INVOQ_NIGHTLY = '1';
  const [first, ...rest] = process.argv.slice(2).filter((word) => word !== '--nightly');
  const named = first !== undefined && !first.startsWith('-');
  if (named && !SUITES.includes(first))
    throw new Trouble(`There is no suite "${first}". Suites: ${SUITES.join(', ')}.`);
  const args = named || first === undefined ? rest : [first, ...rest];
  const suites = (named ? [first] : SUITES).filter(isThere);
  if (suites.length === 0) return void say(`There is no folder test/${first} yet: nothing to run`);

  await install();
  process.env.INVOQ_TEST_REDIS_SERVER = await bringRedis();
  if (suites.some((suite) => suite !== 'unit')) await build();
  if (suites.includes('doors')) await installDoorClients();
  if (suites.includes('described')) await installGenerators();
  if (suites.includes('kubernetes')) await installKubernetesModels();
  if (suites.includes('client')) {
    await buildClient();
    await installClientRuntimes();
  }

  const wanted = suites.flatMap((suite) => (suite === 'failures' ? ['failures', 'measured'] : suite));
  const counts = [];
  // Of several runs of jest, a file or a name given by hand may lie in one only; that it lies in none is told below.
  const given = args.length > 0 ? ['--passWithNoTests', ...args] : [];
  for (const { projects, flags } of RUNS) {
    const those = projects.filter((project) => wanted.includes(project));
    if (those.length > 0) counts.push(await runJest(those, [...flags, ...given]));
  }
  for (const count of counts) await runAgain(count);
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  writeFileSync(
    join(REPORTS, 'summary.json'),
    JSON.stringify({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }),
  );
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  if (args.length > 0 && sum('passed') + sum('failed') === 0) throw new Trouble(`No test matches ${args.join(' ')}.`);
  if (counts.some((count) => count.failed > 0 || count.exitCode !== 0)) process.exitCode = 1;
});

function isThere(suite) {
  return suite === 'unit' || existsSync(join(root, 'test', suite));
}

/**
 * Files that failed get one more run, by themselves: beside others, on a busy machine, a clock may have lied. What passes
 * now is counted as passed, and named, since it may as well be a race that shows rarely.
 */
async function runAgain(count) {
  if (count.files.length === 0 || count.files.length > MAX_AGAIN) return;
  const again = await runJest(count.projects, [...ONE_BY_ONE, ...count.files]);
  if (again.failed > 0 || again.passed === 0) return;
  Object.assign(count, { passed: count.passed + count.failed, failed: 0, exitCode: 0 });
  for (const name of count.names) console.error(`! unsteady, passed on a second run: ${name}`);
}

async function runJest(projects, args) {
  const report = join(REPORTS, `${projects.join('-')}.json`);
  mkdirSync(REPORTS, { recursive: true });
  rmSync(report, { force: true });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const selected = ['--selectProjects', ...projects, '--json', `--outputFile=${report}`, ...args];
  const exitCode = await new Promise((done, fail) => {
    const child = spawn(process.execPath, [jest, ...selected], {
      cwd: root,
      stdio: 'inherit',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const watch = setInterval(() => {
      if (!existsSync(report) || Date.now() - statSync(report).mtimeMs < EXIT_LIMIT_MS) return;
      console.error('! jest has its result and does not end: a test left a timer, a socket or a process open.');
      child.kill('SIGKILL');
    }, 1000);
    child.once('error', fail);
    child.once('exit', (code) => {
      clearInterval(watch);
      done(code ?? 1);
    });
  });
  return { projects, exitCode, ...read(report, exitCode) };
}

/** What jest counted. A file that could not even be loaded holds no counted test: it is one that failed. */
function read(report, exitCode) {
  if (!existsSync(report)) return { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, files: [], names: [] };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  const fallen = result.testResults.filter(({ status }) => status === 'failed');
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped,
    files: fallen.map(({ name }) => name),
    names: fallen.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName }) => `${relative(root, name)}: ${fullName}`),
    ),
  };
}
