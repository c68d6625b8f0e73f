/** The API's view of the registry: from memory while it may, from the source when it must, true to it in the end. */
import type { FunctionSpec } from '@invoq/contract/function';
import { RegistryCache, type RegistrySource } from './registry-cache';

const spec = (name: string, memoryMb = 256): FunctionSpec => ({
  ...{ name, env: 'a', contract: 'cloudbase', queue: 'default', memoryMb },
  timeoutMs: { sync: 1, async: 1 },
});

/** A source that the test fills, counts, slows down and breaks. */
class Source implements RegistrySource {
  readonly specs = new Map<string, FunctionSpec>();
  reads = 0;
  away = false;
  gate: Promise<void> = Promise.resolve();

  async find(_env: string, name: string): Promise<FunctionSpec | undefined> {
    this.reads++;
    await this.gate;
    if (this.away) throw new Error('away');
    return this.specs.get(name);
  }

  async list(): Promise<FunctionSpec[]> {
    this.reads++;
    await this.gate;
    if (this.away) throw new Error('away');
    return [...this.specs.values()];
  }
}

let source: Source;
let cache: RegistryCache;
let nowMs: number;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  source = new Source();
  nowMs = 0;
  cache = new RegistryCache(source, { now: () => nowMs, patienceMs: 20, maxFunctions: 3 });
});
afterEach(() => cache.close());

test('a known function is read once while it is fresh', async () => {
  source.specs.set('f', spec('f'));
  for (nowMs = 0; nowMs < 1_000; nowMs += 100) expect(await cache.find('a', 'f')).toEqual(spec('f'));
  expect(source.reads).toBe(1);
});

test('then the old answer is given at once and the new one fetched behind it', async () => {
  source.specs.set('f', spec('f'));
  await cache.find('a', 'f');
  source.specs.set('f', spec('f', 512));
  nowMs = 1_500;
  expect(await cache.find('a', 'f')).toEqual(spec('f'));
  await settle();
  expect(await cache.find('a', 'f')).toEqual(spec('f', 512));
  expect(source.reads).toBe(2);
});

test('an answer of long ago is not given when the source answers in time', async () => {
  source.specs.set('f', spec('f'));
  await cache.find('a', 'f');
  source.specs.delete('f');
  nowMs = 60_000;
  expect(await cache.find('a', 'f')).toBeUndefined();
});

test('while the source is away the old answer is served, and the source asked once a second', async () => {
  source.specs.set('f', spec('f'));
  await cache.find('a', 'f');
  source.away = true;
  source.reads = 0;
  for (nowMs = 60_000; nowMs < 63_000; nowMs += 100) expect(await cache.find('a', 'f')).toEqual(spec('f'));
  expect(source.reads).toBe(3);
  source.away = false;
  source.specs.set('f', spec('f', 512));
  nowMs = 64_000;
  expect(await cache.find('a', 'f')).toEqual(spec('f', 512));
});

test('while the source hangs a caller waits no longer than its patience', async () => {
  source.specs.set('f', spec('f'));
  await cache.find('a', 'f');
  source.gate = new Promise(() => undefined);
  nowMs = 60_000;
  const start = performance.now();
  expect(await cache.find('a', 'f')).toEqual(spec('f'));
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await cache.find('a', 'f')).toEqual(spec('f'));
  expect(source.reads).toBe(2);
});

test('an unknown function is asked for each time, and once by many', async () => {
  expect(await cache.find('a', 'f')).toBeUndefined();
  expect(await Promise.all(Array.from({ length: 50 }, () => cache.find('a', 'f')))).toEqual(Array(50).fill(undefined));
  expect(source.reads).toBe(2);
  source.specs.set('f', spec('f'));
  expect(await cache.find('a', 'f')).toEqual(spec('f'));
});

test('an unknown function while the source is away is the error of the source', async () => {
  source.away = true;
  await expect(cache.find('a', 'f')).rejects.toThrow('away');
  await expect(cache.list('a')).rejects.toThrow('away');
});

test('remembers the latest used and no more', async () => {
  for (const name of ['f', 'g', 'h', 'i']) source.specs.set(name, spec(name));
  for (const name of ['f', 'g', 'h', 'f', 'i']) await cache.find('a', name);
  source.reads = 0;
  for (const name of ['f', 'h', 'i']) await cache.find('a', name);
  expect(source.reads).toBe(0);
  await cache.find('a', 'g');
  expect(source.reads).toBe(1);
});

test('lists are remembered like functions', async () => {
  source.specs.set('f', spec('f'));
  expect(await cache.list('a')).toEqual([spec('f')]);
  expect(await cache.list('a')).toEqual([spec('f')]);
  expect(source.reads).toBe(1);
  source.away = true;
  nowMs = 60_000;
  expect(await cache.list('a')).toEqual([spec('f')]);
});
