/** Sandboxes with users of their own: each living one has another, and it is given back with nothing of it left. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setprivAs } from './change-user';
import type { Executor } from '../executor';
import { code, executor, fixture, result, run, until } from '../fixtures/stand';
import type { ExecutorLog } from '../options';
import { usersAlive } from '../processes/process-marks';
import { SandboxUsersError } from './sandbox-users';
import { UserClaims } from './user-claims';

/** Of this process of jest alone: others may run the same. */
const FIRST = 1_000_000 + (process.pid % 100_000) * 100;
const USERS = { first: FIRST, last: FIRST + 19 };
const BASE = join(tmpdir(), 'invoq-sandbox-users-0');
const isRoot = process.geteuid?.() === 0 && process.platform === 'linux';
const asRoot = isRoot ? describe : describe.skip;

const WHO = code('exports.main = ({ waitMs }) => new Promise((r) => setTimeout(r, waitMs ?? 0, process.getuid()))');
const who = (on: Executor, name: string, waitMs = 0): Promise<number> =>
  result(on, { ...WHO, name }, { waitMs }) as Promise<number>;
const isOfUs = (id: number): boolean => id >= USERS.first && id <= USERS.last;
const left = (): string[] => readdirSync(BASE).filter((name) => isOfUs(Number.parseInt(name, 10)));
const alive = (): number[] => [...usersAlive()].filter(isOfUs);

asRoot('a sandbox with a user of its own (as root)', () => {
  let on: Executor;
  const warnings: string[] = [];
  const log: ExecutorLog = {
    debug: () => undefined,
    warn: (_, text) => warnings.push(text),
    error: (_, text) => warnings.push(text),
  };
  beforeAll(async () => {
    on = executor({ users: USERS, slots: 4, spares: 2, log });
    await on.start([128]);
  });
  afterAll(async () => {
    await on.stop(0);
    expect({ left: left(), alive: alive(), warnings }).toEqual({ left: [], alive: [], warnings: [] });
  });

  it('has no group, capability or folder of anybody else', async () => {
    const program = code(`exports.main = () => {
      const fs = require('fs');
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      fs.writeFileSync(require('os').tmpdir() + '/mine', '');
      return {
        ids: [process.getuid(), process.geteuid(), process.getgid(), process.getegid(), ...process.getgroups()],
        caps: /CapEff:\\s*(\\w+)/.exec(status)[1], gains: /NoNewPrivs:\\s*(\\d)/.exec(status)[1],
        home: process.env.HOME, temp: process.env.TMPDIR, umask: process.umask(),
      };
    }`);
    const { ids, caps, gains, home, temp, umask } = await result(on, program);
    expect(new Set(ids).size).toBe(1);
    expect(isOfUs(ids[0] as number)).toBe(true);
    expect({ caps, gains, umask }).toEqual({ caps: '0000000000000000', gains: '1', umask: 0o077 });
    expect(home).toBe(temp);
    expect(statSync(temp as string)).toMatchObject({ uid: ids[0] as number, gid: 0 });
    expect(statSync(temp as string).mode & 0o777).toBe(0o710);
  });

  it('shares it with no other, and gives it back: many more sandboxes than users', async () => {
    for (let round = 0; round < 12; round++) {
      const names = [0, 1, 2, 3].map((at) => `f${round}-${at}`);
      expect(new Set(await Promise.all(names.map((name) => who(on, name, 50)))).size).toBe(4);
    }
    await until('no more are in use than there are sandboxes', () => alive().length <= 6);
  });

  it.each(['loop', 'waits', 'stops', 'execSync'])('is ended when its time is up: %s', async (how) => {
    const { ending } = await run(on, fixture('hangs.cjs', { name: how }), { how }, { limitMs: 400 });
    expect(ending).toEqual({ outcome: 'timedOut', limitMs: 400 });
  });

  it('is ended with children that cut all ties and have another environment', async () => {
    const program = code(`exports.main = () => new Promise(() => {
      const { spawn } = require('child_process');
      console.log(process.getuid());
      for (let i = 0; i < 3; i++) spawn('setsid', ['--fork', 'sleep', '300'], { stdio: 'ignore', env: { PATH: process.env.PATH } });
    })`);
    const { ending, logs } = await run(on, program, {}, { limitMs: 600 });
    expect(ending.outcome).toBe('timedOut');
    const [{ text }] = logs;
    // They are being killed; the kernel lists them until it has come to them.
    await until('they are gone', () => !alive().includes(Number(text)), 2_000);
  });

  it.each(['heap', 'buffers'])('is held to its memory: %s', async (what) => {
    const grow = what === 'heap' ? 'kept.push(new Array(100000).fill({}))' : 'kept.push(Buffer.alloc(8 << 20, 1))';
    const { ending } = await run(on, code(`exports.main = () => { const kept = []; for (;;) ${grow}; }`));
    expect(ending).toMatchObject({ outcome: 'crashed', type: 'MEMORY_LIMIT' });
  });

  it('may leave anything in its folder: it is removed, and nothing that links there lead to', async () => {
    const other = mkdtempSync(join(tmpdir(), 'invoq-users-other-'));
    mkdirSync(join(other, 'kept'));
    const program = code(`exports.main = ({ other }) => {
      const fs = require('fs'), temp = require('os').tmpdir();
      fs.mkdirSync(temp + '/a/b/c', { recursive: true });
      for (const file of ['a/1', 'a/b/2', '.hidden', '-rf']) fs.writeFileSync(temp + '/' + file, 'x');
      fs.symlinkSync(other, temp + '/link');
      fs.chmodSync(temp + '/a/b', 0);
      return temp;
    }`);
    const temp = (await result(on, program, { other })) as string;
    expect(existsSync(join(temp, 'a'))).toBe(true);
    on.retire('default', program.name);
    await until('its folder is gone', () => !existsSync(temp));
    expect(existsSync(join(other, 'kept'))).toBe(true);
    rmSync(other, { recursive: true });
  });

  it.each([
    ['a pipe', 'require("child_process").execFileSync("mkfifo", [file])'],
    ['a link', 'require("fs").symlinkSync("/etc/shadow", file)'],
    ['a gigabyte', 'require("fs").truncateSync(file, 2 ** 30)'],
  ])('cannot hold up its worker by %s in place of its report', async (_, deed) => {
    const program = code(`exports.main = () => {
      const [, at] = /--report-directory=(.*)/.exec(process.execArgv.find((arg) => arg.startsWith('--report-directory')));
      const file = at + '/' + process.getuid() + '.json';
      try { ${deed} } catch { /* it may not */ }
      process.kill(process.pid, 'SIGABRT');
      return new Promise(() => undefined);
    }`);
    expect((await run(on, program)).ending).toMatchObject({
      outcome: 'crashed',
      type: 'FUNCTION_CRASHED',
      signal: 'SIGABRT',
    });
  });
});

asRoot('what a killed worker has left (as root)', () => {
  const users = { first: FIRST + 20, last: FIRST + 29 };
  const dead = `${spawnSync('true').pid}.1`;

  it('is ended and removed by the next one; users that live without a claim are not used', async () => {
    const [orphan, stranger] = [users.first, users.first + 1];
    mkdirSync(BASE, { recursive: true, mode: 0o711 });
    symlinkSync(dead, join(BASE, `${orphan}`));
    const sleepers = [orphan, stranger].map((id) => {
      const [command, ...args] = [...setprivAs(id), 'sleep', '300'];
      return spawn(command, args, { stdio: 'ignore', cwd: '/' });
    });
    await until('they sleep', () => [orphan, stranger].every((id) => usersAlive().has(id)));
    const warned: object[] = [];
    const on = executor({ users, slots: 2, spares: 1, log: { debug: () => undefined, error: () => undefined, warn: (fields) => warned.push(fields) } }); // prettier-ignore
    await on.start([128]);
    await until('the orphan is gone', () => sleepers[0].signalCode === 'SIGKILL');
    const seen = new Set<number>();
    for (let i = 0; i < 12; i++) seen.add(await who(on, `g${i}`));
    await on.stop(0);
    expect(seen.has(stranger)).toBe(false);
    expect(seen.has(orphan)).toBe(true);
    expect(warned).toEqual([{ user: stranger, err: undefined }]);
    expect(sleepers[1].signalCode).toBeNull();
    sleepers[1].kill('SIGKILL');
  }, 60_000);

  it('has one heir', () => {
    const folder = mkdtempSync(join(tmpdir(), 'invoq-claims-'));
    symlinkSync(dead, join(folder, '7'));
    const [one, two] = [new UserClaims(folder), new UserClaims(folder)];
    expect([one.claim(7), one.inherit(), two.inherit(), two.claim(7)]).toEqual([false, [7], [], false]);
    expect(readdirSync(folder)).toEqual(['7']);
    one.release(7);
    expect([two.claim(7), one.claim(7), two.isClaimed(7)]).toEqual([true, false, true]);
    rmSync(folder, { recursive: true });
  });
});

asRoot('a range that cannot be used is refused (as root)', () => {
  const preparing = (first: number, last: number): Promise<void> =>
    executor({ users: { first, last }, slots: 2, spares: 1 }).prepare();

  it.each([
    ['too small', FIRST, FIRST + 1, '5 sandboxes (slots, twice, and spares) need more than 2 users'],
    ['of the worker', 0, 1_000, '0 is the user or group of this process'],
  ])('%s', async (_, first, last, message) => {
    const prepared = preparing(first, last);
    await expect(prepared).rejects.toThrow(SandboxUsersError);
    await expect(prepared).rejects.toThrow(message);
  });
});
