/** Runs a command to its end, within a limit, and keeps what it printed for the case that it fails. */
import { spawn } from 'node:child_process';
import { Trouble } from './trouble.mjs';

const KEPT_BYTES = 64 * 1024;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ what: string, cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number, signal?: AbortSignal }} options
 *   `what` names the command to a person; `signal` ends it early.
 * @returns {Promise<string>} what it printed on stdout; rejects with a Trouble when it fails, with the end of its output.
 */
export function runCommand(command, args, { what, cwd, env, timeoutMs, signal }) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env,
      signal,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let printed = '';
    const keep = (text) => (printed = (printed + text).slice(-KEPT_BYTES));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => fail(new Trouble(`${what} could not be run: ${error.message}`, { cause: error })));
    child.on('close', (code, by) => {
      if (code === 0) return done(stdout);
      const how =
        child.killed && by === 'SIGKILL'
          ? `took longer than ${timeoutMs / 1000} s`
          : `failed (${by ?? `exit code ${code}`})`;
      fail(new Trouble(`${what} ${how}.\n${printed.trim()}`.trim()));
    });
  });
}

/** The arguments that run npm again: the npm that runs us when there is one, else the one on PATH. */
export function npm(...args) {
  const running = process.env.npm_execpath;
  return running?.endsWith('npm-cli.js') ? [process.execPath, [running, ...args]] : ['npm', args];
}
