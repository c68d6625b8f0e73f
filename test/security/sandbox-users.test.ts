/**
 * What a function reaches from inside where sandboxes have users of their own: neither its worker's secrets nor another
 * sandbox. Only root may change users, so as another user these tests are left out.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret } from '@invoq/host/kept-secret';
import type { App } from '../harness/app';
import { entryOf, LoggedProcess } from '../harness/logged-process';
import { isRunning, parentOf } from '../harness/process-facts';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const root = join(__dirname, '..', '..');
/** Of this suite alone: others may run on this machine. */
const FIRST = 500_000_000 + (process.pid % 100_000) * 1_000;
const RANGE = `${FIRST}-${FIRST + 199}`;
const asRoot = process.geteuid?.() === 0 && process.platform === 'linux' ? describe : describe.skip;

const FUNCTIONS = {
  'spy.js': `
    const fs = require('fs');
    const codeOf = (deed) => { try { deed(); return 'DONE'; } catch (error) { return error.code; } };
    exports.main = ({ files = [], folders = [], pids = [], signal = 0 }) => ({
      user: process.getuid(),
      worker: process.ppid,
      files: Object.fromEntries(files.map((file) => [file, codeOf(() => fs.closeSync(fs.openSync(file, 'r')))])),
      folders: Object.fromEntries(folders.map((folder) => [folder, codeOf(() => fs.readdirSync(folder))])),
      signals: pids.map((pid) => codeOf(() => process.kill(pid, signal))),
    });`,
  'victim.js': `
    const file = require('os').tmpdir() + '/secret';
    require('fs').writeFileSync(file, 'mine');
    exports.main = () => ({ pid: process.pid, user: process.getuid(), file, alive: true });`,
  'busy.js': `exports.main = ({ pids }) => { for (;;); }`,
  'strays.js': `
    exports.main = () => new Promise(() => require('child_process').spawn('setsid', ['--fork', 'sleep', '120'], { stdio: 'ignore', env: {} }));`,
  'grows.js': 'exports.main = () => { const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1)); };',
  'heap.js': 'exports.main = () => { const kept = []; for (;;) kept.push({ of: kept.length }); };',
  'adds.js': 'exports.main = ({ x, y }) => x + y;',
  'functions.json': {
    functions: {
      grows: { memoryMb: 64 },
      strays: { timeoutMs: { sync: 700 } },
      busy: { timeoutMs: { async: 60_000 } },
    },
  },
};

/** As in production: others may read functions, and keep out of the data by the modes of its files. */
function readableFunctions(): string {
  const folder = writeFunctions(FUNCTIONS);
  chmodSync(folder, 0o755);
  return folder;
}

interface Seen {
  user: number;
  worker: number;
  files: Record<string, string>;
  folders: Record<string, string>;
  signals: string[];
}

async function data<T>(stack: Stack, name: string, event: object = {}): Promise<T> {
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data: event });
  if (body.code !== 0) throw new Error(JSON.stringify(body));
  return body.data as T;
}

async function errorOf(stack: Stack, name: string): Promise<string> {
  const { body } = await stack.http.post(`/v1/functions/${name}/invocations`, { data: {} });
  return (body as { error: { type: string } }).error.type;
}

/** The files that hold what only the operator may know, as the apps make them. */
async function secretFiles(stack: Stack): Promise<string[]> {
  chmodSync(stack.data, 0o755);
  const files = ['callback-secret', '.link-secret'].map((name) => join(stack.data, name));
  for (const file of files) await keptSecret(file, (bytes) => bytes.toString('hex'));
  const keys = join(stack.data, 'keys.json');
  writeFileSync(keys, '{"keys":[]}', { mode: 0o600 });
  return [...files, keys];
}

/** Processes, the dead that nobody asked after aside. */
function processesOf(first: number, last: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const user = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
      return user !== undefined && user >= first && user <= last && isRunning(pid);
    });
}

const claims = (of: number): string[] => {
  const base = join(tmpdir(), `invoq-sandbox-users-${of}`);
  return existsSync(base) ? readdirSync(base).filter((name) => Math.abs(Number.parseInt(name, 10) - FIRST) < 200) : [];
};

/** The workers that use users of the range. */
function owners(): Set<number> {
  const base = join(tmpdir(), 'invoq-sandbox-users-0');
  const links = claims(0).filter((name) => /^\d+$/.test(name));
  return new Set(links.map((name) => Number.parseInt(readlinkSync(join(base, name)), 10)));
}

asRoot('a worker that is root, with INVOQ_SANDBOX_UIDS (as root)', () => {
  let stack: Stack;
  let worker: App;
  beforeAll(async () => {
    stack = await startStack({ functions: readableFunctions(), workers: 0 });
    worker = await stack.addWorker({ INVOQ_SANDBOX_UIDS: RANGE });
  });
  afterAll(async () => {
    await stack.stop();
    expect({ claims: claims(0), processes: processesOf(FIRST, FIRST + 199) }).toEqual({ claims: [], processes: [] });
  });

  test('keeps its environment, memory and secret files from functions, and cannot be signalled', async () => {
    const files = [
      ...(await secretFiles(stack)),
      ...['environ', 'mem', 'maps'].map((name) => `/proc/${worker.process.pid}/${name}`),
    ];
    const folders = [`/proc/${worker.process.pid}/fd`];
    for (const signal of [0, 'SIGTERM', 'SIGKILL']) {
      const seen = await data<Seen>(stack, 'spy', { files, folders, pids: [worker.process.pid], signal });
      expect(seen.worker).toBe(worker.process.pid);
      expect(new Set(Object.values(seen.files))).toEqual(new Set(['EACCES']));
      expect(Object.values(seen.folders)).toEqual(['EACCES']);
      expect(seen.signals).toEqual(['EPERM']);
    }
    expect(worker.process.exit).toBeUndefined();
  });

  test('keeps sandboxes from each other: environment, memory, files and signals', async () => {
    const victim = await data<{ pid: number; user: number; file: string }>(stack, 'victim');
    const files = [victim.file, ...['environ', 'mem', 'maps'].map((name) => `/proc/${victim.pid}/${name}`)];
    const folders = [join(victim.file, '..'), `/proc/${victim.pid}/fd`, join(victim.file, '..', '..')];
    const seen = await data<Seen>(stack, 'spy', { files, folders, pids: [victim.pid, -victim.pid], signal: 'SIGKILL' });
    expect(seen.user).not.toBe(victim.user);
    expect(new Set([...Object.values(seen.files), ...Object.values(seen.folders)])).toEqual(new Set(['EACCES']));
    expect(seen.signals).toEqual(['EPERM', 'EPERM']);
    expect(await data(stack, 'victim')).toMatchObject({ pid: victim.pid, alive: true });
    expect(readFileSync(victim.file, 'utf8')).toBe('mine');
  });

  test('ends calls as ever: memory, time, and what had cut its ties', async () => {
    expect(await errorOf(stack, 'grows')).toBe('MEMORY_LIMIT');
    expect(await errorOf(stack, 'strays')).toBe('FUNCTION_TIMEOUT');
    await until(
      'no stray is left',
      () => processesOf(FIRST, FIRST + 199).every((pid) => parentOf(pid) === worker.process.pid),
      20_000,
    );
    expect(await data(stack, 'adds', { x: 1, y: 2 })).toBe(3);
  });

  test('takes its busy sandboxes along when it is killed; the next one gives their users back', async () => {
    const { body } = await stack.http.post('/v1/functions/busy/invocations', { data: {}, sync: false });
    await until(
      'it runs',
      async () => (await stack.http.get(`/v1/invocations/${body.requestID}`)).body.data.status === 'running',
      20_000,
    );
    expect(claims(0).length).toBeGreaterThan(1);
    worker.process.signal('SIGKILL');
    await worker.process.exited;
    await until('all sandboxes are gone', () => processesOf(FIRST, FIRST + 199).length === 0, 5_000);
    stack.workers.splice(0);
    const dead = worker.process.pid;
    expect(owners().has(dead)).toBe(true);
    worker = await stack.addWorker({ INVOQ_SANDBOX_UIDS: RANGE });
    expect([...owners()]).toEqual([worker.process.pid]);
    await stack.http.post(`/v1/invocations/${body.requestID}/cancel`, {});
    expect(await data(stack, 'adds', { x: 2, y: 2 })).toBe(4);
  });
});

asRoot('the entry point of the image (as root)', () => {
  /** Any user that is not root will do. */
  const USER = 65_533;

  /** As Docker starts it with `cap_drop: [ALL]` and these added. The strict umask is that of the units for systemd. */
  function startImage(
    args: string[],
    env: Record<string, string>,
    caps = '+chown,+kill,+setgid,+setuid',
  ): LoggedProcess {
    const entry = join(root, 'deploy', 'docker', 'entrypoint.sh');
    const given = { PATH: process.env.PATH, HOME: '/root', INVOQ_USER: `${USER}`, ...env };
    const command = [`--bounding-set=-all${caps && `,${caps}`}`, '--', 'sh', '-c', 'umask 077; exec "$@"', 'sh', entry];
    return new LoggedProcess('image', 'setpriv', [...command, ...args], given);
  }

  test('gives a worker four capabilities and its sandboxes users; functions reach no secret', async () => {
    const stack = await startStack({ functions: readableFunctions(), workers: 0 });
    const files = await secretFiles(stack);
    for (const file of [stack.data, ...files]) chownSync(file, USER, USER);
    const env = { ...stack.settings(), INVOQ_API_URL: stack.url, WORKER_PORT: '0', INVOQ_SANDBOX_UIDS: RANGE };
    const worker = startImage(['node', join(root, 'dist/apps/worker/main.js')], env);
    const port = await worker.waitForLine('it listens', (line) => entryOf(line)?.port as number | undefined, 30_000);
    expect(port).toBeGreaterThan(0);
    const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]).toBe([USER, USER, USER, USER].join('\t'));
    expect(/^CapEff:\s+(\w+)$/m.exec(status)?.[1]).toBe('00000000000000e1');

    const victim = await data<{ pid: number; file: string }>(stack, 'victim');
    const own = [worker.pid, victim.pid].map((pid) => `/proc/${pid}/environ`);
    const seen = await data<Seen>(stack, 'spy', {
      files: [...files, victim.file, ...own],
      pids: [worker.pid, victim.pid],
    });
    expect(new Set(Object.values(seen.files))).toEqual(new Set(['EACCES']));
    expect(seen.signals).toEqual(['EPERM', 'EPERM']);
    // V8 gives up, and its report says so: what the sandbox's user wrote can be read.
    expect(await errorOf(stack, 'heap')).toBe('MEMORY_LIMIT');
    expect(await errorOf(stack, 'grows')).toBe('MEMORY_LIMIT');
    expect(await errorOf(stack, 'strays')).toBe('FUNCTION_TIMEOUT');
    await until(
      'no stray is left',
      () => processesOf(FIRST, FIRST + 199).every((pid) => parentOf(pid) === worker.pid),
      20_000,
    );
    worker.signal('SIGTERM');
    expect((await worker.exited).code).toBe(0);
    expect({ claims: claims(USER), processes: processesOf(FIRST, FIRST + 199) }).toEqual({ claims: [], processes: [] });
    await stack.stop();
  }, 60_000);

  test('leaves other programs nothing, and says so when it may not give up root', async () => {
    const tell = ['sh', '-c', 'id -u; grep CapEff /proc/self/status; echo range=$INVOQ_SANDBOX_UIDS'];
    const api = startImage(tell, {});
    api.mayDie();
    await api.exited;
    expect(api.lines).toEqual([`${USER}`, expect.stringContaining('0000000000000000'), 'range=']);
    const worker = startImage([...tell, 'dist/apps/worker/main.js'], {});
    worker.mayDie();
    await worker.exited;
    expect(worker.lines).toEqual([`${USER}`, expect.stringContaining('00000000000000e1'), 'range=20000-20999']);
    const poor = startImage(tell, {}, '');
    poor.mayDie();
    expect((await poor.exited).code).toBe(1);
    expect(poor.lines.join('\n')).toContain('cannot become 65533. Give it the capabilities SETUID and SETGID');
  });
});

asRoot('without INVOQ_SANDBOX_UIDS (as root)', () => {
  test('a function reaches all that its worker does: it has the same user', async () => {
    const stack = await startStack({ functions: readableFunctions() });
    const [worker] = stack.workers;
    const files = [...(await secretFiles(stack)), `/proc/${worker.process.pid}/environ`];
    const seen = await data<Seen>(stack, 'spy', { files, pids: [worker.process.pid] });
    expect(Object.values(seen.files)).toEqual(files.map(() => 'DONE'));
    expect(seen.signals).toEqual(['DONE']);
    await stack.stop();
  }, 60_000);
});

asRoot('a worker that cannot do what INVOQ_SANDBOX_UIDS asks for (as root)', () => {
  const worker = join(root, 'dist/apps/worker/main.js');
  const start = (range: string, ...by: string[]): { status: number | null; lines: string[] } => {
    const [command, ...args] = [...by, process.execPath, worker];
    const env = {
      PATH: process.env.PATH,
      INVOQ_SANDBOX_UIDS: range,
      REDIS_URL: redis.redis.url,
      INVOQ_DATA: redis.data,
    };
    const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', timeout: 30_000, cwd: root });
    return { status, lines: (stdout + stderr).trim().split('\n') };
  };
  let redis: Stack;
  beforeAll(async () => {
    redis = await startStack({ workers: 0, apis: 0 });
  });
  afterAll(() => redis.stop());

  test.each([
    [
      'it may not change users',
      RANGE,
      ['setpriv', '--reuid=65533', '--clear-groups', '--regid=65533'],
      'CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETUID',
    ],
    [
      'the range is too small',
      `${FIRST}-${FIRST + 1}`,
      [],
      'sandboxes (slots, twice, and spares) need more than 2 users',
    ],
    ['the range is its own', '0-1000', [], 'INVOQ_SANDBOX_UIDS'],
    ['it is no range', '20000', [], 'must be two integers'],
  ])('%s: one line, and it does not start', (_, range, by, text) => {
    const { status, lines } = start(range, ...by);
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(text);
  });
});

test('the folder that secrets are made in is for its owner alone', async () => {
  const folder = join(mkdtempSync(join(scratchDir('kept'), 'a-')), 'new');
  await keptSecret(join(folder, 'secret'), (bytes) => bytes.toString('hex'));
  expect([statSync(folder).mode & 0o777, statSync(join(folder, 'secret')).mode & 0o777]).toEqual([0o700, 0o600]);
});
