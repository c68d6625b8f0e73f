/**
 * How a sandbox's process is started: with which limits, flags and variables.
 *
 * Memory has three nets, as each lets something through: V8's heap flag does not see Buffers; the data limit of the system
 * does, yet lets a process fill it with anything; the poll of `memory-watch.ts` sees all, 25 ms late.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MARK_VARIABLE } from './messages';
import type { Settings } from './options';
import { isOfADeadWorker, markOfThisProcess } from './process-marks';

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

export interface Launched {
  process: ChildProcess;
  /** In the environment of the process and of all it starts, see `MARK_VARIABLE`. */
  mark: string;
  /** Node writes here why V8 gave up, if it does. */
  reportFile: string;
}

export class Launcher {
  private readonly variables: Record<string, string>;
  private readonly reports = mkdtempSync(join(tmpdir(), `${REPORTS}${markOfThisProcess()}-`));
  /** Data limit beyond the function's own memory, MB; undefined where the system has none. */
  private dataAllowanceMb: number | undefined;
  private hasSetpriv = false;

  constructor(private readonly settings: Settings) {
    this.variables = neutral(settings.surroundings);
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
    const { dataAllowanceMb, hasSetpriv } = this;
    this.settings.log.debug({ dataAllowanceMb, setpriv: hasSetpriv }, 'tools for sandboxes');
  }

  launch(memoryMb: number): Launched {
    const id = randomBytes(9).toString('base64url');
    const mark = `${markOfThisProcess()}.${id}`;
    const [command, ...args] = this.command(memoryMb, `${id}.json`);
    const process = spawn(command, args, {
      // A process group of its own, so that one signal reaches all that it starts.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...this.variables, [MARK_VARIABLE]: mark },
      cwd: tmpdir(),
    });
    return { process, mark, reportFile: join(this.reports, `${id}.json`) };
  }

  close(): void {
    rmSync(this.reports, { recursive: true, force: true });
  }

  private command(memoryMb: number, reportName: string): string[] {
    const { dataAllowanceMb } = this;
    const limits = dataAllowanceMb && [`--data=${(memoryMb + dataAllowanceMb) * MB}`, '--core=0'];
    return [
      ...(limits ? ['prlimit', ...limits, '--'] : []),
      // The kernel kills the process when the worker is gone, be it in `for(;;){}`. (Else fd 3 tells it.)
      ...(this.hasSetpriv ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []),
      process.execPath,
      `--max-old-space-size=${memoryMb}`,
      `--max-semi-space-size=${Math.min(16, Math.max(1, Math.floor(memoryMb / 16)))}`,
      '--report-on-fatalerror',
      '--report-compact',
      '--report-exclude-network',
      `--report-directory=${this.reports}`,
      `--report-filename=${reportName}`,
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
  let report: string;
  try {
    report = readFileSync(reportFile, 'utf8');
  } catch {
    return false;
  }
  try {
    const { header } = JSON.parse(report) as { header: { trigger: string; processId: number } };
    // A process that the function forked has the same flags and so writes to the same file.
    return header.trigger === 'OOMError' && header.processId === pid;
  } catch {
    // There was not even the memory to write it to its end.
    return report.includes('"trigger":"OOMError"');
  } finally {
    rmSync(reportFile, { force: true });
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

function neutral(surroundings: Settings['surroundings']): Record<string, string> {
  const result: Record<string, string> = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    TMPDIR: tmpdir(),
  };
  for (const name of NEUTRAL) {
    const value = surroundings[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
