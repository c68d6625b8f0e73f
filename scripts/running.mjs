/**
 * Who runs on a data folder: a note of process ids, so that the next start finds what a killed start left behind.
 * A process is believed to be ours only when its command line says so; ids are used again by the system.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './lock.mjs';
import { Trouble, say } from './trouble.mjs';

/** A command line may name it by any path, so only its last part is looked for. */
const SCRIPT = 'start.mjs';
const SOFT_STOP_MS = 5000;
const HARD_STOP_MS = 5000;

/** The note of one start, in `<dataDir>/running.json`. */
export class Running {
  #file;
  #note = { start: process.pid };

  constructor(dataDir) {
    this.#file = join(dataDir, 'running.json');
  }

  /** What the note of a running start says, for whoever wants to join it; undefined when none runs. */
  static find(dataDir) {
    const note = read(join(dataDir, 'running.json'));
    return note && note.start !== process.pid && isOurs(note.start, SCRIPT) ? note : undefined;
  }

  /** Refuses when another start runs here; ends the apps that a killed one left. Its Redis is not touched. */
  async claim(dataDir) {
    const other = Running.find(dataDir);
    if (other)
      throw new Trouble(
        `Invoq runs here already (process ${other.start}${other.url ? `, ${other.url}` : ''}). Stop it first, or set another INVOQ_DATA and PORT.`,
      );
    const left = Object.entries(read(this.#file)?.apps ?? {}).filter(([, app]) => isOurs(app.pid, app.entry));
    for (const [name, { pid }] of left) {
      say(`Ending the ${name} (process ${pid}) that an earlier start left behind`);
      await endProcess(pid, SOFT_STOP_MS);
    }
    this.#write();
  }

  /** Adds to the note: `apps` are merged, the rest is replaced. */
  add({ apps, ...rest }) {
    this.#note = { ...this.#note, ...rest, apps: { ...this.#note.apps, ...apps } };
    this.#write();
  }

  /** Takes the note away; nothing of this start runs any more. */
  clear() {
    rmSync(this.#file, { force: true });
  }

  #write() {
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#note), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** What the last start on this folder noted of itself, whether it runs still or not. */
export function noteOf(dataDir) {
  return read(join(dataDir, 'running.json'));
}

/** Ends a process that is not our child: SIGTERM, after `softMs` SIGKILL. Rejects if it is there even after that. */
export async function endProcess(pid, softMs) {
  for (const [signal, limitMs] of [
    ['SIGTERM', softMs],
    ['SIGKILL', HARD_STOP_MS],
  ]) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code === 'ESRCH') return;
      throw new Trouble(`Process ${pid} could not be ended: ${error.message}`);
    }
    for (const until = Date.now() + limitMs; Date.now() < until; await sleep(50)) if (!isAlive(pid)) return;
  }
  throw new Trouble(`Process ${pid} could not be ended, not even by SIGKILL.`);
}

/** Does this process run, with these words in its command line? */
export function isOurs(pid, words) {
  return Number.isInteger(pid) && isAlive(pid) && commandLine(pid).includes(words);
}

function commandLine(pid) {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 });
  } catch {
    return '';
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
