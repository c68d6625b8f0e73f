/** A process ends in order, in time, and once. Two tests end a real process. */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { onShutdown, type Shutdown, type ShutdownStep } from './shutdown';

class Process extends EventEmitter {
  exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
    this.emit('exit', code);
  }
}

let proc: Process;
let shutdown: Shutdown;
let lines: string[];
const note = (_: object, message: string): void => void lines.push(message);
const log = { info: note, warn: note, fatal: note };

beforeEach(() => {
  proc = new Process();
  lines = [];
});
afterEach(() => shutdown.dispose());

function arrange(steps: ShutdownStep[], graceMs = 1_000): void {
  shutdown = onShutdown({ log, graceMs, steps, process: proc });
}

const quick = (name: string, done: string[]): ShutdownStep => ({ name, limitMs: 500, run: () => void done.push(name) });
const hanging: ShutdownStep = { name: 'hangs', limitMs: 50, run: () => new Promise(() => undefined) };

test.each(['SIGTERM', 'SIGINT'])('%s takes the steps in order and exits with 0', async (signal) => {
  const done: string[] = [];
  arrange([quick('a', done), quick('b', done)]);
  proc.emit(signal);
  expect(shutdown.draining).toBe(true);
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['a', 'b'], [0]]);
});

test('a step that hangs or fails does not keep the next one, and is told', async () => {
  const done: string[] = [];
  const fails: ShutdownStep = { name: 'fails', limitMs: 50, run: () => Promise.reject(new Error('no')) };
  const throws: ShutdownStep = {
    name: 'throws',
    limitMs: 50,
    run: () => {
      throw new Error('no');
    },
  };
  arrange([hanging, fails, throws, quick('last', done)]);
  proc.emit('SIGTERM');
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['last'], [1]]);
  expect(lines.filter((line) => line.startsWith('shutdown step'))).toEqual([
    'shutdown step took too long',
    'shutdown step failed',
    'shutdown step failed',
  ]);
});

test('all steps together get the grace and no more', async () => {
  const done: string[] = [];
  const slow: ShutdownStep = { ...hanging, limitMs: 60_000 };
  arrange([slow, slow, slow, quick('last', done)], 100);
  const start = performance.now();
  proc.emit('SIGTERM');
  await once(proc, 'exit');
  expect(performance.now() - start).toBeLessThan(1_000);
  expect([done, proc.exits]).toEqual([['last'], [1]]);
});

test('signals within a second are one wish, of one kind or of several', async () => {
  arrange([{ ...hanging, limitMs: 5_000 }], 5_000);
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGTERM']) proc.emit(signal);
  await new Promise((resolve) => setTimeout(resolve, 500));
  proc.emit('SIGTERM');
  expect(proc.exits).toEqual([]);
});

test.each(['SIGTERM', 'SIGINT'])('a %s more than a second after the first exits at once with 1', async (signal) => {
  arrange([{ ...hanging, limitMs: 5_000 }], 5_000);
  proc.emit('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(proc.exits).toEqual([]);
  proc.emit(signal);
  expect(proc.exits).toEqual([1]);
});

test('a launcher that is gone is a wish to stop, also when it was gone before', async () => {
  const done: string[] = [];
  arrange([quick('a', done)]);
  proc.emit('disconnect');
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['a'], [0]]);

  proc = Object.assign(new Process(), { connected: false });
  arrange([quick('b', done)]);
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['a', 'b'], [0]]);
});

test.each(['uncaughtException', 'unhandledRejection'])('%s is logged and drains, to exit with 1', async (event) => {
  const done: string[] = [];
  arrange([quick('a', done)]);
  proc.emit(event, 'not even an error');
  proc.emit(event, new Error('another'));
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['a'], [1]]);
  expect(lines.slice(0, 2)).toEqual([expect.stringMatching(/^u/), 'shutting down']);
});

test('a log that fails keeps nothing from ending', async () => {
  const broken = (): void => {
    throw new Error('EPIPE');
  };
  const done: string[] = [];
  shutdown = onShutdown({
    log: { info: broken, warn: broken, fatal: broken },
    graceMs: 500,
    steps: [quick('a', done)],
    process: proc,
  });
  proc.emit('SIGTERM');
  await once(proc, 'exit');
  expect([done, proc.exits]).toEqual([['a'], [1]]);
});

describe('a real process', () => {
  const { code } = transformFileSync(join(__dirname, 'shutdown.ts'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const script = `${code}
    const log = { info() {}, warn() {}, fatal(f, m) { console.log(m); } };
    const steps = [{ name: 'hangs', limitMs: 60000, run: () => new Promise(() => {}) }];
    exports.onShutdown({ log, graceMs: 300, steps });
    setInterval(() => {}, 1000);`;

  async function exitCode(then: string, act: (child: ReturnType<typeof spawn>) => void): Promise<unknown> {
    const child = spawn(process.execPath, ['-e', `${script}\n${then};console.log('up')`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    act(child);
    const [exited] = (await once(child, 'exit')) as [number | null];
    return exited;
  }

  test('is gone after the grace though a step hangs', async () => {
    const start = performance.now();
    expect(await exitCode('', (child) => child.kill('SIGTERM'))).toBe(1);
    expect(performance.now() - start).toBeLessThan(2_300);
  });

  test('dies of an unhandled rejection in order', async () => {
    expect(await exitCode('Promise.reject(new Error("lost"))', () => undefined)).toBe(1);
  });
});
