/** `node scripts/start.mjs` as a person has it, on a data folder and a port of the test's own. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../harness/at-end';
import { freePort } from '../harness/free-port';
import { http, type HttpClient } from '../harness/http';
import { LoggedProcess } from '../harness/logged-process';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';

const root = join(__dirname, '..', '..');
const READY_LIMIT_MS = 60_000;

/** What a start notes of itself; see scripts/running.mjs. */
interface Note {
  start: number;
  redisUrl: string;
  apps: Record<'api' | 'worker', { pid: number }>;
}

export class Installation {
  readonly data = scratchDir('start');
  readonly http: HttpClient;

  private constructor(readonly port: number) {
    this.http = http(`http://127.0.0.1:${port}`);
    // A start that is killed leaves its children on purpose; a test must not.
    atEnd(() => this.pids().forEach((pid) => endForGood(pid)));
  }

  static async found(): Promise<Installation> {
    return new Installation(await freePort());
  }

  /** Runs the script and waits for nothing. */
  run(args: string[] = [], env: Record<string, string> = {}): LoggedProcess {
    const own = { PORT: String(this.port), INVOQ_DATA: this.data, INVOQ_GRACE: '8s' };
    const settings = { PATH: process.env.PATH, HOME: process.env.HOME, ...own };
    return new LoggedProcess('start', process.execPath, [join(root, 'scripts/start.mjs'), ...args], {
      ...settings,
      ...env,
    });
  }

  /** Runs it until it says that it is ready. */
  async up(env: Record<string, string> = {}): Promise<LoggedProcess> {
    const start = this.run([], env);
    await start.waitForLine('it is ready', (line) => (line.startsWith('- Ready') ? line : undefined), READY_LIMIT_MS);
    await start.waitForLine('the line to try', (line) => (line.includes('curl') ? line : undefined), 1000);
    return start;
  }

  note(): Note | undefined {
    const file = join(this.data, 'running.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Note) : undefined;
  }

  /** Of all that runs for it besides the script: API, worker, Redis. */
  pids(): number[] {
    const redis = join(this.data, 'redis', 'redis.pid');
    const apps = Object.values(this.note()?.apps ?? {}).map(({ pid }) => pid);
    return [...apps, ...(existsSync(redis) ? [Number(readFileSync(redis, 'utf8'))] : [])];
  }

  async gone(pids: number[]): Promise<void> {
    await until(`processes ${pids.join(', ')} are gone`, () => pids.every((pid) => !runs(pid)), 10_000);
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // An orphan that has ended stays a zombie where the first process of the machine collects none.
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/^\d+ \(.*\) Z /s.test(readFileSync(stat, 'utf8'));
}

function endForGood(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone already, which is what is wanted.
  }
}
