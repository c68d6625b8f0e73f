/** Work left after the answer goes on as its contract has it, holds no slot, is bounded, and never ends without a line. */
import { mkdtempSync, existsSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '../call/call';
import type { Executor } from '../executor';
import { answerOf, call, code, executor, isAlive, result, texts, until } from '../fixtures/stand';

const dir = mkdtempSync(join(tmpdir(), 'invoq-lingering-'));
let on: Executor;
beforeAll(async () => {
  on = executor({ slots: 2 });
  await on.start([128]);
});
afterAll(async () => {
  await on.stop(0);
  rmSync(dir, { recursive: true });
});

let files = 0;
const newFile = (): string => join(dir, `file-${++files}`);

interface Followed {
  ran: Run;
  /** Until its answer, with the start of a process, ms. */
  tookMs: number;
  late: string[];
  /** Resolves when the call is over. */
  over: Promise<unknown>;
}

/** Runs it on `executor`, and listens until nothing of it is at work. */
async function follow(
  executor: Executor,
  program: ReturnType<typeof code>,
  data: unknown,
  limitMs = 10_000,
): Promise<Followed> {
  const late: string[] = [];
  let isOver = (): void => undefined;
  const over = new Promise<void>((resolve) => (isOver = resolve));
  const watch = { onLate: ({ text }: { text: string }) => late.push(text), onOver: isOver };
  const began = performance.now();
  const ran = await executor.run(program, call(data, { limitMs }), watch);
  return { ran, tookMs: performance.now() - began, late, over };
}

/** Work that the test ends by writing the file `goOn`, however long it takes to look at it. */
const UNTIL_TOLD = `const { file, goOn } = event.data ?? event;
  const work = setInterval(() => {
    if (!require('fs').existsSync(goOn)) return;
    clearInterval(work);
    console.log('done');
    require('fs').writeFileSync(file, '');
  }, 5)`;

/** Limit of a call whose end the test decides, ms. */
const LONG_MS = 60_000;

describe('after the answer', () => {
  it.each([
    ['cloudbase', 'a callback', `(event, context, callback) => { ${UNTIL_TOLD}; callback(null, process.pid) }`, 0],
    ['cloudbase', 'a plain value', `(event) => { ${UNTIL_TOLD}; return process.pid }`, 0],
    ['minapp', 'a callback', `(event, callback) => { ${UNTIL_TOLD}; callback(null, process.pid) }`, 0],
    [
      'minapp',
      'an async handler, for longer than a second',
      `async (event) => { ${UNTIL_TOLD}; return process.pid }`,
      1_500,
    ],
  ] as const)(
    '%s, %s: the answer goes out at once, the work goes on, its lines are kept',
    async (contract, _, handler, atLeastMs) => {
      const program = code(`exports.main = ${handler}`, { contract });
      const [file, goOn] = [newFile(), newFile()];
      const { ran, late, over } = await follow(on, program, { file, goOn }, LONG_MS);
      const pid = answerOf(ran) as number;
      await until('it lingers', () => on.stats().lingering === 1);
      await new Promise((resolve) => setTimeout(resolve, atLeastMs));
      expect(on.stats()).toMatchObject({ busy: 0, lingering: 1 });
      expect(existsSync(file)).toBe(false);
      writeFileSync(goOn, '');
      await over;
      expect(existsSync(file)).toBe(true);
      expect(late).toEqual(['done']);
      // It was at rest by itself: the process is as it was before, and kept.
      expect(await result(on, program, { file, goOn })).toBe(pid);
      await until('all is over', () => on.stats().lingering === 0);
    },
  );

  it('cloudbase, an async handler, for a second: the work goes on, its lines are kept', async () => {
    // The contract ends the work after a second, so no test may hold it up: that its line is a late one says that it went on.
    // Both times are timers of one process, and longer than the moments for what is only being closed.
    const program = code(
      `exports.main = async () => { setTimeout(() => console.log('done'), 100); return process.pid }`,
    );
    const { ran, late, over } = await follow(on, program, {});
    await over;
    expect(texts(ran)).toEqual([]);
    expect(late).toEqual(['done']);
    expect(await result(on, program)).toBe(answerOf(ran));
    await until('all is over', () => on.stats().lingering === 0);
  });

  it.each([
    [
      'cloudbase',
      'a plain value, at its limit',
      '(event) => { setInterval(() => 0, 5); setTimeout(() => 0, 1e6); return process.pid }',
      2_000,
      'limit',
    ],
    [
      'cloudbase',
      'an async handler, after a second',
      'async (event) => { setInterval(() => 0, 5); setTimeout(() => 0, 1e6); return process.pid }',
      9_000,
      900,
    ],
    [
      'cloudbase',
      'no wish to wait, at once',
      '(event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setInterval(() => 0, 5); setTimeout(() => 0, 1e6); callback(null, process.pid) }',
      9_000,
      0,
    ],
    [
      'minapp',
      'a callback, at its limit',
      '(event, callback) => { setInterval(() => 0, 5); setTimeout(() => 0, 1e6); callback(null, process.pid) }',
      2_000,
      'limit',
    ],
  ] as const)('%s, %s: what is left is ended, and named', async (contract, _, handler, limitMs, endsAfter) => {
    const { ran, tookMs, late, over } = await follow(on, code(`exports.main = ${handler}`, { contract }), {}, limitMs);
    const pid = answerOf(ran) as number;
    await over;
    // What is ended at once may be named before the answer is passed on.
    const line = late.at(-1) ?? texts(ran).at(-1) ?? '';
    expect(line).toMatch(/^left: Timeout ×2; ended \d+ ms after the answer$/);
    // The limit is of the call as a whole, whose start takes longer on a busy machine. What is left ends a little earlier.
    const atLeastMs = endsAfter === 'limit' ? limitMs - tookMs - 100 : endsAfter;
    expect(Number(/ended (\d+)/.exec(line)![1])).toBeGreaterThanOrEqual(atLeastMs);
    await until('its process is gone', () => !isAlive(pid));
  });

  it('what does not pause is ended at its limit, and named', async () => {
    const program = code(
      `exports.main = (event, callback) => { callback(null, process.pid); if (event.data.spins) for (;;); }`,
      { contract: 'minapp' },
    );
    // The start of a process is not in the time of the call that is measured.
    await result(on, program);
    const { ran, late, over } = await follow(on, program, { spins: true }, 1_500);
    expect(on.stats().busy).toBe(0);
    await over;
    expect(late).toEqual([
      expect.stringMatching(/^left: something that did not pause; ended \d+ ms after the answer$/) as string,
    ]);
    await until('its process is gone', () => !isAlive(answerOf(ran) as number));
  });

  it('a request that nobody waits for is finished', async () => {
    const { createServer } = await import('node:http');
    const received: string[] = [];
    const server = createServer((request, response) => {
      setTimeout(() => {
        received.push(request.url!);
        response.end('fine');
      }, 200);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    // No async handler: its work may go on for a second alone.
    const program = code(`exports.main = ({ port }) => {
      fetch('http://127.0.0.1:' + port + '/fetched').then((r) => r.text()).then((text) => console.log('fetched ' + text));
      require('http').get({ port, path: '/got', agent: false });
      return process.pid;
    }`);
    const { late, over } = await follow(on, program, { port });
    await over;
    expect(received.sort()).toEqual(['/fetched', '/got']);
    expect(late).toEqual(['fetched fine']);
    server.closeAllConnections();
    server.close();
  });

  it('the exit of the process, and an error nobody caught, end it', async () => {
    const exits = await follow(
      on,
      code('exports.main = () => { setTimeout(() => process.exit(3), 50); return 1 }'),
      {},
    );
    await exits.over;
    expect(answerOf(exits.ran)).toBe(1);
    const throws = await follow(
      on,
      code('exports.main = () => { setTimeout(() => { throw new Error("bomb") }, 50); return 1 }'),
      {},
    );
    await throws.over;
    expect(answerOf(throws.ran)).toBe(1);
    expect(throws.late).toEqual(['an error that nobody caught, after the answer: bomb']);
  });

  it('there are so many and no more: the one longest at it makes room', async () => {
    const few = executor({ slots: 2, spares: 2, maxLingering: 2 });
    await few.start([128]);
    const program = code('exports.main = () => { setTimeout(() => 0, 1e6); return process.pid }');
    const all: Followed[] = [];
    for (let n = 0; n < 5; n++) {
      all.push(await follow(few, program, {}, 60_000));
      await until('it lingers', () => few.stats().lingering === Math.min(2, n + 1));
    }
    await Promise.all(all.slice(0, 3).map(({ over }) => over));
    for (const { late } of all.slice(0, 3))
      expect(late).toEqual([expect.stringMatching(/^left: Timeout; ended/) as string]);
    expect(all[4].late).toEqual([]);
    expect(few.stats()).toMatchObject({ busy: 0, lingering: 2 });
    await few.stop(0);
    expect(all[4].late).toEqual([expect.stringMatching(/^left: Timeout; ended/) as string]);
    for (const { ran } of all) await until('its process is gone', () => !isAlive(answerOf(ran) as number));
  });

  it('memory is watched as in a call', async () => {
    const file = newFile();
    const program = code(
      `exports.main = ({ file }) => { require('fs').writeFileSync(file, String(process.pid)); setInterval(() => (globalThis.kept ??= []).push(Buffer.alloc(8e6, 1)), 10); return 1 }`,
      { memoryMb: 64 },
    );
    const { ran, over } = await follow(on, program, { file }, 60_000);
    expect(answerOf(ran)).toBe(1);
    await over;
    await until('its process is gone', () => !isAlive(Number(readFileSync(file, 'utf8'))));
  });
});
