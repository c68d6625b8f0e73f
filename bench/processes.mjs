/** The processes of a measurement: started here, told apart by role, heard through log files, ended by their ids. */
import { fork, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../scripts/trouble.mjs';

const READY_LIMIT_MS = 30_000;
/** The apps give what runs 30 s after SIGTERM, and nothing runs long here. */
const END_LIMIT_MS = 10_000;

export class Processes {
  #children = [];
  #dir;
  #ending;

  /** @param {string} dir for log files */
  constructor(dir) {
    this.#dir = dir;
    // Whatever ends this process: nothing of it stays.
    process.on('exit', this.#killAll);
  }

  #killAll = () => this.#children.forEach((child) => child.kill('SIGKILL'));

  /**
   * Starts a program and waits for the line of its output that `match` makes something of.
   * Its output goes to a file, as reading a line for each call here would take from what is measured.
   */
  async start(name, command, args, { env, cwd, match }) {
    const { log, file } = this.#log(name);
    const child = this.#keep(spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', log, log] }), log);
    const said = await until(name, file, child, () => {
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        const found = match(line);
        if (found !== undefined) return found;
      }
      return undefined;
    });
    return { pid: child.pid, said };
  }

  /** Starts a module of ours that speaks as `answering.mjs` has it, and waits until it is ready. */
  async peer(name, module, settings = {}, execArgv = []) {
    const { log, file } = this.#log(name);
    const options = { env: plainEnvironment(), detached: true, execArgv, stdio: ['ignore', log, log, 'ipc'] };
    const child = this.#keep(fork(module, [JSON.stringify(settings)], options), log);
    const peer = new Peer(name, child, file);
    await until(name, file, child, () => peer.ready);
    return peer;
  }

  /** All of them, those that were started last first: a worker should not see its Redis go before itself. */
  end() {
    this.#ending ??= (async () => {
      for (const child of [...this.#children].reverse()) await endChild(child);
      process.off('exit', this.#killAll);
    })();
    return this.#ending;
  }

  #keep(child, log) {
    closeSync(log);
    if (this.#ending) child.kill('SIGKILL');
    this.#children.push(child);
    return child;
  }

  #log(name) {
    const file = join(this.#dir, `${name}.log`);
    return { log: openSync(file, 'a'), file };
  }
}

/** A process that answers questions, one at a time or many. */
class Peer {
  ready;
  #waiting = new Map();
  #asked = 0;

  constructor(name, child, file) {
    this.name = name;
    this.child = child;
    this.pid = child.pid;
    child.on('message', ({ ready, id, reply, error }) => {
      if (ready) return void (this.ready = ready);
      const { done, fail } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error === undefined) done?.(reply);
      else fail?.(new Error(`${name}: ${error}`));
    });
    child.once('exit', () => {
      for (const { fail } of this.#waiting.values()) fail(new Trouble(`${name} ended:\n${tail(file)}`));
    });
  }

  async ask(question, limitMs) {
    const id = ++this.#asked;
    let timer;
    try {
      return await new Promise((done, fail) => {
        this.#waiting.set(id, { done, fail });
        timer = setTimeout(() => fail(new Trouble(`${this.name} did not answer within ${limitMs} ms`)), limitMs);
        this.child.send({ id, question });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }
}

/** Nothing that is set on this machine may change what is measured. */
export function plainEnvironment() {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'].filter((name) => process.env[name] !== undefined);
  return { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), NODE_ENV: 'production' };
}

async function until(name, file, child, look) {
  let failed;
  child.once('error', (error) => (failed = error.message));
  for (const end = Date.now() + READY_LIMIT_MS; Date.now() < end; await sleep(25)) {
    const found = look();
    if (found !== undefined) return found;
    if (failed ?? hasEnded(child)) break;
  }
  throw new Trouble(`${name} did not become ready${failed ? ` (${failed})` : ''}:\n${tail(file)}`);
}

async function endChild(child) {
  if (hasEnded(child) || child.pid === undefined) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

function tail(file) {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-12).join('\n');
}
