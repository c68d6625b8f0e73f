/** What a function's child processes take is the function's: their memory and their number are limited. */
import type { Executor } from '../executor';
import { code, executor, fixture, isAlive, result, run, texts, until } from '../fixtures/stand';

let on: Executor;
beforeAll(async () => {
  on = executor({ maxProcesses: 8 });
  await on.start([128]);
});
afterAll(() => on.stop(0));

const isLinux = process.platform === 'linux';
const ifLinux = isLinux ? it : it.skip;

/** Children that fill so many MB each, and tell their pids. */
const kids = (count: number, megabytes: number, how: string): string => `
  const { spawn } = require('child_process');
  exports.main = () => new Promise(() => {
    for (let i = 0; i < ${count}; i++) {
      const fills = 'const b = []; for (let i = 0; i < ${megabytes}; i++) b.push(Buffer.alloc(1048576, 1)); setTimeout(() => b, 60000)';
      const kid = spawn(process.execPath, ['-e', fills], ${how});
      process.stdout.write(kid.pid + '\\n');
      kid.unref();
    }
  });`;

ifLinux.each([
  ['in its group', `{ stdio: 'ignore' }`],
  ['detached', `{ stdio: 'ignore', detached: true }`],
  ['with an empty environment', `{ stdio: 'ignore', detached: true, env: {} }`],
])(
  'the memory of children %s counts',
  async (_, how) => {
    const ran = await run(on, code(kids(3, 90, how)), {}, { limitMs: 30_000 });
    expect(ran.ending).toMatchObject({
      outcome: 'crashed',
      type: 'MEMORY_LIMIT',
      message: expect.stringMatching(/128 MB of memory \(with its \d+ child process/) as string,
    });
    expect(ran.peakRssMb).toBeGreaterThan(128);
    await until('the children are gone', () => !texts(ran).some((pid) => isAlive(Number(pid))));
    expect(await result(on, fixture('adds.cjs'), { x: 1, y: 2 })).toBe(3);
  },
  60_000,
);

ifLinux(
  'more processes than are allowed end the call, and all of them',
  async () => {
    const spawns = `
    const { spawn } = require('child_process');
    exports.main = () => new Promise(() => setInterval(() => process.stdout.write(spawn('sleep', ['60']).pid + '\\n'), 1));`;
    const ran = await run(on, code(spawns), {}, { limitMs: 20_000 });
    expect(ran.ending).toMatchObject({
      outcome: 'crashed',
      type: 'FUNCTION_CRASHED',
      message: expect.stringContaining('more than 8 processes') as string,
    });
    await until('they are gone', () => !texts(ran).some((pid) => isAlive(Number(pid))));
  },
  60_000,
);

/** What starts a child that fills 200 MB: the function itself, or a thread of its own. */
const fills = `
  require('child_process').spawn(process.execPath, ['-e', 'const b = []; for (let i = 0; i < 200; i++) b.push(Buffer.alloc(1048576, 1)); setTimeout(() => b, 60000)'], { stdio: 'ignore' })`;
const inThread = `
  const { Worker } = require('worker_threads');
  const thread = new Worker(${JSON.stringify(`require('worker_threads').parentPort.on('message', () => {${fills}})`)}, { eval: true })`;

ifLinux.each([
  ['the function itself', '', fills],
  ['a thread that it has had for long', inThread, 'thread.postMessage(1)'],
])(
  'what is started after seconds of quiet counts as soon: by %s',
  async (_, atFirst, then) => {
    const program = code(`exports.main = () => new Promise(() => {
      ${atFirst};
      setTimeout(() => { ${then}; }, 3000);
    });`);
    const { ending, runMs } = await run(on, program, {}, { limitMs: 60_000 });
    expect(ending).toMatchObject({ outcome: 'crashed', type: 'MEMORY_LIMIT' });
    expect(runMs).toBeGreaterThan(3_000);
    expect(runMs).toBeLessThan(15_000);
  },
  80_000,
);

ifLinux('a few small children are within both limits', async () => {
  const program = code(`
    const { spawn } = require('child_process');
    exports.main = () => new Promise((resolve) => {
      let left = 6;
      for (let i = 0; i < 6; i++) spawn('sleep', ['0.5']).on('exit', (code) => { if (--left === 0) resolve(code); });
    });`);
  expect(await result(on, program)).toBe(0);
});
