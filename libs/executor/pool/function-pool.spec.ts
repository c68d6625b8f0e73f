/** Short calls gather on hot sandboxes; what is long, or not known, holds nobody up. */
import { availableParallelism } from 'node:os';
import { FunctionPool } from './function-pool';
import type { Executor } from '../executor';
import { code, executor, result, until } from '../fixtures/stand';
import type { Sandbox } from '../sandbox/sandbox';

const CORES = availableParallelism();

describe('the pool of a function', () => {
  const sandbox = (): Sandbox => ({}) as Sandbox;
  const functionPoolAt = (sandboxes: Sandbox[], tookMs: number): FunctionPool => {
    const functionPool = new FunctionPool();
    functionPool.took(tookMs);
    for (const each of sandboxes) functionPool.begins(each);
    return functionPool;
  };
  const all = Array.from({ length: CORES }, sandbox);

  it('is hot while short calls are on every core', () => {
    expect(functionPoolAt(all, 0.1).isHot).toBe(true);
    expect(functionPoolAt(all, 5).isHot).toBe(false);
    expect(functionPoolAt(all.slice(1), 0.1).isHot).toBe(false);
  });

  it('is not once a call is over, or takes its time', async () => {
    const functionPool = functionPoolAt(all, 0.1);
    functionPool.ends(all[0]);
    expect(functionPool.isHot).toBe(false);
    functionPool.begins(all[0]);
    await until('the calls are no longer young', () => !functionPool.isHot);
  });

  it('is gone when the last sandbox is', () => {
    const functionPool = functionPoolAt(all, 0.1);
    for (const each of all) functionPool.loses(each);
    expect(functionPool.isGone).toBe(true);
  });
});

describe('an executor', () => {
  let on: Executor;
  beforeAll(async () => {
    on = executor({ slots: CORES + 2, spares: 2 });
    await on.start([128]);
  });
  afterAll(() => on.stop(0));

  it('does not let a short call wait for long ones of the same function', async () => {
    const program = code(
      `exports.main = async (e) => { if (e.ms) await new Promise((r) => setTimeout(r, e.ms)); return process.pid }`,
    );
    for (let i = 0; i < 20; i++) await result(on, program);
    let ended = 0;
    const long = Array.from({ length: CORES }, () => result(on, program, { ms: 3_000 }).then(() => ended++));
    await until('they run', () => on.stats().busy === CORES);
    await result(on, program);
    expect(ended).toBe(0);
    await Promise.all(long);
  });

  it('serves all of a crowd, each its own call', async () => {
    const program = code('exports.main = (e) => e.n');
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => result(on, program, { n })))).toEqual(numbers);
    expect(on.stats().busy).toBe(0);
  });

  it('keeps a swarm of short calls together, also one that comes in a single turn of the loop', async () => {
    const program = code(
      `exports.main = async (e) => { if (e.ms) await new Promise((r) => setTimeout(r, e.ms)); return process.pid }`,
    );
    const swarm = async (event: object): Promise<number> =>
      new Set(await Promise.all(Array.from({ length: CORES + 2 }, () => result(on, program, event)))).size;
    expect(await swarm({ ms: 200 })).toBe(CORES + 2);
    for (let i = 0; i < 100; i++) await result(on, program);
    // A busy machine may make one wait for longer than a moment; then it goes to an idle sandbox, and that is right.
    const spread: number[] = [];
    for (let i = 0; i < 50 && !spread.includes(CORES); i++) spread.push(await swarm({}));
    expect(Math.min(...spread)).toBeLessThanOrEqual(CORES);
  });
});
