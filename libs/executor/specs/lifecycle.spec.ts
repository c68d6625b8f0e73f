/** Starting, stopping and dying: nothing is left behind, and no call is answered that had no end. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ExecutorStopped, SandboxUnavailable } from '../call/call';
import { CHILD_ENTRY, code, executor, fixture, isAlive, result, run, until } from '../fixtures/stand';

const dir = mkdtempSync(join(tmpdir(), 'invoq-lifecycle-'));
afterAll(() => rmSync(dir, { recursive: true }));

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const allChildren = (): number[] => {
  const list = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
};
/** Not of any executor: a compiler's service that an earlier file in this jest process has left. */
const strangers = new Set(allChildren());
const children = (): number[] => allChildren().filter((pid) => !strangers.has(pid));

describe('start', () => {
  it('brings up the spares of each class, once', async () => {
    const on = executor({ spares: 2 });
    await on.start([64, 128, 64]);
    expect(on.stats()).toEqual({ busy: 0, idle: 0, spares: 4, starting: 0, lingering: 0 });
    await on.stop(0);
  });

  it('is not needed for a call', async () => {
    const on = executor({ spares: 0 });
    expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
    await on.stop(0);
  });

  it('refills a spare after it was taken, and answers first calls from it', async () => {
    const on = executor({ spares: 1 });
    await on.start([128]);
    for (let i = 0; i < 3; i++) {
      expect(await result(on, fixture('adds.cjs', { name: `f${i}` }), { x: 1, y: 2 })).toBe(3);
      await until('the spare is back', () => on.stats().spares === 1);
    }
    await on.stop(0);
  });

  it('that cannot bring up a process says so, to calls as well', async () => {
    const on = executor({ childEntry: join(dir, 'missing.js'), users: undefined });
    await on.start([128]);
    await expect(run(on, fixture('adds.cjs'))).rejects.toThrow(SandboxUnavailable);
    expect(on.stats().busy).toBe(0);
    await on.stop(0);
  });
});

describe('stop', () => {
  it('leaves no process and no descriptor', async () => {
    const before = descriptors();
    const on = executor({ spares: 2 });
    await on.start([128]);
    await Promise.all([1, 2, 3, 4].map((i) => result(on, fixture('adds.cjs', { name: `f${i}` }), { x: 1, y: 2 })));
    await run(on, fixture('hangs.cjs'), { how: 'loop' }, { limitMs: 200 });
    await on.stop(0);
    expect(children()).toEqual([]);
    await until('descriptors are closed', () => descriptors() <= before);
  });

  it('waits for running calls, and takes no new ones', async () => {
    const on = executor();
    await on.start([128]);
    const goOn = join(dir, 'go-on');
    const program = code(`exports.main = async ({ goOn }) => {
      while (!require('fs').existsSync(goOn)) await new Promise((resolve) => setTimeout(resolve, 5));
      return 'done';
    }`);
    const running = result(on, program, { goOn }, { limitMs: 60_000 });
    await until('it runs', () => on.stats().busy === 1);
    const stopped = on.stop(60_000);
    await expect(run(on, fixture('adds.cjs'))).rejects.toThrow(ExecutorStopped);
    writeFileSync(goOn, '');
    expect(await running).toBe('done');
    await stopped;
  });

  it('leaves calls unanswered that outlast the grace, and those in line', async () => {
    const on = executor({ slots: 1 });
    await on.start([128]);
    const running = run(on, fixture('hangs.cjs'), { how: 'loop' });
    const inLine = run(on, fixture('adds.cjs'));
    await until('it runs', () => on.stats().busy === 1);
    const stopped = on.stop(200);
    await expect(inLine).rejects.toThrow(ExecutorStopped);
    await expect(running).rejects.toThrow(ExecutorStopped);
    await stopped;
    expect(children()).toEqual([]);
  });

  it('is hurried by a second one', async () => {
    const on = executor();
    await on.start([128]);
    // The first one alone would wait for as long as the call may take: longer than the test.
    const running = run(on, fixture('hangs.cjs'), { how: 'waits' }, { limitMs: 600_000 });
    running.catch(() => undefined);
    await until('it runs', () => on.stats().busy === 1);
    const stopped = on.stop(600_000);
    await Promise.all([stopped, on.stop(0)]);
    await expect(running).rejects.toThrow(ExecutorStopped);
  });
});

describe('a worker that is killed', () => {
  it('takes its sandboxes with it, busy ones too; what those had started goes when the next worker starts', async () => {
    const worker = join(dir, 'worker.js');
    buildSync({
      stdin: { contents: `export { Executor } from '../executor'`, resolveDir: __dirname, loader: 'ts' },
      outfile: join(dir, 'executor.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      alias: { '@invoq/contract': join(__dirname, '..', '..', 'contract') },
      logLevel: 'error',
    });
    const pids = join(dir, 'pids');
    const data = JSON.stringify({ how: 'loop', children: ['detached'], pids });
    const program = fixture('hangs.cjs');
    buildSync({
      stdin: {
        contents: `
          const { Executor } = require('./executor.js');
          const on = new Executor(${JSON.stringify({ slots: 2, spares: 1, childEntry: CHILD_ENTRY })});
          on.run(${JSON.stringify(program)}, { requestID: 'r', attempt: 1, mode: 'async', data: ${JSON.stringify(data)},
            limitMs: 60000, environment: {}, origin: { eventType: 'sdk' } });
          setInterval(() => undefined, 1000);`,
        resolveDir: dir,
      },
      outfile: worker,
      platform: 'node',
    });
    const killed = spawn(process.execPath, [worker], { stdio: 'ignore' });
    const started = (): number[] => {
      try {
        return JSON.parse(readFileSync(pids, 'utf8')) as number[];
      } catch {
        return [];
      }
    };
    await until('the function runs', () => started().length === 2);
    const [sandbox, detached] = started();
    killed.kill('SIGKILL');
    await until('the busy sandbox is gone', () => !isAlive(sandbox));
    expect(isAlive(detached)).toBe(true);
    const reports = (): string[] => readdirSync(tmpdir()).filter((name) => name.includes(`sandboxes-${killed.pid}.`));
    expect(reports()).toHaveLength(1);
    const next = executor();
    await next.start([128]);
    expect(reports()).toEqual([]);
    await until('its child is gone', () => !isAlive(detached));
    await next.stop(0);
  });
});
