/** Runs `invoq` as a person or a program does: the built command line, in an environment that holds nothing else. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';

export const INVOQ = join(__dirname, '..', '..', 'scripts', 'invoq.mjs');
const LIMIT_MS = 60_000;

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  cwd?: string;
  /** Sends SIGINT once this has been written to either stream. */
  stopAt?: string;
  /** Closes stdout after the first piece. */
  closes?: boolean;
}

/** A home without a profile. */
export const HOME = scratchDir('cli-home');

export function invoq(args: string[], { env, input = '', cwd, stopAt, closes }: RunOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [INVOQ, ...args], {
      cwd: cwd ?? HOME,
      env: { PATH: process.env.PATH, HOME, INVOQ_DATA: HOME, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
    let stopped = false;
    const ran: Ran = { code: null, stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        ran[stream] += text;
        if (!stopped && stopAt !== undefined && (ran.stdout + ran.stderr).includes(stopAt)) {
          stopped = child.kill('SIGINT');
        }
        if (closes) child.stdout.destroy();
      });
    }
    child.once('error', fail);
    child.once('close', (code) => done({ ...ran, code }));
    child.stdin.end(input);
  });
}
