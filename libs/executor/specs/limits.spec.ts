/** Past the deadline, or cancelled, nothing of a call is left; the slot is free and the next call does not notice. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Watch } from '../call/call';
import type { Executor } from '../executor';
import { code, executor, fixture, isAlive, result, run, texts, until } from '../fixtures/stand';
import { Stop } from '../call/stop';

const dir = mkdtempSync(join(tmpdir(), 'invoq-limits-'));
// Sandboxes may run as other users.
chmodSync(dir, 0o777);
const pidsOf = (file: string): number[] => JSON.parse(readFileSync(file, 'utf8')) as number[];
/** We are told of the end of our own children; one that was killed elsewhere is listed until the kernel has come to it. */
const allDie = (file: string): Promise<void> => until('all of them are dead', () => !pidsOf(file).some(isAlive));

/** Longer than anything takes on a busy machine: what ends sooner has not waited for its end. */
const GRACE_MS = 20_000;
let on: Executor;
let patient: Executor;
beforeAll(async () => {
  on = executor({ cancelGraceMs: 150 });
  patient = executor({ cancelGraceMs: GRACE_MS });
  await Promise.all([on.start([128]), patient.start([128])]);
});
afterAll(async () => {
  await Promise.all([on.stop(0), patient.stop(0)]);
  rmSync(dir, { recursive: true });
});

describe('time is up', () => {
  it.each(['loop', 'execSync', 'atomics', 'ignoresSigterm', 'regex', 'stops', 'waits'])(
    'for a function that hangs: %s',
    async (how) => {
      const pids = join(dir, how);
      const began = performance.now();
      const { ending, started } = await run(on, fixture('hangs.cjs'), { how, pids }, { limitMs: 1_000 });
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(ending).toEqual({ outcome: 'timedOut', limitMs: 1_000 });
      expect(started).toBe(true);
      expect(pidsOf(pids).filter(isAlive)).toEqual([]);
      expect(await result(on, fixture('adds.cjs'), { x: 1, y: 1 }, { limitMs: 2_000 })).toBe(2);
    },
  );

  it('for its children, wherever they live', async () => {
    const pids = join(dir, 'children');
    const children = ['plain', 'detached', 'orphan'];
    const { ending } = await run(on, fixture('hangs.cjs'), { how: 'loop', children, pids }, { limitMs: 500 });
    expect(ending.outcome).toBe('timedOut');
    expect(pidsOf(pids)).toHaveLength(4);
    await allDie(pids);
  });

  it('for the children of a process that died by itself', async () => {
    const program = code(`
      const pid = require('child_process').spawn('sleep', ['999'], { detached: true, stdio: 'ignore' }).pid;
      exports.main = (e) => { require('fs').writeFileSync(e.file, JSON.stringify([pid])); process.exit(1); }`);
    const file = join(dir, 'crashed');
    expect((await run(on, program, { file })).ending.outcome).toBe('crashed');
    await allDie(file);
  });

  it('keeps what was logged until then', async () => {
    const ran = await run(
      on,
      code(`exports.main = () => { console.log('before'); for (;;); }`),
      {},
      { limitMs: 1_000 },
    );
    expect(ran.ending.outcome).toBe('timedOut');
    expect(texts(ran)).toEqual(['before']);
  });

  it('while it waits for a slot: it never started', async () => {
    const busy = [1, 2].map(() => run(on, fixture('hangs.cjs'), { how: 'waits' }, { limitMs: 700 }));
    const late = await run(on, fixture('adds.cjs'), { x: 1, y: 1 }, { limitMs: 200 });
    expect(late).toMatchObject({ ending: { outcome: 'timedOut', limitMs: 200 }, started: false, runMs: 0 });
    await Promise.all(busy);
    expect(on.stats().busy).toBe(0);
  });
});

describe('cancelled', () => {
  /** The watch of a call that is cancelled when it says its first line. */
  const cancelAtFirstLine = (): Watch => {
    const stop = new Stop();
    return { stop, onLog: () => stop.ask() };
  };

  it('before it started', async () => {
    const stop = new Stop();
    stop.ask();
    const ran = await run(on, fixture('adds.cjs'), {}, {}, { stop });
    expect(ran).toMatchObject({ ending: { outcome: 'cancelled', started: false }, started: false });
  });

  it('while it waits for a slot', async () => {
    const busy = [1, 2].map(() => run(on, fixture('hangs.cjs'), { how: 'waits' }, { limitMs: 500 }));
    const stop = new Stop();
    setTimeout(() => stop.ask(), 50);
    const ran = await run(on, fixture('adds.cjs'), {}, {}, { stop });
    expect(ran).toMatchObject({ ending: { outcome: 'cancelled', started: false }, started: false });
    await Promise.all(busy);
  });

  it('lets the function end by itself, and its process live', async () => {
    const program = code(`
      let seen = false;
      exports.main = (event, { signal }) => event.ask ? { seen, pid: process.pid }
        : new Promise((resolve) => {
            signal.addEventListener('abort', () => { seen = true; resolve(process.pid); });
            console.log('it listens');
          });`);
    const ran = await run(patient, program, {}, {}, cancelAtFirstLine());
    expect(ran.ending).toEqual({ outcome: 'cancelled', started: true });
    expect(ran.runMs).toBeLessThan(GRACE_MS / 2);
    expect(await result(patient, program, { ask: true })).toMatchObject({ seen: true });
  });

  it.each(['loop', 'waits', 'atomics'])('kills one that does not: %s', async (how) => {
    const pids = join(dir, `cancelled-${how}`);
    const stop = new Stop();
    const running = run(on, fixture('hangs.cjs'), { how, pids, children: ['detached'] }, {}, { stop });
    await until('it hangs', () => existsSync(pids));
    const asked = performance.now();
    stop.ask();
    expect((await running).ending).toEqual({ outcome: 'cancelled', started: true });
    expect(performance.now() - asked).toBeGreaterThanOrEqual(140);
    await allDie(pids);
  });

  it('and late within the grace is cancelled, at the limit', async () => {
    const program = code(`exports.main = () => new Promise(() => console.log('it hangs'))`);
    const ran = await run(patient, program, {}, { limitMs: 1_500 }, cancelAtFirstLine());
    expect(ran.ending).toEqual({ outcome: 'cancelled', started: true });
    expect(ran.runMs).toBeLessThan(GRACE_MS / 2);
  });
});

it('leaves no call behind', async () => {
  await until('all slots free', () => on.stats().busy === 0);
});
