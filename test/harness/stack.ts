/** A whole stack for a test: Redis, APIs and workers, as the processes that `npm start` would run. */
import { join } from 'node:path';
import { type App, startApp } from './app';
import type { HttpClient } from './http';
import { type RedisServer, startRedis } from './redis-server';
import { scratchDir } from './scratch';
import { writeFunctions } from './write-functions';

const EXAMPLES = join(__dirname, '..', '..', 'examples', 'functions');

export interface StackOptions {
  /** A folder (as INVOQ_FUNCTIONS has it), or the files of one (see `writeFunctions`); the examples by default. */
  functions?: string | Record<string, unknown>;
  /** One that runs already, and that `stop` leaves alone; by default a new one, which `stop` ends. */
  redis?: RedisServer;
  /** Settings of all apps, on top of ours. */
  env?: Record<string, string>;
  workers?: number;
  apis?: number;
}

/** Starts it, and resolves when all of it is ready. It is ended with the suite, whatever happens. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { workers = 1, apis = 1, functions = EXAMPLES } = options;
  const redis = options.redis ?? (await startRedis());
  const folder = typeof functions === 'string' ? functions : writeFunctions(functions);
  const stack = new Stack(redis, folder, { INVOQ_FUNCTIONS: folder, ...options.env }, options.redis === undefined);
  // The first API comes before the workers, which are told where it is.
  if (apis > 0) await stack.addApi();
  await Promise.all([
    ...Array.from({ length: apis - 1 }, () => stack.addApi()),
    ...Array.from({ length: workers }, () => stack.addWorker()),
  ]);
  return stack;
}

export class Stack {
  readonly apis: App[] = [];
  readonly workers: App[] = [];
  /** The data folder that all apps share, as those of `npm start` do. */
  readonly data = scratchDir('data');

  constructor(
    readonly redis: RedisServer,
    /** As INVOQ_FUNCTIONS has it. */
    readonly functions: string,
    private readonly env: Record<string, string>,
    private readonly ownsRedis: boolean,
  ) {}

  /** Of the first API. */
  get url(): string {
    return this.#first().url;
  }

  /** A client of the first API. */
  get http(): HttpClient {
    return this.#first().http;
  }

  /** `release`: the folder of another release. */
  async addApi(env: Record<string, string> = {}, args: string[] = [], release?: string): Promise<App> {
    const api = await startApp('api', { ...this.#settings(), PORT: '0', ...this.env, ...env }, args, release);
    this.apis.push(api);
    return api;
  }

  async addWorker(env: Record<string, string> = {}, args: string[] = [], release?: string): Promise<App> {
    const [api] = this.apis;
    const reach: Record<string, string> = api ? { INVOQ_API_URL: api.url } : {};
    const settings = { ...this.#settings(), ...reach, WORKER_PORT: '0', ...this.env, ...env };
    const worker = await startApp('worker', settings, args, release);
    this.workers.push(worker);
    return worker;
  }

  /** Ends all apps and leaves Redis to others. */
  async stopApps(): Promise<void> {
    await Promise.all([...this.apis.splice(0), ...this.workers.splice(0)].map((app) => app.stop()));
  }

  /** All apps in order, then Redis when it is ours. Rejects when an app ended by itself before, or does not end now. */
  async stop(): Promise<void> {
    const running = [...this.apis, ...this.workers].map(({ process }) => process).filter((process) => !process.exit);
    const fallen = [...this.apis, ...this.workers].flatMap(({ process }) => process.diedAlone() ?? []);
    const stops = await Promise.allSettled(
      [...this.apis, ...this.workers].filter((app) => running.includes(app.process)).map((app) => app.stop()),
    );
    if (this.ownsRedis) await this.redis.stop();
    const faults = [...fallen, ...stops.flatMap((stop) => (stop.status === 'rejected' ? [stop.reason as Error] : []))];
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  }

  /** What all its apps are started with, for one that is started beside it. */
  settings(): Record<string, string> {
    return { ...this.#settings(), ...this.env };
  }

  #settings(): Record<string, string> {
    return { HOST: '127.0.0.1', REDIS_URL: this.redis.url, INVOQ_DATA: this.data, INVOQ_WATCH: 'true' };
  }

  #first(): App {
    const [api] = this.apis;
    if (!api) throw new Error('This stack has no API');
    return api;
  }
}
