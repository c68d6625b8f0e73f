/** Short calls gather on hot sandboxes; what is long, or not known, holds nobody up. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '@invoq/contract/function';
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
  const dir = mkdtempSync(join(tmpdir(), 'invoq-function-pool-'));
  beforeAll(async () => {
    on = executor({ slots: CORES + 2, spares: 2 });
    await on.start([128]);
  });
  afterAll(async () => {
    await on.stop(0);
    rmSync(dir, { recursive: true });
  });

  /** A function that is over at once, or, told of a file, writes that it has begun and waits until the file is there. */
  const waitsFor = (): Program =>
    code(`const fs = require('fs');
      exports.main = async ({ goOn }) => {
        if (goOn) fs.appendFileSync(goOn + '.begun', '.');
        while (goOn && !fs.existsSync(goOn)) await new Promise((resolve) => setTimeout(resolve, 5));
        return process.pid;
      }`);
  const begun = (goOn: string): number => (existsSync(`${goOn}.begun`) ? statSync(`${goOn}.begun`).size : 0);

  it('does not let a short call wait for long ones of the same function', async () => {
    const program = waitsFor();
    const goOn = join(dir, 'long');
    for (let i = 0; i < 20; i++) await result(on, program);
    const long = Array.from({ length: CORES }, () => result(on, program, { goOn }, { limitMs: 60_000 }));
    await until('they run', () => begun(goOn) === CORES);
    await result(on, program);
    writeFileSync(goOn, '');
    await Promise.all(long);
  });

  it('serves all of a crowd, each its own call', async () => {
    const program = code('exports.main = (e) => e.n');
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => result(on, program, { n })))).toEqual(numbers);
    expect(on.stats().busy).toBe(0);
  });

  it('keeps a swarm of short calls together, also one that comes in a single turn of the loop', async () => {
    const program = waitsFor();
    const swarm = async (event: object): Promise<number> =>
      new Set(await Promise.all(Array.from({ length: CORES + 2 }, () => result(on, program, event)))).size;
    const goOn = join(dir, 'swarm');
    const together = swarm({ goOn });
    await until('all have begun', () => begun(goOn) === CORES + 2);
    writeFileSync(goOn, '');
    expect(await together).toBe(CORES + 2);
    for (let i = 0; i < 100; i++) await result(on, program);
    // A busy machine may make one wait for longer than a moment; then it goes to an idle sandbox, and that is right.
    const spread: number[] = [];
    for (let i = 0; i < 50 && !spread.includes(CORES); i++) spread.push(await swarm({}));
    expect(Math.min(...spread)).toBeLessThanOrEqual(CORES);
  });
});
