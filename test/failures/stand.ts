/** What every case stands on: a stack of real processes, a caller with a ledger, the truth about starts, and the checker. */
import type { Redis } from 'ioredis';
import type { App } from '../harness/app';
import { recordFields } from '@invoq/store/record/packed-record';
import { descriptorsOf } from '../harness/process-facts';
import type { RedisServer } from '../harness/redis-server';
import { startRedis } from '../harness/redis-server';
import { type Stack, startStack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { writeFunctions } from '../harness/write-functions';
import { Caller } from './caller';
import { caseFunctions } from './case-functions';
import { check, type Expected } from './checker';
import { Ledger } from './ledger';
import { LogWatch } from './log-watch';
import { activeTimers } from './scrape';

export interface StandOptions {
  /** Beside the functions that all cases have. */
  functions?: (starts: Starts) => Record<string, unknown>;
  redis?: RedisServer;
  env?: Record<string, string>;
  apis?: number;
  workers?: number;
  /** Slots of each worker. */
  slots?: string;
}

/** Its file must show every write of the case: it is not rewritten. */
export const KEEPS_ALL = { 'auto-aof-rewrite-percentage': 0 };

/** How an app was when it had just begun; what it holds beyond that later, it has leaked. */
export interface Baseline {
  descriptors: number;
  timers: number;
}

export class Stand {
  readonly logs = new LogWatch();
  readonly baselines = new Map<App, Baseline>();
  readonly caller: Caller;
  ledger = new Ledger();

  private constructor(
    readonly stack: Stack,
    readonly starts: Starts,
    /** A connection of the test's own. */
    readonly store: Redis,
  ) {
    this.caller = new Caller(
      { sent: (...a) => this.ledger.sent(...a), append: (e) => this.ledger.append(e) } as Ledger,
      () => this.apis.map(({ url }) => url),
    );
  }

  static async start(options: StandOptions = {}): Promise<Stand> {
    const { functions, env, apis = 1, workers = 1, slots } = options;
    const redis = options.redis ?? (await startRedis({ config: KEEPS_ALL }));
    const starts = new Starts();
    const folder = writeFunctions({ ...caseFunctions(starts), ...functions?.(starts) });
    const stack = await startStack({
      redis,
      functions: folder,
      env: { INVOQ_WATCH: 'false', INVOQ_GRACE: '5s', ...(slots ? { INVOQ_SLOTS: slots } : {}), ...env },
      apis,
      workers,
    });
    const stand = new Stand(stack, starts, redis.client());
    for (const app of [...stack.apis, ...stack.workers]) await stand.know(app);
    return stand;
  }

  get redis(): RedisServer {
    return this.stack.redis;
  }

  /** Those that run. */
  get apis(): App[] {
    return this.stack.apis.filter(({ process }) => !process.exit);
  }

  get workers(): App[] {
    return this.stack.workers.filter(({ process }) => !process.exit);
  }

  /** `release`: the folder of another release. */
  async addApi(env: Record<string, string> = {}, release?: string): Promise<App> {
    return this.know(await this.stack.addApi(env, [], release));
  }

  async addWorker(env: Record<string, string> = {}, release?: string): Promise<App> {
    return this.know(await this.stack.addWorker(env, [], release));
  }

  async statusOf(requestID: string): Promise<string> {
    return (await this.fields(requestID, 'status'))[0] ?? 'unknown';
  }

  /** Fields of a record, packed or not. */
  async fields(requestID: string, ...names: string[]): Promise<(string | null)[]> {
    return recordFields(this.store, this.recordKey(requestID), names);
  }

  recordKey(requestID: string): string {
    const partition = parseInt(requestID.slice(0, 2), 16) ^ parseInt(requestID.slice(-2), 16);
    return `{invoq:${partition}}:inv:${requestID}`;
  }

  /** What the case has shown to be gone is not held to the promises. */
  forget(requestIDs: string[]): void {
    const kept = this.ledger
      .read()
      .filter((entry) => !('requestID' in entry && requestIDs.includes(entry.requestID ?? '')));
    this.ledger = new Ledger();
    for (const entry of kept) this.ledger.append(entry);
  }

  /** The one checker, for all cases. Prints its verdict under `title`, rejects when anything is wrong, turns a page. */
  async verdict(title: string, expected: Expected = {}): Promise<void> {
    const { lines, faults } = await check(this, expected);
    process.stdout.write(`\n  ${title}\n${lines.map((line) => `    ${line}\n`).join('')}`);
    if (faults.length > 0) {
      process.stdout.write(faults.map((fault) => `    WRONG: ${fault}\n`).join(''));
      throw new Error(`${title}:\n${faults.join('\n')}`);
    }
    this.ledger = new Ledger();
  }

  private async know(app: App): Promise<App> {
    this.logs.attach(app.process);
    this.baselines.set(app, { descriptors: descriptorsOf(app.process.pid), timers: await activeTimers(app) });
    return app;
  }
}
