/**
 * `npm start`: from a fresh checkout to a working Invoq, and back down in order.
 * Up: dependencies, Redis, build, API and worker. Down: API and worker together, then Redis.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppProcess, entryOf } from './app-process.mjs';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { dataDir, root } from './places.mjs';
import { freePort, whyNotListen } from './ports.mjs';
import { bringRedis } from './redis.mjs';
import { RedisHere } from './redis-here.mjs';
import { keepRedis } from './redis-keeper.mjs';
import { Running } from './running.mjs';
import { onStopSignals } from './stop-signals.mjs';
import { Trouble, report, say } from './trouble.mjs';

const EXAMPLES = join(root, 'examples', 'functions');

export async function startEverything() {
  const all = new Everything();
  onStopSignals({
    first() {
      say('Stopping; running calls get their time (once more to stop at once)');
      all.stopping.abort();
    },
    second() {
      all.kill();
      console.error('! Ended at once.');
      process.exit(1);
    },
  });
  process.on('SIGUSR2', () => all.changeLogLevel());
  try {
    await all.open();
    report(await all.firstDeath());
  } catch (error) {
    if (!all.stopping.signal.aborted) report(error);
  } finally {
    await all.close();
  }
}

class Everything {
  stopping = new AbortController();
  #data = dataDir();
  #logs = join(this.#data, 'logs');
  #running = new Running(this.#data);
  #claimed = false;
  #apps = {};
  #redis;

  async open() {
    const { signal } = this.stopping;
    const began = Date.now();
    mkdirSync(this.#logs, { recursive: true });
    await this.#running.claim(this.#data);
    this.#claimed = true;
    const host = process.env.HOST || '127.0.0.1';
    const port = await this.#choosePort(host);
    await install(signal);
    const given = process.env.REDIS_URL || process.env.REDIS_URL_FILE;
    const redisUrl = given ? process.env.REDIS_URL : await this.#startRedis(signal);
    await build({ signal });
    const api = `http://${reachable(host)}:${port}`;
    const env = {
      ...process.env,
      HOST: host,
      PORT: String(port),
      WORKER_PORT: process.env.WORKER_PORT || '0',
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      // Nobody balances between this API and another one.
      INVOQ_SHUTDOWN_DELAY: process.env.INVOQ_SHUTDOWN_DELAY || '0',
      INVOQ_DATA: this.#data,
      INVOQ_WATCH: process.env.INVOQ_WATCH || 'true',
      INVOQ_FUNCTIONS: process.env.INVOQ_FUNCTIONS || EXAMPLES,
      INVOQ_API_URL: process.env.INVOQ_API_URL || api,
    };
    say('Starting the API and a worker');
    await Promise.race([
      Promise.all(['api', 'worker'].map((name) => this.#startApp(name, env, signal))),
      aborted(signal),
    ]);
    this.#running.add({ url: api, redisUrl });
    say(
      `Ready in ${((Date.now() - began) / 1000).toFixed(1)} s. Logs in ${this.#logs}; Ctrl-C stops. Try:\n\n${tryLine(api, env)}\n`,
    );
  }

  /** Resolves with the Trouble of whatever ends by itself; rejects when a stop is asked for. */
  firstDeath() {
    const deaths = Object.entries(this.#apps).map(([name, app]) =>
      app.gone.then((how) => {
        if (app.wasDrained && how === 'exit code 0') return this.#isWanted(name);
        return new Trouble(
          `The ${name} ended by itself (${how}); stopping the rest. See ${join(this.#logs, `${name}.log`)}`,
        );
      }),
    );
    if (this.#redis)
      deaths.push(
        this.#redis.gone.then(
          () => new Trouble(`Redis ended by itself; stopping the rest. See ${join(this.#logs, 'redis.log')}`),
        ),
      );
    return Promise.race([...deaths, aborted(this.stopping.signal)]);
  }

  /** An operator drained it: the rest goes on, until it is stopped or something else ends. */
  #isWanted(name) {
    say(`The ${name} was drained and has ended, as an operator asked. The rest goes on`);
    return new Promise(() => undefined);
  }

  async close() {
    await Promise.all(Object.values(this.#apps).map((app) => app.stop()));
    await this.#redis?.stop();
    if (this.#claimed) this.#running.clear();
    if (this.stopping.signal.aborted) say('Stopped');
  }

  /** A process that does not listen yet would die of the signal. */
  changeLogLevel() {
    for (const app of Object.values(this.#apps)) app.changeLogLevel();
  }

  kill() {
    for (const app of Object.values(this.#apps)) app.kill();
    this.#redis?.kill();
    if (this.#claimed) this.#running.clear();
  }

  async #choosePort(host) {
    const wanted = Number(process.env.PORT || 3000);
    if (!(Number.isInteger(wanted) && wanted >= 0 && wanted < 65_536))
      throw new Trouble(`PORT=${process.env.PORT} is no port number.`);
    if (wanted === 0) return freePort();
    const why = await whyNotListen(wanted, host);
    if (why === undefined) return wanted;
    const reason = why === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${why})`;
    throw new Trouble(`Port ${wanted} on ${host} ${reason}. Choose another: PORT=${wanted + 1} npm start`);
  }

  async #startRedis(signal) {
    const bring = () => bringRedis({ signal });
    this.#redis = await RedisHere.start({ dataDir: this.#data, bring, logFile: join(this.#logs, 'redis.log'), signal });
    this.#running.add({ redisUrl: this.#redis.url });
    keepRedis(this.#redis.pid, this.#data);
    say(`Redis at ${this.#redis.url}, its data in ${join(this.#data, 'redis')}`);
    return this.#redis.url;
  }

  async #startApp(name, env, signal) {
    signal.throwIfAborted();
    const app = new AppProcess({ name, env, logFile: join(this.#logs, `${name}.log`) });
    this.#apps[name] = app;
    this.#running.add({ apps: { [name]: { pid: app.pid, entry: entryOf(name) } } });
    await app.ready(reachable(name === 'api' ? env.HOST : env.WORKER_HOST || '127.0.0.1'), signal);
  }
}

/** As a part of a URL: where a server that listens on `host` is met from here. */
function reachable(host) {
  if (['0.0.0.0', '::', 'localhost'].includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function aborted(signal) {
  return new Promise((_, fail) => {
    if (signal.aborted) fail(signal.reason);
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
  });
}

/** One line that can be pasted: the example `add`, or the first function of whatever folder is served instead. */
function tryLine(api, env) {
  const usual = env.INVOQ_DEFAULT_ENV || 'default';
  // A folder without an env is that of `default`.
  const served = env.INVOQ_FUNCTIONS.split(',').map((each) => (each.includes('=') ? each : `default=${each}`).trim());
  const chosen = served.find((each) => each.startsWith(`${usual}=`)) ?? served[0];
  const place = chosen.indexOf('=');
  const folder = resolve(root, chosen.slice(place + 1));
  const names = functionsIn(folder);
  const name = names.includes('add') ? 'add' : (names[0] ?? 'add');
  const data = name === 'add' ? '{"data":{"x":1,"y":2}}' : '{"data":{}}';
  const key = env.INVOQ_KEYS_FILE ? ` -H 'authorization: Bearer <id>.<secret>'` : '';
  const other = chosen.startsWith(`${usual}=`) ? '' : ` -H 'x-invoq-env: ${chosen.slice(0, place)}'`;
  return `  curl -s ${api}/v1/functions/${name}/invocations -H 'content-type: application/json'${key}${other} -d '${data}'`;
}

function functionsIn(folder) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(
      (each) => each.isDirectory() || /\.([cm]?js|ts)$/.test(each.name),
    );
    return entries
      .map((each) => each.name.replace(/\.[^.]*$/, ''))
      .filter((name) => /^[A-Za-z][\w-]*$/.test(name) && name !== 'node_modules');
  } catch {
    return [];
  }
}
