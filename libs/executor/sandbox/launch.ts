/**
 * How a sandbox's process is started: with which limits, flags and variables.
 *
 * Memory has three nets, as each lets something through: V8's heap flag does not see Buffers; the data limit of the system
 * does, yet lets a process fill it with anything; the poll of `memory-watch.ts` sees all, as late as 25 ms of growth.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setprivAs } from '../users/change-user';
import { MARK_VARIABLE } from '../pipe/messages';
import { StartTokens } from '../pipe/start-tokens';
import type { Settings } from '../options';
import { isOfADeadWorker, markOfThisProcess } from '../processes/process-marks';
import { type SandboxUser, SandboxUsers } from '../users/sandbox-users';

const MB = 1024 * 1024;
/** What functions may know of the place they run in. Proxies are not here: their URLs hold passwords. */
const NEUTRAL = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];
/**
 * Data limit beyond the function's own memory and what Node maps at its start, MB: its thread pool, fetch, TLS. Tried on Node 20 with
 * heaps of 64, 128 and 256 MB: with 16 zlib and DNS abort the process, with 80 they work.
 */
const DATA_ROOM_MB = 112;
/** Prints what the system counts as data of a Node that has just started, KB. */
const TELL_DATA = `console.log(/VmData:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1])`;
/** Directories of reports; `<mark of the worker>-<random>` follows. */
const REPORTS = 'invoq-sandboxes-';
const PROBE_MS = 10_000;
/** The head of a report tells all that is asked of it; user code may have written more, bytes. */
const REPORT_HEAD = 64 * 1024;
/** With a user of its own: what it writes outside of its folder is for it alone. */
const OWN_UMASK = 0o077;

export interface Launched {
  process: ChildProcess;
  /** In the environment of the process and of all it starts, see `MARK_VARIABLE`. */
  mark: string;
  /** Node writes here why V8 gave up, if it does. */
  reportFile: string;
  /** Missing where a file for them cannot be made. */
  tokens?: StartTokens;
  /** With a user of its own: resolves some ms after the exit, when nothing of the user is left and it was given back. */
  cleared?: Promise<void>;
}

export class Launcher {
  private readonly variables: Record<string, string>;
  private readonly reports = mkdtempSync(join(tmpdir(), `${REPORTS}${markOfThisProcess()}-`));
  /** Data limit beyond the function's own memory, MB; undefined where the system has none. */
  private dataAllowanceMb: number | undefined;
  private hasSetpriv = false;
  private readonly users: SandboxUsers | undefined;

  constructor(private readonly settings: Settings) {
    this.variables = neutral(settings.inheritedEnv);
    this.users = settings.users && new SandboxUsers(settings.users, settings.log);
  }

  /** Finds out which of util-linux's tools are there; without them (macOS) the limits are Node's and the poll's. */
  async prepare(): Promise<void> {
    // 48 MB with Node 20, 560 with Node 24, all of whose range for code counts from the start.
    const [nodeKb, setpriv] = await Promise.all([
      this.answer('prlimit', ['--core=0', '--', process.execPath, '-e', TELL_DATA]),
      this.answer('setpriv', ['--pdeathsig', 'KILL', '--', 'true']),
    ]);
    if (nodeKb) this.dataAllowanceMb = Math.ceil(Number(nodeKb) / 1024) + DATA_ROOM_MB;
    this.hasSetpriv = setpriv !== undefined;
    removeLeftReports();
    const { slots, spares, maxLingering, childEntry } = this.settings;
    await this.users?.prepare({ files: [process.execPath, childEntry], sandboxes: slots + spares + maxLingering });
    const { dataAllowanceMb, hasSetpriv } = this;
    this.settings.log.debug({ dataAllowanceMb, setpriv: hasSetpriv }, 'tools for sandboxes');
  }

  /** Throws when the system has no room for it, or no user is free. */
  launch(memoryMb: number): Launched {
    const id = randomBytes(9).toString('base64url');
    const mark = `${markOfThisProcess()}.${id}`;
    const user = this.users?.take();
    const reportFile = user?.reportFile ?? join(this.reports, `${id}.json`);
    const tokens = StartTokens.open(join(this.reports, `${id}.tokens`));
    let launched: ChildProcess;
    try {
      launched = this.spawned(this.command(memoryMb, reportFile, user), mark, tokens, user);
    } catch (error) {
      tokens?.close();
      if (user) void this.users?.leave(user);
      throw error;
    }
    return { process: launched, mark, reportFile, tokens, cleared: user && this.clearedAfter(launched, user) };
  }

  /** Files that sandboxes cannot read, where they have users of their own. */
  async unreadable(files: string[]): Promise<string[]> {
    return (await this.users?.unreadable(files)) ?? [];
  }

  async close(): Promise<void> {
    await this.users?.close();
    rmSync(this.reports, { recursive: true, force: true });
  }

  private spawned(
    [command, ...args]: string[],
    mark: string,
    tokens: StartTokens | undefined,
    user: SandboxUser | undefined,
  ): ChildProcess {
    const own = user && { HOME: user.folder, TMPDIR: user.folder };
    const before = user && process.umask(OWN_UMASK);
    try {
      return spawn(command, args, {
        // A process group of its own, so that one signal reaches all that it starts.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe', tokens?.fd ?? 'ignore'],
        env: { ...this.variables, ...own, [MARK_VARIABLE]: mark },
        cwd: user?.folder ?? tmpdir(),
      });
    } finally {
      if (before !== undefined) process.umask(before);
    }
  }

  private clearedAfter(launched: ChildProcess, user: SandboxUser): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => resolve(this.users!.leave(user));
      launched.once('exit', leave);
      launched.once('error', () => launched.pid === undefined && leave());
    });
  }

  private command(memoryMb: number, reportFile: string, user: SandboxUser | undefined): string[] {
    const { dataAllowanceMb } = this;
    const limits = dataAllowanceMb && [`--data=${(memoryMb + dataAllowanceMb) * MB}`, '--core=0'];
    // The kernel kills the process when the worker is gone, be it in `for(;;){}`. (Else fd 3 tells it.)
    const dies = ['--pdeathsig', 'KILL'];
    return [
      ...(limits ? ['prlimit', ...limits, '--'] : []),
      ...(user ? setprivAs(user.id, ...dies) : this.hasSetpriv ? ['setpriv', ...dies, '--'] : []),
      process.execPath,
      `--max-old-space-size=${memoryMb}`,
      `--max-semi-space-size=${Math.min(16, Math.max(1, Math.floor(memoryMb / 16)))}`,
      '--report-on-fatalerror',
      '--report-compact',
      '--report-exclude-network',
      `--report-directory=${dirname(reportFile)}`,
      `--report-filename=${basename(reportFile)}`,
      this.settings.childEntry,
    ];
  }

  /** What a command prints; undefined when it is not there, or fails. */
  private answer(command: string, args: string[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      const options = { env: this.variables, timeout: PROBE_MS };
      execFile(command, args, options, (error, stdout) => resolve(error === null ? stdout.trim() : undefined));
    });
  }
}

/** Whether V8 (not the function) ended the process, for want of memory. Asked once, after a death by signal. */
export function ranOutOfMemory(reportFile: string, pid: number): boolean {
  const head = headOf(reportFile);
  if (!head?.includes('"trigger":"OOMError"')) return false;
  rmSync(reportFile, { force: true });
  // A process that the function forked has the same flags and so writes to the same file. Without a pid there was not even
  // the memory to write it to its end.
  const writer = /"processId":(\d+)/.exec(head)?.[1];
  return writer === undefined || Number(writer) === pid;
}

/** User code may have put anything in its place: a pipe, a link, a large file. */
function headOf(reportFile: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(reportFile, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return undefined;
    const head = Buffer.alloc(REPORT_HEAD);
    return head.toString('utf8', 0, readSync(fd, head));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Those of workers that were killed. */
function removeLeftReports(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(REPORTS) || !isOfADeadWorker(name.slice(REPORTS.length).replace(/-.*/, ''))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
      continue;
    }
  }
}

function neutral(inheritedEnv: Settings['inheritedEnv']): Record<string, string> {
  const result: Record<string, string> = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home(),
    LANG: 'C.UTF-8',
    TMPDIR: tmpdir(),
  };
  for (const name of NEUTRAL) {
    const value = inheritedEnv[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function home(): string {
  try {
    return homedir();
  } catch {
    // A user that the system has no entry of, as containers may run as.
    return tmpdir();
  }
}
