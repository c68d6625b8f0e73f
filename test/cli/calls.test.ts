/** The command line against a started stack: calls, lists, batches, logs, what goes wrong and with which exit code. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { invoq, type Ran, type RunOptions } from './invoq';

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const NOBODY = 'http://127.0.0.1:1';
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    functions: {
      'add.js': 'exports.main = async ({ x, y }) => x + y;',
      'fails.js': 'exports.main = async () => { throw new TypeError("no such thing"); };',
      'slow.js':
        'exports.main = async ({ ms }) => { console.log("began"); await new Promise((r) => setTimeout(r, ms)); return ms; };',
      'paints.js':
        'exports.main = async () => { console.log("\\u001b[31mred\\u0007"); return "\\u001b]0;title\\u0007"; };',
      'broken.js': 'exports.main = async () => {\n  return (;\n};',
    },
  });
});

afterAll(() => stack.stop());

const run = (args: string[], options: RunOptions = {}): Promise<Ran> =>
  invoq(args, { ...options, env: { INVOQ_URL: stack.url, ...options.env } });
const json = async <T>(args: string[], options?: RunOptions): Promise<T> =>
  JSON.parse((await run([...args, '--json'], options)).stdout) as T;

async function submitted(name: string, data: unknown): Promise<string> {
  const { stdout } = await run(['submit', name, '--data', JSON.stringify(data)]);
  expect(stdout.trim()).toMatch(ID);
  return stdout.trim();
}

test('invoke prints the result; data come from the line, a file or stdin', async () => {
  const file = join(scratchDir('cli'), 'data.json');
  writeFileSync(file, '{"x":2,"y":3}');
  expect(await run(['invoke', 'add', '--data', '{"x":1,"y":2}'])).toEqual({ code: 0, stdout: '3\n', stderr: '' });
  expect((await run(['invoke', 'add', '-d', `@${file}`])).stdout).toBe('5\n');
  expect((await run(['invoke', 'add', '-d', '-'], { input: '{"x":4,"y":5}' })).stdout).toBe('9\n');
});

test('a function that fails is exit code 1, with its message and what to do next', async () => {
  const { code, stdout, stderr } = await run(['invoke', 'fails']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/FUNCTION_ERROR: .*no such thing[\s\S]*invoq logs [0-9a-f-]{36}/);
  const answer = JSON.parse((await run(['invoke', 'fails', '--json'])).stderr) as { exitCode: number; error: object };
  expect(answer).toMatchObject({ exitCode: 1, error: { type: 'FUNCTION_ERROR', started: true } });
});

test('submit, get, result, logs, list, find and cancel follow one call', async () => {
  const requestID = await submitted('slow', { ms: 300 });
  expect((await run(['result', requestID, '--wait', '30s'])).stdout).toBe('300\n');
  expect((await run(['logs', requestID])).stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} began\n$/);
  expect(await json(['get', requestID])).toMatchObject({ requestID, status: 'succeeded', function: 'slow' });
  expect((await run(['get', requestID])).stdout).toMatch(/status +succeeded/);
  expect(await json(['find', requestID.slice(0, 13)])).toMatchObject({ invocations: [{ requestID }], more: false });
  const listed = await run(['list', '-f', 'slow', '--status', 'succeeded', '--since', '1h']);
  expect(listed.stdout).toMatch(/^REQUESTID +FUNCTION +STATUS/);
  expect(listed.stdout).toContain(requestID);
  const other = await submitted('slow', { ms: 60_000 });
  expect((await run(['cancel', other])).code).toBe(0);
  const cancelled = await run(['result', other, '--wait', '20s']);
  expect(cancelled.code).toBe(3);
  expect(cancelled.stderr).toContain('CANCELLED');
});

test('list and find narrow down: errors, run time, worker, the newest failures', async () => {
  const [long, failed] = [await submitted('slow', { ms: 700 }), await submitted('fails', {})];
  await run(['result', long, '--wait', '30s']);
  await run(['result', failed, '--wait', '30s']);
  const listed = async (...args: string[]): Promise<string[]> =>
    (await json<{ invocations: { requestID: string }[] }>(['list', '-n', '100', ...args])).invocations.map(
      ({ requestID }) => requestID,
    );
  expect(await listed('--min-run', '500ms')).toContain(long);
  expect(await listed('--min-run', '500ms')).not.toContain(failed);
  expect((await listed('--has-error'))[0]).toBe(failed);
  expect((await listed('--function', 'fails', '--newest-failed'))[0]).toBe(failed);
  expect(await listed('--request-id', failed.slice(0, 18))).toEqual([failed]);
  const { workerID } = await json<{ workerID: string }>(['get', failed]);
  expect(await listed('--worker', workerID)).toEqual(expect.arrayContaining([long, failed]));
  expect((await run(['find', '--has-error', '--worker', workerID])).stdout).toMatch(
    new RegExp(`${failed} +fails +failed .* FUNCTION_ERROR`),
  );
  const { code, stderr } = await run(['list', '--newest-failed']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('order');
});

test('a wait has an end: exit code 5, and how to go on', async () => {
  const requestID = await submitted('slow', { ms: 60_000 });
  const { code, stderr } = await run(['result', requestID, '--wait', '1s']);
  expect(code).toBe(5);
  expect(stderr).toContain(`invoq result ${requestID} --wait`);
  const followed = await run(['logs', '-f', requestID, '--for', '500ms']);
  expect(followed.code).toBe(5);
  await run(['cancel', requestID]);
});

test('logs -f ends with the call; Ctrl-C ends a wait with 130 and says that the call goes on', async () => {
  const requestID = await submitted('slow', { ms: 1_000 });
  const followed = await run(['logs', '-f', requestID]);
  expect(followed).toMatchObject({ code: 0, stdout: expect.stringContaining('began') });
  const stopped = await run(['submit', 'slow', '-d', '{"ms":60000}', '--wait'], { stopAt: 'waiting' });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toMatch(/It goes on\. Its result: invoq result [0-9a-f-]{36}/);
});

test('what a function printed or returned moves no terminal', async () => {
  const requestID = await submitted('paints', {});
  const result = await run(['result', requestID, '--wait', '20s']);
  const logs = await run(['logs', requestID]);
  expect(result.stdout + logs.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  expect(logs.stdout).toContain('\\x1b[31mred\\x07');
});

test('a batch writes each result, and goes on where it stopped, without a second run', async () => {
  const file = join(scratchDir('cli'), 'calls.ndjson');
  const lines = Array.from({ length: 40 }, (_, x) => ({ function: x % 10 === 9 ? 'fails' : 'add', data: { x, y: 1 } }));
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const first = await run(['batch', file]);
  expect(first).toMatchObject({ code: 1, stdout: `36 succeeded, 4 failed, 0 refused. Results: ${file}.results\n` });
  const kept = readFileSync(`${file}.results`, 'utf8').trim().split('\n');
  const written = kept.map((line) => JSON.parse(line) as { line?: number; status?: string; data?: unknown });
  expect(
    written
      .filter(({ status }) => status === 'succeeded')
      .map(({ line, data }) => [line, data])
      .sort(byFirst),
  ).toEqual(lines.flatMap(({ function: name, data }, at) => (name === 'add' ? [[at + 1, data.x + 1]] : [])));
  // As a crash leaves it: half of it gone, the last line cut.
  writeFileSync(`${file}.results`, `${kept.slice(0, 60).join('\n')}\n{"line":40,"req`);
  const before = (await json<{ invocations: unknown[] }>(['find', '-n', '1000'])).invocations.length;
  expect((await run(['batch', file])).stdout).toBe(first.stdout);
  expect((await json<{ invocations: unknown[] }>(['find', '-n', '1000'])).invocations).toHaveLength(before);
  writeFileSync(file, '{"function":"add","data":{}}');
  expect(await run(['batch', file])).toMatchObject({ code: 2, stderr: expect.stringContaining('has changed since') });
});

test('wrong use is exit code 2, says the rule, and makes no call', async () => {
  const file = join(scratchDir('cli'), 'bad.ndjson');
  writeFileSync(file, '{"function":"add"}\nnonsense\n');
  const wrong = await Promise.all([
    run(['lst']),
    run(['invoke', 'add', '--data', '{x:1}']),
    run(['list', '--status', 'dead']),
    run(['result', 'x', '--wait', 'soon']),
    run(['batch', file]),
    run(['bulk', 'cancel'], { env: { INVOQ_URL: NOBODY } }),
    run(['invoke', 'add', '--url', 'here']),
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 4, 2]);
  expect(wrong[0].stderr).toContain('Did you mean list?');
  expect(wrong[1].stderr).toContain('--data is not JSON');
  expect(wrong[2].stderr).toContain('succeeded');
  expect(wrong[4].stderr).toContain(`${file}:2: not JSON`);
});

test('refusals and silence have exit codes of their own', async () => {
  const unknown = await run(['invoke', 'nobody']);
  expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('invoq functions') });
  const away = await run(['functions'], { env: { INVOQ_URL: NOBODY } });
  expect(away).toMatchObject({ code: 4, stderr: expect.stringContaining('invoq doctor') });
});

test('a pipe that closes early is no fault', async () => {
  const { code, stderr } = await run(['completion', 'bash'], { closes: true });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('login keeps a profile for its owner alone, and its key goes to its URL alone', async () => {
  const home = scratchDir('cli-login');
  const env = { HOME: home };
  expect(await run(['login', '--key-stdin'], { env, input: 'app.secret\n' })).toMatchObject({ code: 0 });
  const file = join(home, '.config', 'invoq', 'profile.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: stack.url, key: 'app.secret' });
  expect((await invoq(['invoke', 'add', '-d', '{"x":1,"y":1}'], { env })).stdout).toBe('2\n');
  expect((await run(['login', '--out'], { env })).stdout).toContain('is gone');
});

test('functions, workers, queues and doctor say how the system is', async () => {
  expect((await run(['functions'])).stdout).toMatch(/broken .*does not load: .*broken\.js:2/);
  expect(await json(['workers'])).toMatchObject({ workers: [{ state: 'ready' }] });
  expect((await run(['queues'])).stdout).toMatch(/default +async/);
  const { code, stdout } = await run(['doctor', '--json'], { env: { REDIS_URL: stack.redis.url } });
  const answer = JSON.parse(stdout) as {
    ok: boolean;
    checks: { name: string; state: string; message: string; next?: string }[];
  };
  expect({ code, ok: answer.ok }).toEqual({ code: 1, ok: false });
  const named = (name: string): string[] =>
    answer.checks.filter((each) => each.name === name).map(({ state }) => state);
  expect([named('node'), named('redis.version'), named('api'), named('clock.redis')]).toEqual([
    ['ok'],
    ['ok'],
    ['ok'],
    ['ok'],
  ]);
  const broken = answer.checks.find(({ message }) => message.startsWith('broken does not load'));
  expect(broken).toMatchObject({ state: 'fail', message: expect.stringMatching(/broken\.js:2/) });
  expect(answer.checks.filter(({ state, next }) => state !== 'ok' && next === undefined)).toEqual([]);
  const away = await run(['doctor'], { env: { INVOQ_URL: NOBODY, REDIS_URL: 'redis://127.0.0.1:1' } });
  expect(away.code).toBe(1);
  expect(away.stdout).toMatch(/fail +redis[\s\S]*fail +api +nobody answers/);
});

test('doctor finds clocks that differ, a full disk, and what is no folder', async () => {
  const skew = join(scratchDir('cli-skew'), 'skew.cjs');
  writeFileSync(skew, 'const { now } = Date; Date.now = () => now() + Number(process.env.SKEW_MS);');
  const env = { REDIS_URL: stack.redis.url, NODE_OPTIONS: `--require ${skew}` };
  const found = async (more: Record<string, string>) => {
    const { checks } = JSON.parse((await run(['doctor', '--json'], { env: { ...env, ...more } })).stdout) as {
      checks: { name: string; state: string; message: string; next?: string }[];
    };
    return Object.fromEntries(checks.map((check) => [check.name, check]));
  };
  // Nothing is free in /proc.
  const behind = await found({ SKEW_MS: '30000', INVOQ_DATA: '/proc/invoq', INVOQ_BLOBS: '/etc/hosts' });
  const next = expect.stringContaining('time service');
  for (const name of ['clock.api', 'clock.redis'])
    expect(behind[name]).toMatchObject({ state: 'warn', message: expect.stringMatching(/(29|30).* behind/), next });
  expect(behind['disk.data']).toMatchObject({ state: 'fail', next: expect.stringContaining('INVOQ_DATA') });
  expect(behind['disk.blobs']).toMatchObject({ state: 'fail', message: '/etc/hosts is no folder' });
  const ahead = await found({ SKEW_MS: '-600000' });
  for (const name of ['clock.api', 'clock.redis'])
    expect(ahead[name]).toMatchObject({ state: 'fail', message: expect.stringMatching(/(9m|10m).* ahead of/), next });
  expect(ahead['disk.data'].state).not.toBe('fail');
});

function byFirst([one]: unknown[], [other]: unknown[]): number {
  return Number(one) - Number(other);
}
