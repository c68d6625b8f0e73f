/** A sandbox is kept for the same version of the same function only, and only as long as a call leaves nothing behind. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Run } from '../call/call';
import type { Executor } from '../executor';
import { answerOf, call, code, executor, fixture, isAlive, result, run, until } from '../fixtures/stand';

let on: Executor;
let server: Server;
let port: number;
beforeAll(async () => {
  process.env.REDIS_URL = 'redis://:secret@127.0.0.1:6379';
  on = executor({ slots: 3, spares: 2, inheritedEnv: { ...process.env, INVOQ_SECRET: 'mine' } });
  await on.start([128]);
  server = createServer((request, response) => request.url !== '/never' && response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  delete process.env.REDIS_URL;
  await on.stop(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the process', () => {
  const pidOf = async (more = {}): Promise<number> => (await result(on, fixture('tells.cjs', more))).pid as number;

  it('is the same for the same version, and another for another version, name or env', async () => {
    const pid = await pidOf();
    expect(await pidOf()).toBe(pid);
    const others = [await pidOf({ env: 'other' }), await pidOf({ name: 'other' }), await pidOf({ version: '2' })];
    expect(new Set([pid, ...others]).size).toBe(4);
  });

  it('of an older version is closed when a newer one is called', async () => {
    const old = await pidOf({ name: 'versioned', version: '1' });
    await pidOf({ name: 'versioned', version: '2' });
    await until('the old process is gone', () => !isAlive(old));
  });

  it('of a retired function is closed: the idle one now, the busy one after its call', async () => {
    const program = fixture('leaks.cjs', { name: 'retiring' });
    const idle = (await result(on, program, { what: 'nothing' })) as number;
    on.retire('default', 'retiring');
    await until('the idle one is gone', () => !isAlive(idle));
    const waits = code(
      `exports.main = () => { console.log('here'); return new Promise((r) => setTimeout(r, 300, process.pid)); }`,
      { name: 'retiring' },
    );
    let running: Promise<Run> | undefined;
    await new Promise<void>((begun) => {
      running = run(on, waits, {}, {}, { onLog: () => begun() });
    });
    on.retire('default', 'retiring');
    const busy = answerOf(await running!) as number;
    await until('the busy one is gone', () => !isAlive(busy));
  });

  it('serves so many calls and no more', async () => {
    const short = executor({ maxCallsPerSandbox: 3 });
    await short.start([128]);
    const pids: number[] = [];
    for (let i = 0; i < 6; i++) pids.push((await result(short, fixture('tells.cjs'))).pid as number);
    await short.stop(0);
    expect(new Set(pids.slice(0, 3)).size).toBe(1);
    expect(new Set(pids.slice(3)).size).toBe(1);
    expect(pids[3]).not.toBe(pids[0]);
  });

  it('has the variables of its call alone', async () => {
    const program = fixture('tells.cjs', { environment: { OF_THE_PROGRAM: 'p', BOTH: 'program' } });
    const one = await result(on, program, {}, { environment: { ONE: '1', BOTH: 'call', PATH: '/changed' } });
    const two = await result(on, program, {}, { environment: { TWO: '2' } });
    expect(two.pid).toBe(one.pid);
    expect(one.variables).toMatchObject({ OF_THE_PROGRAM: 'p', BOTH: 'call', ONE: '1', PATH: '/changed' });
    expect(two.variables).toMatchObject({ OF_THE_PROGRAM: 'p', BOTH: 'program', TWO: '2', PATH: process.env.PATH });
    expect(two.variables.ONE).toBeUndefined();
    expect(two.variables.SET_BY_A_CALL).toBeUndefined();
    const names = Object.keys(two.variables as object).sort();
    expect(
      names.filter((name) => !/^(PATH|HOME|LANG|LC_ALL|TZ|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_.*)$/.test(name)),
    ).toEqual(['BOTH', 'INVOQ_SANDBOX', 'OF_THE_PROGRAM', 'TWO']);
    expect(two.send).toBe('undefined');
  });
});

describe('process.env', () => {
  const ONE = { environment: { OWN: '1' } };
  const of = (n: number): object => ({ environment: { ONE: `${n}` } });

  it('is of the call that asks, however long nobody has asked', async () => {
    const program = code('exports.main = (e) => e.ask ? process.env.OWN + process.env.ONE : 0', ONE);
    await result(on, program, {}, of(1));
    await result(on, program, {}, of(2));
    expect(await result(on, program, { ask: true }, of(3))).toBe('13');
    await result(on, program, {}, of(4));
    expect(await result(on, program, { ask: true }, of(5))).toBe('15');
  });

  it.each([
    ['kept at load', 'const { env } = process; exports.main = () => env.ONE'],
    ['kept by the first call', 'let env; exports.main = () => (env ??= process.env).ONE'],
    ['given to a child', `exports.main = () => String(require('child_process').execSync('printf $ONE'))`],
    ['copied', 'exports.main = () => ({ ...process.env }).ONE'],
    [
      'asked for by code that makes stacks of its own',
      `Error.prepareStackTrace = (_, sites) => (process.env, String(sites)); exports.main = () => process.env.ONE`,
    ],
    ['asked for without stacks', 'Error.stackTraceLimit = 0; exports.main = () => process.env.ONE'],
    [
      'asked for by a module that a call loads',
      `const { mkdtempSync, writeFileSync } = require('fs');
       const file = mkdtempSync(require('os').tmpdir() + '/invoq-env-') + '/asks.cjs';
       writeFileSync(file, 'exports.env = process.env');
       exports.main = () => require(file).env.ONE`,
    ],
    ['replaced', 'exports.main = () => { process.env = { ...process.env }; return process.env.ONE }'],
  ])('%s has the variables of each call', async (_, text) => {
    const program = code(text);
    expect(await result(on, program, {}, of(1))).toBe('1');
    expect(await result(on, program, {}, of(2))).toBe('2');
  });

  // The time zone shows it: it changes when the variable is set.
  it.each([
    ['CommonJS', () => fixture('never-asks.cjs')],
    ['an ES module', () => fixture('never-asks.mjs')],
  ])(
    'is not set for calls of a function that never asks, though Node asks for modules with a source map: %s',
    async (_, program) => {
      const made = program();
      const hourIn = (TZ: string): Promise<unknown> => result(on, made, {}, { environment: { TZ } });
      expect(await hourIn('Asia/Tokyo')).toBe(await hourIn('America/New_York'));
    },
  );

  it('loses what a call has set, and has back what it has deleted or changed', async () => {
    const program = code(
      `exports.main = () => { const { OWN, ONE, NEW, PATH } = process.env;
         delete process.env.OWN; process.env.ONE = 'x'; process.env.NEW = 'y'; process.env.PATH += ':/more';
         return [OWN, ONE, NEW, PATH === process.env.PATH.slice(0, -6)] }`,
      ONE,
    );
    for (const n of [1, 2]) expect(await result(on, program, {}, of(n))).toEqual(['1', `${n}`, null, true]);
    expect(await result(on, program, {}, of(3))).toEqual(['1', '3', null, true]);
  });

  it('keeps the time zone that the function is given', async () => {
    const program = code(`exports.main = () => new Date(0).getHours()`, { environment: { TZ: 'Asia/Shanghai' } });
    expect([await result(on, program), await result(on, program)]).toEqual([8, 8]);
  });
});

describe('after a call that', () => {
  const pidAfter = async (what: string, isOver: boolean): Promise<[number, number]> => {
    const program = fixture('leaks.cjs', { version: what });
    let first = 0;
    await new Promise<void>((onOver) => {
      void run(on, program, { what, port }, {}, { onOver }).then((ran) => {
        first = answerOf(ran) as number;
        if (!isOver) onOver();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [first, (await result(on, program, { what: 'nothing' })) as number];
  };

  it.each(['nothing', 'unrefTimer', 'keepAlive', 'fetches', 'client', 'file'])(
    '%s: the process is kept',
    async (what) => {
      const [first, next] = await pidAfter(what, true);
      expect(next).toBe(first);
    },
  );

  it.each(['interval', 'immediates', 'server', 'request', 'global', 'throwsLater', 'rejectsLater', 'child'])(
    '%s: the success stands, the next call has a clean process',
    async (what) => {
      const [first, next] = await pidAfter(what, false);
      expect(next).not.toBe(first);
      await until('the spoiled process is gone', () => !isAlive(first));
    },
  );

  it('goes on working: its process is not used again', async () => {
    const program = fixture('leaks.cjs', {
      name: 'spins',
      contract: 'minapp',
      format: 'compiled',
      code: 'exports.main = (e, callback) => { callback(null, process.pid); if (e.data.spin) for (;;); }',
    });
    const first = (await result(on, program, { spin: true }, { limitMs: 10_000 })) as number;
    expect(await result(on, program)).not.toBe(first);
    // Nobody waited for its end, which comes at the limit of its call.
    expect(isAlive(first)).toBe(true);
    await until('the spinning process is gone', () => !isAlive(first));
  });
});

describe('many functions', () => {
  it('never have more processes than slots and spares', async () => {
    for (let i = 0; i < 8; i++) {
      await result(on, fixture('tells.cjs', { name: `many${i}` }));
      const { busy, idle, spares } = on.stats();
      expect(busy + idle).toBeLessThanOrEqual(4);
      expect(spares).toBeLessThanOrEqual(2);
    }
    await until('room was made', () => on.stats().idle <= 3);
  });

  it('in parallel, beyond the slots: each has its turn', async () => {
    const calls = Array.from({ length: 40 }, (_, i) =>
      result(on, fixture('adds.cjs', { name: `p${i % 5}` }), { x: i, y: 1 }),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(on.stats().busy).toBe(0);
  });

  it('an idle process that dies is not handed out', async () => {
    const program = fixture('tells.cjs', { name: 'dies-idle' });
    const { pid } = await result(on, program);
    const { idle } = on.stats();
    process.kill(pid as number, 'SIGKILL');
    await until('its end is noticed', () => on.stats().idle < idle);
    expect((await run(on, program)).ending.outcome).toBe('succeeded');
  });

  it('a call keeps its own data', async () => {
    const made = call({ x: 'ä', y: '日本' });
    expect((await on.run(fixture('adds.cjs'), made)).ending).toEqual({ outcome: 'succeeded', result: '"ä日本"' });
  });
});
