/** A launcher that is told to stop, or killed: what it started drains, and nothing is left behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoggedProcess } from '../harness/logged-process';
import { childrenOf, isRunning } from '../harness/process-facts';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { Installation } from '../start/installation';

const LIMIT_MS = 60_000;
const root = join(__dirname, '..', '..');
const TAKES = { 'takes.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, "done"))' };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: TAKES, workers: 0 });
}, LIMIT_MS);
afterAll(() => stack.stop());

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** What it has started, those that have started more among them; not what a worker starts. */
function startedBy(pid: number): number[] {
  if (commandOf(pid).includes('main.js')) return [];
  return childrenOf(pid).flatMap((child) => [child, ...startedBy(child)]);
}

const LAUNCHERS: [string, string, string[]][] = [
  ['npm run worker', 'npm', ['run', 'worker']],
  ['scripts/start.mjs worker', process.execPath, [join(root, 'scripts', 'start.mjs'), 'worker']],
];

/** Starts a worker so, and a call that it runs. */
async function launched(command: string, args: string[]) {
  const { PATH, HOME } = process.env;
  const launcher = new LoggedProcess('launcher', command, args, {
    PATH,
    HOME,
    npm_config_prefix: root,
    npm_config_update_notifier: 'false',
    REDIS_URL: stack.redis.url,
    INVOQ_API_URL: stack.url,
    INVOQ_DATA: stack.data,
    INVOQ_FUNCTIONS: stack.functions,
    INVOQ_WATCH: 'false',
  });
  launcher.mayDie();
  await launcher.waitForLine('it listens', (line) => (line.includes('"listening"') ? true : undefined), 2 * LIMIT_MS);
  const started = startedBy(launcher.pid);
  const worker = started.find((pid) => commandOf(pid).includes(join('apps', 'worker', 'main.js'))) ?? 0;
  expect(worker).toBeGreaterThan(0);
  const call = { sync: false, data: { ms: 3_000 } };
  const id = (await stack.http.post('/v1/functions/takes/invocations', call)).body.requestID as string;
  const read = async () => (await stack.http.get(`/v1/invocations/${id}`)).body.data;
  await until('it runs', async () => (await read()).status === 'running', LIMIT_MS);
  return { launcher, started, worker, read };
}

const gone = (pids: number[]) =>
  until(`processes ${pids.join(', ')} are gone`, () => pids.every((pid) => !isRunning(pid)), LIMIT_MS);

describe.each(LAUNCHERS)('%s', (_, command, args) => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('%s to the launcher alone: the worker drains', async (signal) => {
    const { launcher, started, read } = await launched(command, args);
    launcher.signal(signal);
    await gone(started);
    expect(await read()).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  test('SIGTERM to each process, three times within a second: the worker drains', async () => {
    const { launcher, started, read } = await launched(command, args);
    for (let i = 0; i < 3; i++, await sleep(250)) {
      for (const pid of [launcher.pid, ...started]) if (isRunning(pid)) process.kill(pid, 'SIGTERM');
    }
    await gone(started);
    expect(await read()).toMatchObject({ status: 'succeeded', attempt: 1 });
  });
});

test('SIGUSR2 to scripts/start.mjs: its worker logs at the level debug, and goes on', async () => {
  const { launcher, started, read } = await launched(...(LAUNCHERS[1].slice(1) as [string, string[]]));
  launcher.signal('SIGUSR2');
  await launcher.waitForLine('another level', (line) => line.includes('"to":"debug"') || undefined, LIMIT_MS);
  launcher.signal('SIGTERM');
  await gone(started);
  expect(await read()).toMatchObject({ status: 'succeeded', attempt: 1 });
});

test('kill -9 of `npm start`: API and worker drain, and Redis ends after them', async () => {
  const stack = await Installation.found();
  const start = await stack.up();
  const pids = stack.pids();
  expect(pids).toHaveLength(3);
  await start.kill();
  await gone(pids);
  // What the next start finds is in order.
  const next = await stack.up();
  await next.stop(LIMIT_MS);
});
