/**
 * Short calls of one function stand behind one another in few hot sandboxes. Whatever the one in front does, those behind it
 * run once, soon, and know nothing of it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '@invoq/contract/function';
import type { Run } from '../call/call';
import { Stop } from '../call/stop';
import type { Executor } from '../executor';
import { answerOf, call, code, executor, result, run, texts } from '../fixtures/stand';

/** More than stand behind one another in one sandbox are never handed out at once. */
const CROWD = 12;
/** A call that is not held up is back by then, also on a busy machine, ms. */
const SOON_MS = 4_000;

let on: Executor;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'invoq-pipelined-'));
  on = executor({ slots: CROWD + 4, spares: 2 });
  await on.start([128]);
});
afterAll(async () => {
  await on.stop(0);
  rmSync(dir, { recursive: true, force: true });
});

let files = 0;

/** A function that writes down each run, and does the deed of the event. Its sandboxes are hot when this resolves. */
async function hot(deeds: string): Promise<{ program: Program; runs(): number[] }> {
  const file = join(dir, `${++files}`);
  const program = code(`
    const fs = require('fs');
    exports.main = async (event, context) => {
      fs.appendFileSync(${JSON.stringify(file)}, event.n + '\\n');
      ${deeds}
      return event.n;
    };`);
  for (let i = 0; i < 40; i++) await result(on, program, { n: -1 });
  await Promise.all(Array.from({ length: CROWD }, () => result(on, program, { n: -1 })));
  const runs = (): number[] => readFileSync(file, 'utf8').trim().split('\n').map(Number).filter((n) => n >= 0); // prettier-ignore
  return { program, runs };
}

/** The first does `deed`, the others nothing. */
async function crowd(
  program: Program,
  deed: string,
  limitMs = 10_000,
): Promise<{ first: Promise<Run>; others: Run[] }> {
  const [first, ...others] = Array.from({ length: CROWD }, (_, n) =>
    run(on, program, { n, deed: n === 0 ? deed : '' }, { limitMs: n === 0 ? limitMs : 30_000 }),
  );
  return { first, others: await Promise.all(others) };
}

const NUMBERS = Array.from({ length: CROWD }, (_, n) => n);
const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);

it('each of a crowd has its own answer and its own log', async () => {
  const { program, runs } = await hot(`if (event.n >= 0) console.log('of ' + event.n);`);
  for (let round = 0; round < 20; round++) {
    const all = await Promise.all(NUMBERS.map((n) => run(on, program, { n: round * CROWD + n })));
    expect(all.map(answerOf)).toEqual(NUMBERS.map((n) => round * CROWD + n));
    expect(all.map(texts)).toEqual(NUMBERS.map((n) => [`of ${round * CROWD + n}`]));
  }
  expect(sorted(runs())).toEqual(Array.from({ length: 20 * CROWD }, (_, n) => n));
});

it('each of a long stream runs once, though many take longer than others wait for', async () => {
  const { program, runs } = await hot(
    `if (event.n % 9 === 0) for (const end = performance.now() + 4; performance.now() < end;);`,
  );
  let next = 0;
  const follow = async (): Promise<void> => {
    for (let n = next++; n < 3_000; n = next++) expect(await result(on, program, { n }, { limitMs: 5_000 })).toBe(n);
  };
  await Promise.all(NUMBERS.map(follow));
  expect(sorted(runs())).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
}, 30_000);

describe.each([
  ['waits', `if (event.deed) await new Promise((r) => setTimeout(r, 6_000));`, 'succeeded'],
  ['keeps its process busy', `if (event.deed) for (const end = Date.now() + 6_000; Date.now() < end;);`, 'succeeded'],
  ['never pauses, and is killed', `if (event.deed) for (;;);`, 'timedOut'],
])('behind a call that %s', (_, deeds, outcome) => {
  it('nobody waits for it, and each runs once', async () => {
    const { program, runs } = await hot(deeds);
    const began = performance.now();
    const { first, others } = await crowd(program, 'yes', outcome === 'timedOut' ? 6_000 : undefined);
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    expect(others.map(answerOf)).toEqual(NUMBERS.slice(1));
    expect((await first).ending.outcome).toBe(outcome);
    expect(sorted(runs())).toEqual(NUMBERS);
  });
});

describe.each([
  ['ends its process', 'process.exit(3)', 'crashed'],
  [
    'throws where nobody catches it',
    `setImmediate(() => { throw new Error('late') }); await new Promise(() => 0)`,
    'failed',
  ],
  ['throws after its answer', `setImmediate(() => { throw new Error('late') })`, 'succeeded'],
  ['changes what others find', 'globalThis.fetch = () => 1', 'succeeded'],
  ['leaves a timer', 'setTimeout(() => 0, 3_000)', 'succeeded'],
  ['fills its memory', `const all = []; for (;;) all.push(new Array(1e5).fill(event))`, 'crashed'],
])('behind a call that %s', (_, deed, outcome) => {
  it('each runs once, in a process that is as it should be', async () => {
    const { program, runs } = await hot(
      `if (event.deed) { ${deed} } else if (fetch.length === 0) throw new Error('changed');`,
    );
    const { first, others } = await crowd(program, 'yes');
    expect(others.map(answerOf)).toEqual(NUMBERS.slice(1));
    expect((await first).ending.outcome).toBe(outcome);
    expect(sorted(runs())).toEqual(NUMBERS);
  });
});

it('a cancelled call takes none along, and a cancelled one behind it does not begin', async () => {
  const { program, runs } = await hot(
    `if (event.deed) await new Promise((r) => context.signal?.addEventListener('abort', r) ?? setTimeout(r, 500));`,
  );
  const stops = NUMBERS.map(() => new Stop());
  const all = NUMBERS.map((n) => run(on, program, { n, deed: n === 0 ? 'yes' : '' }, {}, { stop: stops[n] }));
  for (const n of [0, 5, 6, 7]) stops[n].ask();
  const ended = await Promise.all(all);
  const ran = runs();
  expect(ran.length).toBe(new Set(ran).size);
  for (const n of NUMBERS) {
    const { ending } = ended[n];
    if (ending.outcome === 'cancelled' && !ending.started) expect(ran).not.toContain(n);
    else if (![0, 5, 6, 7].includes(n)) expect([ending.outcome, ran.includes(n)]).toEqual(['succeeded', true]);
  }
  expect(ended[0].ending.outcome).not.toBe('timedOut');
});

it('what a call keeps for what it begins is not there for the one behind it', async () => {
  const { program } = await hot(`
    globalThis.held ??= new (require('async_hooks').AsyncLocalStorage)();
    const before = held.getStore() ?? null;
    held.enterWith(event.n);
    await 0;
    if (before !== null) throw new Error('from ' + before);`);
  for (let round = 0; round < 5; round++) await Promise.all(NUMBERS.map((n) => result(on, program, { n })));
});

it('what is printed past the pipe is of the call that printed it', async () => {
  const { program } = await hot(`if (event.n !== -2) require('fs').writeSync(1, event.n + '\\n');`);
  for (let round = 0; round < 5; round++) {
    const all = await Promise.all(NUMBERS.map((n) => run(on, program, { n: 100 * round + n })));
    expect(all.map(texts)).toEqual(NUMBERS.map((n) => [`${100 * round + n}`]));
  }
});

it('a call that has no time left when its turn comes does not begin', async () => {
  const { program, runs } = await hot(`if (event.deed) for (const end = Date.now() + 500; Date.now() < end;);`);
  const all = NUMBERS.map((n) =>
    on.run(program, call({ n, deed: n < 2 ? 'yes' : '' }, { limitMs: n < 2 ? 10_000 : 1 })),
  );
  const ended = await Promise.all(all);
  const ran = runs();
  expect(ran.length).toBe(new Set(ran).size);
  for (const n of NUMBERS.slice(2)) {
    const { ending, started } = ended[n];
    if (ending.outcome === 'timedOut' && !started) expect(ran).not.toContain(n);
  }
});
