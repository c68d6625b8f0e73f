/** The Redis of `npm start`: one server on `<dataDir>/redis`, whose data the next start finds again. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './lock.mjs';
import { freePort, whyNotListen } from './ports.mjs';
import { endProcess, isOurs } from './running.mjs';
import { Trouble, say } from './trouble.mjs';

/** Reading the AOF back takes about a second for each 100 MB. */
const READY_LIMIT_MS = 60_000;
/** SIGTERM makes Redis sync its AOF to the disk before it exits. */
const STOP_LIMIT_MS = 10_000;
const HOST = '127.0.0.1';
/** As Redis takes it: bytes, or with a unit. */
const MEMORY = /^\d{1,15}(b|k|kb|m|mb|g|gb)?$/i;

export class RedisHere {
  /** Settles when the server is gone, whoever ended it. */
  gone;

  constructor(pid, port, child) {
    this.pid = pid;
    this.url = `redis://${HOST}:${port}`;
    this.gone = child ? new Promise((done) => child.once('exit', done)) : goneOf(pid);
  }

  /**
   * @param {{ dataDir: string, bring: () => Promise<string>, logFile: string, signal?: AbortSignal }} options
   *   `bring` gives the server program; it is asked only when no server of ours runs on the folder.
   */
  static async start({ dataDir, bring, logFile, signal }) {
    const memory = memoryLimit();
    const dir = join(dataDir, 'redis');
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const left = await findLeft(dir);
    if (left) {
      await limitMemory(left.port, memory);
      say(`Redis of an earlier start still runs (process ${left.pid}): using it`);
      return new RedisHere(left.pid, left.port);
    }
    const program = await bring();
    const remembered = readNumber(join(dir, 'port'));
    // The same port as last time, so that a REDIS_URL in someone's shell stays true.
    const port = remembered && !(await whyNotListen(remembered, HOST)) ? remembered : await freePort();
    const child = spawnServer(program, { dir, port, memory }, logFile);
    const redis = new RedisHere(child.pid, port, child);
    try {
      await redis.#ready(dir, logFile, child, signal);
    } catch (error) {
      await redis.stop();
      throw error;
    }
    writeFileSync(join(dir, 'port'), String(port));
    return redis;
  }

  async stop() {
    if (this.pid) await endProcess(this.pid, STOP_LIMIT_MS);
  }

  /** At once. What was answered is in the system's cache by then, so only a crash of the machine could lose it. */
  kill() {
    if (isAlive(this.pid)) process.kill(this.pid, 'SIGKILL');
  }

  async #ready(dir, logFile, child, signal) {
    const port = Number(new URL(this.url).port);
    let failed;
    child.once('error', (error) => (failed = error.message));
    child.once('exit', (code, by) => (failed ??= `it ended with ${by ?? `exit code ${code}`}`));
    for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until; await sleep(25, undefined, { signal })) {
      if (failed) throw new Trouble(`Redis could not start: ${failed}. The end of ${logFile}:\n${tail(logFile)}`);
      const reply = await ask(port);
      if (reply?.dir === realpathSync(dir) && !reply.loading) return;
    }
    throw new Trouble(`Redis was not ready within ${READY_LIMIT_MS / 1000} s. See ${logFile}`);
  }
}

function spawnServer(program, { dir, port, memory }, logFile) {
  const settings = {
    port,
    bind: HOST,
    dir,
    pidfile: join(dir, 'redis.pid'),
    appendonly: 'yes',
    appendfsync: 'everysec',
    // Full, it refuses what is new; without a limit it grows until the system ends something.
    maxmemory: memory,
    'maxmemory-policy': 'noeviction',
    save: '',
    daemonize: 'no',
  };
  const log = openSync(logFile, 'a');
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // Detached: Ctrl-C reaches the whole foreground group, and Redis has to outlive the apps by some seconds.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** INVOQ_REDIS_MEMORY (`0`: no limit), or half of the memory of this machine or of its container. */
function memoryLimit() {
  const wanted = process.env.INVOQ_REDIS_MEMORY;
  if (!wanted) return String(Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 2));
  if (MEMORY.test(wanted)) return wanted;
  throw new Trouble(`INVOQ_REDIS_MEMORY=${wanted} is no size of memory, such as 512mb, 2gb or 0 (no limit).`);
}

/** Of a server that runs already. */
function limitMemory(port, memory) {
  return new Promise((done) => {
    const socket = createConnection({ host: HOST, port }, () => socket.write(`CONFIG SET maxmemory ${memory}\r\n`));
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('data', () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', done);
  });
}

/** The server that a killed start left on this folder. Two servers on one AOF would ruin it, so any doubt is refused. */
async function findLeft(dir) {
  const port = readNumber(join(dir, 'port'));
  const reply = port ? await ask(port) : undefined;
  if (reply?.dir === realpathSync(dir)) return { pid: reply.pid, port };
  // One that is just ending answers nobody any more.
  for (const until = Date.now() + STOP_LIMIT_MS; Date.now() < until && holds(dir); await sleep(100));
  if (!holds(dir)) return undefined;
  throw new Trouble(
    `A Redis (process ${holds(dir)}) holds ${dir} and does not answer as expected. End it (kill ${holds(dir)}), then start again.`,
  );
}

/** The id of the server process that has this folder; undefined when none runs. */
function holds(dir) {
  const pid = readNumber(join(dir, 'redis.pid'));
  const runs = pid && ['redis-server', 'valkey-server', 'redis-check-rdb'].some((words) => isOurs(pid, words));
  return runs ? pid : undefined;
}

/** Asks whoever listens on the port which Redis it is; undefined when it is none, or says nothing within a second. */
function ask(port) {
  return new Promise((done) => {
    let text = '';
    const socket = createConnection({ host: HOST, port });
    const finish = (value) => {
      socket.destroy();
      done(value);
    };
    socket.setTimeout(1000, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.once('connect', () => socket.write('CONFIG GET dir\r\nINFO\r\nPING\r\n'));
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (!/\r\n(\+PONG|-\w+[^\r]*)\r\n$/.test(text)) return;
      const pid = Number(/process_id:(\d+)/.exec(text)?.[1]);
      finish(
        pid
          ? { pid, dir: /\$3\r\ndir\r\n\$\d+\r\n([^\r]*)/.exec(text)?.[1], loading: !text.endsWith('+PONG\r\n') }
          : undefined,
      );
    });
  });
}

/** A process that is not our child can only be looked at now and then. */
async function goneOf(pid) {
  while (isAlive(pid)) await sleep(500, undefined, { ref: false });
}

function readNumber(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function tail(file) {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n');
}
