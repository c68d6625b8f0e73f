/** One call never reaches into the next one of its process: the process is as it was, or it is another one. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor } from '../executor';
import { answerOf, code, executor, result, run, texts, until } from '../fixtures/stand';

const dir = mkdtempSync(join(tmpdir(), 'invoq-next-call-'));
// Sandboxes may run as other users.
chmodSync(dir, 0o777);

let on: Executor;
beforeAll(async () => {
  on = executor();
  await on.start([128]);
});
afterAll(async () => {
  await on.stop(0);
  rmSync(dir, { recursive: true });
});

interface Seen {
  pid: number;
  seen: unknown;
}

/** `deed` is done in the first call; `look` is an expression that both calls answer, the first before its deed. */
async function twice(deed: string, look: string): Promise<[Seen, Seen]> {
  const program = code(`exports.main = async (event) => {
    const told = { pid: process.pid, seen: ${look} };
    if (event.act) { ${deed} }
    return told;
  }`);
  return [await result(on, program, { act: true }), await result(on, program, {})] as [Seen, Seen];
}

describe('is put back, in the same process:', () => {
  it.each([
    ['the working directory', `process.chdir('/tmp')`, 'process.cwd()'],
    ['the umask', `process.umask(0o777)`, 'process.umask()'],
    [
      'listeners of signals',
      `process.on('SIGTERM', () => 0); process.on('SIGUSR2', () => 0)`,
      `[process.listenerCount('SIGTERM'), process.listenerCount('SIGUSR2')]`,
    ],
    [
      'listeners that were removed',
      `process.removeAllListeners('SIGTERM'); process.removeAllListeners('uncaughtException')`,
      `[process.listenerCount('SIGTERM'), process.listenerCount('uncaughtException')]`,
    ],
    ['the depth of stacks', 'Error.stackTraceLimit = 0', 'Error.stackTraceLimit'],
    ['the number of listeners', `require('events').defaultMaxListeners = 1`, `require('events').defaultMaxListeners`],
    ['the exit code', 'process.exitCode = 3', 'process.exitCode ?? null'],
    [
      'the indentation of console',
      'console.group(); console.group()',
      'Object.getOwnPropertySymbols(console).map((s) => console[s]).filter((v) => v === "    ").length',
    ],
  ])('%s', async (_, deed, look) => {
    const [first, second] = await twice(deed, look);
    expect(second).toEqual(first);
  });
});

describe('costs the process, and the next call has a clean one:', () => {
  it.each([
    ['fetch', 'globalThis.fetch = () => 1', 'fetch.name'],
    ['Date', 'globalThis.Date = class Mock extends Date {}', 'Date.name'],
    ['Date.now', 'Date.now = () => 1', 'Date.now() > 5'],
    ['Math.random', 'Math.random = () => 0.5', 'Math.random() !== Math.random()'],
    ['console.log', 'console.log = () => 0', 'String(console.log).length'],
    ['process.stdout.write', 'process.stdout.write = () => true', 'String(process.stdout.write).length'],
    ['a method of arrays', 'Array.prototype.first = function () { return this[0] }', 'typeof [].first'],
    ['a method that stands', 'Array.prototype.flatMap = () => 1', 'typeof [1].flatMap((x) => [x])'],
    ['a global', 'globalThis.left = 1', 'typeof left'],
    ['JSON.stringify', 'JSON.stringify = () => "1"', 'JSON.stringify(2)'],
    ['open descriptors', 'for (let i = 0; i < 100; i++) require("fs").openSync("/dev/null")', '0'],
    ['a thread', 'new (require("worker_threads").Worker)("setInterval(() => 0, 50)", { eval: true })', '0'],
    ['a thread that is unref’d', 'new (require("worker_threads").Worker)("for (;;);", { eval: true }).unref()', '0'],
  ])('%s', async (_, deed, look) => {
    const [first, second] = await twice(deed, look);
    expect(second.pid).not.toBe(first.pid);
    expect(second.seen).toEqual(first.seen);
  });

  it('hidden globals are found within a hundred calls, too', async () => {
    const program = code(`exports.main = async ({ n }) => {
      if (n === 5) Object.defineProperty(globalThis, 'left', { value: 1 });
      return process.pid;
    }`);
    const pids = new Set<number>();
    for (let n = 0; n < 130; n++) pids.add((await result(on, program, { n })) as number);
    expect(pids.size).toBe(2);
  });
});

describe('costs no process:', () => {
  it('what a library sets up in each first call, from the third process on', async () => {
    const program = code(`let ready = false;
      exports.main = async () => {
        if (!ready) { ready = true; globalThis.__library = {}; const { fetch } = globalThis; globalThis.fetch = (...args) => fetch(...args); }
        return process.pid;
      }`);
    const pids: number[] = [];
    for (let n = 0; n < 8; n++) pids.push((await result(on, program, {})) as number);
    expect(new Set(pids.slice(0, 3)).size).toBe(3);
    expect(new Set(pids.slice(2)).size).toBe(1);
  });

  it('hidden globals that the first call adds, as polyfills do', async () => {
    const program = code(
      `exports.main = async () => { Object.defineProperty(globalThis, '__shared__', { value: 1, configurable: true }); globalThis[Symbol.for('api')] = 1; return process.pid }`,
    );
    const pids = new Set<number>();
    for (let n = 0; n < 120; n++) pids.add((await result(on, program, {})) as number);
    expect(pids.size).toBe(1);
  });

  it('what a later call replaces is no library’s way, however often', async () => {
    const program = code(
      `let n = 0; exports.main = async () => { if (++n === 2) Math.random = () => 0; return process.pid }`,
    );
    const pids: number[] = [];
    for (let n = 0; n < 8; n++) pids.push((await result(on, program, {})) as number);
    expect(new Set(pids).size).toBe(4);
  });

  it('globals of Node that make themselves, fetch, and a few open files', async () => {
    const program = code(
      `exports.main = async () => {
      void [Blob, crypto, ReadableStream, WebSocket = 1, structuredClone({}), performance.now(), navigator = 1].length;
      await fetch('http://127.0.0.1:9').catch(() => 0);
      require('fs').openSync('/dev/null');
      return process.pid;
    }`
        .replace('WebSocket = 1, ', '')
        .replace(', navigator = 1', ''),
    );
    const pids = new Set<number>();
    for (let n = 0; n < 12; n++) pids.add((await result(on, program, {})) as number);
    expect(pids.size).toBe(1);
  });
});

describe('what a timer of an earlier call', () => {
  /** `what`: of the first call. With `untilBomb` a call goes on for a while after `bomb()` has thrown. */
  const LATE = (what: string): string => `let call = 0, answered = false, exploded = false;
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());
    const bomb = () => { exploded = true; throw new Error('bomb'); };
    exports.main = async ({ ms, untilBomb }) => {
      const mine = ++call;
      if (mine === 1) { ${what} }
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      while (untilBomb && !exploded) await pause(5);
      await pause(ms);
      console.log('line of call ' + mine);
      answered = true;
      return process.pid;
    }`;
  /** A timer of the first call that does its `deed` when `holds`. */
  const WHEN = (holds: string, deed: string): string =>
    `const timer = setInterval(() => { if (${holds}) { clearInterval(timer); return (${deed})(); } }, 5).unref();`;

  it.each([
    ['throws', WHEN('call === 2', 'bomb')],
    ['rejects', WHEN('call === 2', 'async () => { await null; bomb() }')],
    ['rejects much later', WHEN('call === 2', 'async () => { await sleep(20); bomb() }')],
  ])('%s does not end the call at hand, and costs the process', async (_, what) => {
    const program = code(LATE(what));
    const first = (await result(on, program, { ms: 1 })) as number;
    const second = await run(on, program, { ms: 50, untilBomb: true });
    expect(answerOf(second)).toBe(first);
    expect(texts(second)).toEqual(['line of call 2']);
    expect(await result(on, program, { ms: 1 })).not.toBe(first);
  });

  it('begins between two calls does not end the second', async () => {
    const begun = join(dir, 'begun');
    const later = `async () => {
      require('fs').writeFileSync('${begun}', '');
      while (call === 1) await sleep(5);
      bomb();
    }`;
    const program = code(LATE(WHEN('answered', later)));
    const first = (await result(on, program, { ms: 1 })) as number;
    await until('it has begun', () => existsSync(begun));
    const second = await run(on, program, { ms: 50, untilBomb: true });
    expect(answerOf(second)).toBe(first);
    expect(await result(on, program, { ms: 1 })).not.toBe(first);
  });

  it('prints is not in the log of the call at hand', async () => {
    const program = code(
      LATE(
        `setInterval(() => console.log('tick'), 10).unref(); setInterval(async () => { await null; console.log('tock') }, 10).unref()`,
      ),
    );
    const first = (await result(on, program, { ms: 50 })) as number;
    const second = await run(on, program, { ms: 200 });
    expect(answerOf(second)).toBe(first);
    expect(texts(second)).toEqual(['line of call 2']);
  });

  it('of the module prints belongs to whichever call is at hand', async () => {
    const program = code(
      `setInterval(() => console.log('tick'), 10).unref(); exports.main = () => new Promise((r) => setTimeout(r, 200))`,
    );
    await run(on, program);
    expect(texts(await run(on, program))).toContain('tick');
  });
});

describe('half a character at the end of a call', () => {
  it.each([
    ['through process.stdout', 'process.stdout.write(half)'],
    ['through the descriptor', 'require("fs").writeSync(1, half)'],
  ])('%s stays with its call', async (_, write) => {
    const program = code(
      `exports.main = async ({ act }) => { const half = Buffer.from('😀').subarray(0, 2); if (act) { ${write} } else console.log('hi'); return process.pid }`,
    );
    const first = await run(on, program, { act: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await run(on, program, {});
    expect(texts(first)).toEqual(['�']);
    expect(texts(second)).toEqual(['hi']);
    expect(answerOf(second)).toBe(answerOf(first));
  });
});

it('an idle connection that breaks with an error nobody hears does not end the call at hand', async () => {
  const program = code(`
    const net = require('net'), { EventEmitter } = require('events');
    let client;
    exports.main = async ({ port, untilBroken }) => {
      if (!client) {
        client = new EventEmitter();
        await new Promise((resolve) => { client.socket = net.connect(port, '127.0.0.1', resolve).on('error', (e) => client.emit('error', e)); });
      }
      console.log('here');
      while (untilBroken && !client.socket.destroyed) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, untilBroken ? 50 : 1));
      return process.pid;
    }`);
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const first = (await result(on, program, { port })) as number;
  await until('the client is there', () => sockets.length === 1);
  const ran = await run(on, program, { port, untilBroken: true }, {}, { onLog: () => sockets[0].resetAndDestroy() });
  server.close();
  expect(answerOf(ran)).toBe(first);
  expect(
    await result(on, program, { port: 1 }, { limitMs: 500 }).catch(() => 'another process, without a client'),
  ).not.toBe(first);
});
