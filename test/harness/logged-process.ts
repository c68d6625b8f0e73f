/** A child process whose every line is kept, that is waited for by what it says, and that is ended by its pid. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atEnd } from './at-end';
import { within } from './until';

const KEPT_LINES = 20_000;
const DEADLY: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGHUP', 'SIGABRT', 'SIGSEGV'];

type Listener = (line: string) => void;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class LoggedProcess {
  /** The last lines of stdout and stderr, in the order they came. */
  readonly lines: string[] = [];
  /** Lines so far, those that are no longer kept included. */
  lineCount = 0;
  /** Settles when it is gone and its last line was read. */
  readonly exited: Promise<Exit>;
  exit?: Exit;
  #child: ChildProcess;
  #asked = false;
  #listeners = new Set<Listener>();

  constructor(
    readonly name: string,
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((done) => {
      this.#child.once('error', (error) => {
        this.#keep(`could not be started: ${error.message}`);
        done((this.exit = { code: null, signal: null }));
      });
      this.#child.once('close', (code, signal) => done((this.exit = { code, signal })));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    }
    atEnd(async () => {
      const alone = this.diedAlone();
      await this.kill();
      if (alone) throw alone;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} could not be started:\n${this.tail()}`);
    return this.#child.pid;
  }

  /** The first line, said already or yet to come, that `match` makes something of. Rejects when the process ends first. */
  async waitForLine<T>(what: string, match: (line: string) => T | undefined, timeoutMs: number): Promise<T> {
    for (const line of this.lines) {
      const found = match(line);
      if (found !== undefined) return found;
    }
    let listener: Listener | undefined;
    const received = new Promise<T>((done, fail) => {
      listener = (line) => {
        const found = match(line);
        if (found !== undefined) done(found);
      };
      this.#listeners.add(listener);
      void this.exited.then(() => fail(new Error(this.#obituary(`while waiting for: ${what}`))));
    });
    try {
      return await within(`${this.name}: ${what}`, received, timeoutMs);
    } catch (error) {
      throw this.exit ? error : new Error(`${String(error)}\n${this.tail()}`, { cause: error });
    } finally {
      if (listener) this.#listeners.delete(listener);
    }
  }

  /** Hears every line from now on, also those that are not kept. */
  onLine(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Lines that are JSON objects, such as a log has. */
  entries(): Record<string, unknown>[] {
    return this.lines.map(entryOf).filter((entry) => entry !== undefined);
  }

  tail(count = 30): string {
    return this.lines.slice(-count).join('\n');
  }

  /** Sends a signal; a process that was asked to go is not held to have died by itself. */
  signal(signal: NodeJS.Signals): void {
    if (DEADLY.includes(signal)) this.#asked = true;
    this.#child.kill(signal);
  }

  /** Stops it in mid-step, as a long pause of its machine would, until `thaw`. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return within(`${this.name} is gone after SIGKILL`, this.exited, 10_000);
  }

  /** SIGTERM. Rejects, after a kill, when it takes longer than `limitMs`: a stop must have an end. */
  async stop(limitMs: number): Promise<Exit> {
    this.signal('SIGTERM');
    try {
      return await within(`${this.name} ends after SIGTERM`, this.exited, limitMs);
    } catch (error) {
      await this.kill();
      throw new Error(`${String(error)}\n${this.tail()}`, { cause: error });
    }
  }

  /** What to say of a process that ended though nobody asked it to. */
  diedAlone(): Error | undefined {
    return this.exit && !this.#asked ? new Error(this.#obituary('by itself')) : undefined;
  }

  /** From now on its death is part of the test. */
  mayDie(): void {
    this.#asked = true;
  }

  #obituary(when: string): string {
    return `${this.name} ended ${when} (${this.exit?.signal ?? `exit code ${this.exit?.code}`}). Its last lines:\n${this.tail()}`;
  }

  #keep(line: string): void {
    this.lineCount += 1;
    this.lines.push(line);
    for (const listener of this.#listeners) listener(line);
    if (this.lines.length > KEPT_LINES) this.lines.splice(0, KEPT_LINES / 2);
  }
}

/** The object that a line is the JSON of; undefined for any other line. */
export function entryOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
