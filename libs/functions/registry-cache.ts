/**
 * The API's view of the registry: what functions the workers have published, without asking Redis for each call. A known
 * function is answered from memory, and read again behind the caller's back; an unknown one is asked for each time, so
 * that a function published a moment ago is found.
 */
import type { KnownFunction } from '@invoq/contract/function';

/** Where workers publish. Each call must come to an end by itself, also while the store is away. */
export interface RegistrySource {
  find(env: string, name: string): Promise<KnownFunction | undefined>;
  list(env: string): Promise<KnownFunction[]>;
}

export interface RegistryCacheOptions {
  /** Age up to which an answer is not asked for again, ms. */
  freshMs?: number;
  /** Age from which the caller waits for the new answer, ms. */
  staleMs?: number;
  /** How long such a caller waits before the old answer has to do, ms. */
  patienceMs?: number;
  /** Functions that are remembered; the least used go first. */
  maxFunctions?: number;
  /** Milliseconds of a clock that never goes back. */
  now?(): number;
}

const MAX_ENVS = 200;

export class RegistryCache {
  private readonly functions: SwrCache<KnownFunction>;
  private readonly lists: SwrCache<KnownFunction[]>;

  constructor(
    private readonly source: RegistrySource,
    options: RegistryCacheOptions = {},
  ) {
    const times: MemoryTimes = {
      freshMs: options.freshMs ?? 1_000,
      staleMs: options.staleMs ?? 5_000,
      patienceMs: options.patienceMs ?? 100,
      now: options.now ?? (() => performance.now()),
    };
    this.functions = new SwrCache(options.maxFunctions ?? 10_000, times);
    this.lists = new SwrCache(MAX_ENVS, times);
  }

  /** What is remembered and needs no look at the source; undefined: `find` has to be asked. */
  fresh(env: string, name: string): KnownFunction | undefined {
    return this.functions.fresh(`${env}:${name}`);
  }

  /** @throws whatever the source throws, and only for a function that is not known yet. */
  find(env: string, name: string): Promise<KnownFunction | undefined> {
    return this.functions.get(`${env}:${name}`, () => this.source.find(env, name));
  }

  /** As the source has it now, whatever is remembered. @throws whatever the source throws. */
  findAgain(env: string, name: string): Promise<KnownFunction | undefined> {
    return this.functions.ask(`${env}:${name}`, () => this.source.find(env, name));
  }

  async list(env: string): Promise<KnownFunction[]> {
    return (await this.lists.get(env, () => this.source.list(env))) ?? [];
  }

  close(): void {
    this.functions.close();
    this.lists.close();
  }
}

interface MemoryTimes {
  freshMs: number;
  staleMs: number;
  patienceMs: number;
  now(): number;
}

/**
 * A bounded memory of answers; those that `get` was not asked for longest go first. Questions that are under way are asked
 * once.
 */
class SwrCache<T> {
  private readonly known = new Map<string, { value: T; readAt: number; triedAt: number }>();
  private readonly underWay = new Map<string, Promise<T | undefined>>();
  private closed = false;

  constructor(
    private readonly max: number,
    private readonly times: MemoryTimes,
  ) {}

  fresh(key: string): T | undefined {
    const entry = this.known.get(key);
    return entry !== undefined && this.times.now() - entry.triedAt < this.times.freshMs ? entry.value : undefined;
  }

  async get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const entry = this.known.get(key);
    if (entry === undefined) return this.ask(key, read);
    this.known.delete(key);
    this.known.set(key, entry);

    const now = this.times.now();
    // Counted from the last try, not the last success: a source that is away is asked once in `freshMs`, not per call.
    if (now - entry.triedAt < this.times.freshMs) return entry.value;
    entry.triedAt = now;
    const reading = this.ask(key, read).catch(() => entry.value);
    if (now - entry.readAt < this.times.staleMs) return entry.value;
    return patiently(reading, this.times.patienceMs, entry.value);
  }

  close(): void {
    this.closed = true;
    this.known.clear();
    this.underWay.clear();
  }

  ask(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const running = this.underWay.get(key);
    if (running) return running;
    const asked = read()
      .then((value) => this.remember(key, value))
      .finally(() => {
        if (this.underWay.get(key) === asked) this.underWay.delete(key);
      });
    this.underWay.set(key, asked);
    return asked;
  }

  private remember(key: string, value: T | undefined): T | undefined {
    if (this.closed) return value;
    if (value === undefined) {
      this.known.delete(key);
      return undefined;
    }
    const now = this.times.now();
    this.known.delete(key);
    this.known.set(key, { value, readAt: now, triedAt: now });
    if (this.known.size > this.max) this.known.delete(this.known.keys().next().value as string);
    return value;
  }
}

async function patiently<T>(reading: Promise<T>, ms: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
  });
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}
