/** One app (the API or a worker) as a child: started, waited for, heard, stopped. */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './places.mjs';
import { Trouble } from './trouble.mjs';

/** The apps' own end comes some seconds after the time that INVOQ_GRACE gives to calls under way. */
const STOP_MARGIN_MS = 10_000;
const DEFAULT_GRACE_MS = 30_000;
const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const READY_LIMIT_MS = 30_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const SHOWN_PER_SECOND = 20;
const REPEAT_MS = 10_000;
const WARN = 40;
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** The compiled entry of an app, from the root. */
export function entryOf(name) {
  return join('dist', 'apps', name, 'main.js');
}

/** How long an app may take to stop, ms. The app itself checks how INVOQ_GRACE is written; here it is only followed. */
function stopLimitMs() {
  const [, number, unit = 'ms'] = /^(\d+)(ms|s|m|h|d)?$/.exec(process.env.INVOQ_GRACE?.trim() ?? '') ?? [];
  return STOP_MARGIN_MS + (number === undefined ? DEFAULT_GRACE_MS : Number(number) * UNITS_MS[unit]);
}

export class AppProcess {
  /** Settles when the process is gone, with how it went: `exit code 1`, `SIGKILL`. */
  gone;
  /** An operator had it drained and ended: its end is wanted. */
  wasDrained = false;
  #child;
  #name;
  #logFile;
  #port;
  #lastText;
  #lastAt = 0;
  #second = 0;
  #shown = 0;

  /** @param {{ name: 'api' | 'worker', env: NodeJS.ProcessEnv, logFile: string, args?: string[] }} options */
  constructor({ name, env, logFile, args = [] }) {
    this.#name = name;
    this.#logFile = logFile;
    if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT_BYTES) truncateSync(logFile);
    // Detached: Ctrl-C reaches the whole foreground group, and it is for us to say in which order things stop. By the channel
    // it knows when we are gone, and drains.
    const child = spawn(process.execPath, [join(root, entryOf(name)), ...args], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message) => {
      if (message?.event === 'drained') this.wasDrained = true;
      if (message?.event === 'listening') this.#port = message.port;
    });
    this.gone = new Promise((done) => {
      child.once('error', (error) => done(error.message));
      // `close` comes after the last line was read, so what it died of is shown first.
      child.once('close', (code, by) => done(by ?? `exit code ${code}`));
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    log.on('error', (error) => this.#show(`its log file fails: ${error.message}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(log, { end: false });
      createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
    this.gone.then(() => log.end());
  }

  get pid() {
    return this.#child.pid;
  }

  get #runs() {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== undefined;
  }

  /**
   * Resolves once the app says that it is ready.
   * @param {string} host where it can be reached, as a URL has it
   * @param {AbortSignal} signal
   */
  async ready(host, signal) {
    let said = 'nothing';
    for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until; await sleep(50, undefined, { signal })) {
      if (!this.#runs)
        throw new Trouble(
          `The ${this.#name} ended while starting (${await this.gone}). All it said is in ${this.#logFile}`,
        );
      if (!this.#port) continue;
      said = await fetch(`http://${host}:${this.#port}/readyz`, {
        signal: AbortSignal.timeout(2000),
      }).then(
        (response) => response.status,
        (error) => error.cause?.code ?? error.name,
      );
      if (said === 200) return;
    }
    const where = this.#port ? `GET /readyz on port ${this.#port} said ${said}` : 'it never said that it listens';
    throw new Trouble(
      `The ${this.#name} was not ready within ${READY_LIMIT_MS / 1000} s: ${where}. See ${this.#logFile}`,
    );
  }

  /** SIGTERM, and SIGKILL when it takes longer than it may. */
  async stop() {
    if (!this.#runs) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), stopLimitMs());
    await this.gone;
    clearTimeout(timer);
  }

  changeLogLevel() {
    if (this.#runs && this.#port) this.#child.kill('SIGUSR2');
  }

  kill() {
    if (this.#runs) this.#child.kill('SIGKILL');
  }

  /** Log lines are JSON, one each; anything else, such as the stack of a crash, is shown as it is. */
  #hear(line) {
    let entry;
    try {
      entry = JSON.parse(line);
    } catch {
      return this.#show(line);
    }
    if (typeof entry !== 'object' || entry === null) return this.#show(line);
    const level = LEVELS[entry.level] ?? entry.level;
    if (!(level >= WARN)) return;
    const cause = (entry.err ?? entry.error)?.message;
    this.#show(`${level > WARN ? 'error' : 'warning'}: ${[entry.msg, cause].filter(Boolean).join(': ')}`);
  }

  #show(text) {
    const now = Date.now();
    // While Redis is away an app says the same each second; once in a while is enough here.
    if (text === this.#lastText && now - this.#lastAt < REPEAT_MS) return;
    [this.#lastText, this.#lastAt] = [text, now];
    const second = Math.floor(now / 1000);
    if (second !== this.#second) [this.#second, this.#shown] = [second, 0];
    this.#shown += 1;
    if (this.#shown > SHOWN_PER_SECOND) return;
    const last = this.#shown === SHOWN_PER_SECOND;
    console.log(
      `  ${this.#name.padEnd(6)} | ${last ? `more of this second is in ${this.#logFile}` : text.slice(0, 500)}`,
    );
  }
}
