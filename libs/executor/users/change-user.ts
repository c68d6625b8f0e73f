/** Running a program as another user: what the worker needs for it, and the command that does it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Capabilities that a worker needs to run sandboxes as other users, by their bit in the kernel's sets. */
const NEEDED: readonly (readonly [string, bigint])[] = [
  ['CAP_CHOWN', 0n],
  ['CAP_KILL', 5n],
  ['CAP_SETGID', 6n],
  ['CAP_SETUID', 7n],
];

const LIMIT_MS = 30_000;

/** Of util-linux: a user and group of this id, no other groups, no capability, and no way to gain one. */
export function setprivAs(id: number, ...more: string[]): string[] {
  return [
    'setpriv',
    `--reuid=${id}`,
    `--regid=${id}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--no-new-privs',
    ...more,
    '--',
  ];
}

/** The capabilities that this process lacks; all of them where the system has none. */
export function missingCapabilities(): string[] {
  let held = 0n;
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  } catch {
    held = 0n;
  }
  return NEEDED.filter(([, bit]) => (held & (1n << bit)) === 0n).map(([name]) => name);
}

/** What a shell script prints when this user runs it. Its exit code does not matter; rejects when it could not be run. */
export function runAs(id: number, script: string, ...args: string[]): Promise<string> {
  const [command, ...rest] = [...setprivAs(id), 'sh', '-c', script, 'sh', ...args];
  const options = { cwd: '/', timeout: LIMIT_MS, env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, maxBuffer: 1 << 24 };
  return new Promise((resolve, reject) => {
    execFile(command, rest, options, (error, stdout, stderr) => {
      // 127: what setpriv itself ends with when it fails, and a shell that is not there.
      if (error === null || (typeof error.code === 'number' && error.code !== 127)) resolve(stdout);
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}
