/** A Redis of a test's own: a real server with its own port and folder, AOF on, evicting nothing. */
import { Redis } from 'ioredis';
import { atEnd } from './at-end';
import { freePort } from './free-port';
import { type Exit, LoggedProcess } from './logged-process';
import { scratchDir } from './scratch';

const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

export interface RedisOptions {
  /** Where its data lie; a new scratch folder by default. */
  dir?: string;
  port?: number;
  /** Settings on top of ours, such as `{ maxmemory: '50mb' }`. */
  config?: Record<string, string | number>;
}

/** Starts one, and resolves when it takes commands. It is ended with the suite, whatever happens. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(
    options.port ?? (await freePort()),
    options.dir ?? scratchDir('redis'),
    options.config ?? {},
  );
  await server.start();
  return server;
}

export class RedisServer {
  #process?: LoggedProcess;

  constructor(
    readonly port: number,
    readonly dir: string,
    readonly config: Record<string, string | number>,
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** The running server, or the last one. */
  get process(): LoggedProcess {
    if (!this.#process) throw new Error('Redis was not started');
    return this.#process;
  }

  async start(): Promise<void> {
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.dir,
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      save: '',
      ...this.config,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const program = process.env.INVOQ_TEST_REDIS_SERVER ?? 'redis-server';
    this.#process = new LoggedProcess('redis', program, args, { PATH: process.env.PATH });
    const ready = (line: string): true | undefined => (line.includes('Ready to accept connections') ? true : undefined);
    await this.#process.waitForLine('ready to accept connections', ready, READY_LIMIT_MS);
  }

  /** In order: what was acknowledged is on the disk. */
  stop(): Promise<Exit> {
    return this.process.exit ? Promise.resolve(this.process.exit) : this.process.stop(STOP_LIMIT_MS);
  }

  /** kill -9. */
  kill(): Promise<Exit> {
    return this.process.kill();
  }

  /** Stopped, or killed before, and started again on the same port and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** A connection of the test's own, closed with the suite. */
  client(): Redis {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      retryStrategy: (times) => Math.min(times * 50, 500),
      maxLoadingRetryTime: 200,
      // A disconnect while there is no connection waits this long for one to close.
      disconnectTimeout: 50,
    });
    // Its server comes and goes; a command that is in the way of that rejects by itself.
    client.on('error', () => undefined);
    atEnd(() => client.disconnect());
    return client;
  }
}
