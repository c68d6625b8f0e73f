/** User code that hangs, dies, bursts, lies or leaks: its own call tells of it, and no other call notices. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, processesWith, residentMb } from '../harness/process-facts';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';
import { metric } from './scrape';
import { Stand } from './stand';

const LIMIT_MS = 1_000;
const files = scratchDir('user-code');
const note = join(files, 'detached');

/** Each gets the first line that all have: it writes down its start. */
const HANGS: Record<string, string> = {
  loops: 'for (;;) {}',
  backtracks: "return /^(a+)+$/.test('a'.repeat(60) + '!');",
  waitsForAnAtomic: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
  runsSleep: "require('node:child_process').execSync('sleep 999');",
  leavesAChild: `const child = require('node:child_process').spawn('sleep', ['998'], { detached: true, stdio: 'ignore' }); child.unref();
    require('node:fs').writeFileSync(${JSON.stringify(note)}, String(child.pid)); await new Promise(() => setInterval(() => {}, 1000));`,
  ignoresSigterm:
    "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); await new Promise(() => setInterval(() => {}, 1000));",
};

const DIES: Record<string, { code: string; answer: object }> = {
  exitsWith0: { code: 'process.exit(0);', answer: { exitCode: 0 } },
  exitsWith1: { code: 'process.exit(1);', answer: { exitCode: 1 } },
  aborts: { code: 'process.abort();', answer: { signal: 'SIGABRT' } },
  killsItself: { code: "process.kill(process.pid, 'SIGKILL');", answer: { signal: 'SIGKILL' } },
  faults: {
    code: "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => setInterval(() => {}, 1000));",
    answer: { signal: 'SIGSEGV' },
  },
};

const BURSTS: Record<string, string> = {
  fillsTheHeap: 'const kept = []; for (;;) kept.push(new Array(1e5).fill(Math.random()));',
  fillsBuffers: 'const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1));',
};

/** What is returned, and what becomes of it. `undefined` is null, as JSON has it. */
const RETURNS: Record<string, { code: string; data?: unknown; type?: string }> = {
  givesACircle: { code: 'const o = {}; o.o = o; return o;', type: 'BAD_RESULT' },
  givesABigInt: { code: 'return 1n;', type: 'BAD_RESULT' },
  givesNothing: { code: 'return undefined;', data: null },
  givesAProxy: { code: "return new Proxy({ a: 1 }, { ownKeys() { throw new Error('no'); } });", type: 'BAD_RESULT' },
  gives50Mb: { code: "return 'x'.repeat(50 << 20);", type: 'BAD_RESULT' },
  givesDepth5000: { code: 'let o = {}; for (let i = 0; i < 5000; i++) o = { o }; return o;', type: 'BAD_RESULT' },
  throwsNull: { code: 'throw null;', type: 'FUNCTION_ERROR' },
};

const AFTER: Record<string, string> = {
  throwsLater: "setTimeout(() => { throw new Error('after the return'); }, 5); return process.pid;",
  rejectsLater: "setTimeout(() => Promise.reject(new Error('after the return')), 5); return process.pid;",
  leavesTimers: 'setInterval(() => {}, 10); return process.pid;',
  leavesSockets: "require('node:net').createServer().listen(0); return process.pid;",
  leavesGlobals: 'const before = globalThis.leftHere; globalThis.leftHere = 1; return before ?? process.pid;',
};

let stand: Stand;
/** Calls by others, all the while. */
let neighbours: { stop: () => Promise<void> };

beforeAll(async () => {
  stand = await Stand.start({
    slots: 'sync=6,async=2,nested=0',
    functions: (starts) => {
      const main = (code: string): string =>
        `exports.main = async (event, context) => { ${starts.statement()} ${code} };`;
      const bodies = { ...HANGS, ...BURSTS, ...AFTER, ...codes(DIES), ...codes(RETURNS) };
      return {
        ...Object.fromEntries(Object.entries(bodies).map(([name, code]) => [`${name}.js`, main(code)])),
        'floods.js': main(
          "const until = Date.now() + 3000; let n = 0; while (Date.now() < until) { console.log('x'.repeat(1000)); process.stdout.write('y'.repeat(1000)); n++; } return n > 1000;",
        ),
        'functions.json': {
          timeoutMs: { sync: 5_000, async: 20_000 },
          functions: {
            ...Object.fromEntries(Object.keys(HANGS).map((name) => [name, { timeoutMs: { sync: LIMIT_MS } }])),
            ...Object.fromEntries(Object.keys(BURSTS).map((name) => [name, { memoryMb: 64 }])),
          },
        },
      };
    },
  });
  neighbours = callWithoutEnd(stand);
});

afterAll(async () => {
  await neighbours.stop();
});

function codes(table: Record<string, { code: string }>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([name, { code }]) => [name, code]));
}

function callWithoutEnd({ caller }: Stand): typeof neighbours {
  let over = false;
  let slowest = 0;
  const calling = (async () => {
    for (let n = 0; !over; n++) {
      const from = Date.now();
      const answer = await caller.sync('adds', { x: n, y: 1 });
      if (answer?.body.data !== n + 1) throw new Error(`a neighbour was told ${answer?.text}`);
      slowest = Math.max(slowest, Date.now() - from);
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  return {
    stop: async () => {
      over = true;
      await calling;
      process.stdout.write(`    the slowest call of a neighbour took ${slowest} ms\n`);
    },
  };
}

/** All that this start came to is gone. */
async function nothingOfIt(requestID: string): Promise<void> {
  for (const { pid } of stand.starts.of(requestID)) await until(`process ${pid} is gone`, () => !isRunning(pid), 2_000);
}

test.each(Object.keys(HANGS))(
  '%s: FUNCTION_TIMEOUT at the limit, and its process group is gone within a second',
  async (name) => {
    const from = Date.now();
    const answer = await stand.caller.sync(name);
    const ms = Date.now() - from;
    expect(answer?.body).toMatchObject({ code: 2, data: null, error: { type: 'FUNCTION_TIMEOUT' } });
    expect(ms).toBeGreaterThanOrEqual(LIMIT_MS - 50);
    expect(ms).toBeLessThan(LIMIT_MS + 1_000);
    await nothingOfIt(answer!.body.requestID as string);
    if (name === 'leavesAChild') expect(isRunning(Number(readFileSync(note, 'utf8')))).toBe(false);
    const [worker] = stand.workers;
    // What is marked as this worker's are its sandboxes, and they are no `sleep`.
    const marked = processesWith(`INVOQ_SANDBOX=${worker.process.pid}.`);
    expect(marked.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sleep'))).toEqual([]);
  },
);

test('after those that hung the slots are free and warm', async () => {
  const [worker] = stand.workers;
  await until('spares stand', async () => (await metric(worker, 'invoq_sandboxes', 'state="spares"')) >= 1, 5_000);
  expect(await metric(worker, 'invoq_slots', 'state="busy"')).toBeLessThanOrEqual(1);
});

test.each(Object.entries(DIES))('%s: FUNCTION_CRASHED, told how, and not run again', async (name, { answer: how }) => {
  const sync = await stand.caller.sync(name);
  expect(sync?.body).toMatchObject({ code: 3, error: { type: 'FUNCTION_CRASHED', ...how } });
  const async = await stand.caller.async(name);
  const id = async?.body.requestID as string;
  await until('the async one has ended', async () => (await stand.statusOf(id)) === 'crashed', 10_000);
  expect(stand.starts.of(id)).toHaveLength(1);
});

test.each(Object.keys(BURSTS))('%s: MEMORY_LIMIT, and the worker keeps its size', async (name) => {
  const [worker] = stand.workers;
  const before = residentMb(worker.process.pid);
  const answer = await stand.caller.sync(name);
  expect(answer?.body).toMatchObject({ code: 4, error: { type: 'MEMORY_LIMIT' } });
  await nothingOfIt(answer!.body.requestID as string);
  expect(residentMb(worker.process.pid)).toBeLessThan(before + 60);
});

test.each(Object.entries(RETURNS))(
  '%s: a result of JSON, or BAD_RESULT, and the worker lives',
  async (name, { data, type }) => {
    const answer = await stand.caller.sync(name);
    if (type === undefined) expect(answer?.body).toMatchObject({ code: 0, data });
    else expect(answer?.body).toMatchObject({ data: null, error: { type } });
  },
);

test.each(Object.keys(AFTER))(
  '%s after its return: the success stands, the next call has a clean process',
  async (name) => {
    const first = await stand.caller.sync(name);
    const second = await stand.caller.sync(name);
    expect([first?.body.code, second?.body.code]).toEqual([0, 0]);
    expect(second!.body.data).not.toEqual(first!.body.data);
  },
);

test('a function that floods its output for 3 s has its result; its log is cut and says so; the worker stays small', async () => {
  const [worker] = stand.workers;
  const before = residentMb(worker.process.pid);
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, residentMb(worker.process.pid))), 50);
  const answer = await stand.caller.sync('floods').finally(() => clearInterval(watch));
  expect(answer?.body).toMatchObject({ code: 0, data: true });
  const logs = await stand.stack.http.get(`/v1/invocations/${answer!.body.requestID}/logs`);
  expect(logs.text.length).toBeLessThan(2 * 262_144);
  expect(logs.text.trimEnd().split('\n').at(-1)).toMatch(/cut|left out/i);
  expect(peak).toBeLessThan(before + 120);
}, 20_000);

test('and of all that nothing is left', async () => {
  await neighbours.stop();
  expect(existsSync(note)).toBe(true);
  await stand.verdict(
    `${Object.keys(HANGS).length} ways to hang, ${Object.keys(DIES).length} to die, ${Object.keys(BURSTS).length} to burst, ${Object.keys(RETURNS).length} to return, ${Object.keys(AFTER).length} to leave things behind, and a flood`,
    { starts: { async: 1 } },
  );
});
