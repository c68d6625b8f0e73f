/** The registry: what workers have published of the functions they serve. The API plans calls by it. */
import type { FunctionSpec, KnownFunction, Published } from '@invoq/contract/function';
import type { Redis } from 'ioredis';
import { envsKey, functionsKey, queuesKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** An entry, and the very text of it: it is changed only while it is still that text. */
export interface Entry {
  published: Published;
  text: string;
}

export class FunctionStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /**
   * The newest wins, but a function that does not load replaces none that loads and is served: that is the keeper's to
   * decide, who knows what other workers have. `source`: the worker that serves them.
   */
  async publish(specs: readonly FunctionSpec[], source: string): Promise<void> {
    if (specs.length === 0) return;
    const at = Date.now();
    const pipeline = this.redis.pipeline();
    for (const spec of await this.merged(specs, source)) {
      pipeline.sadd(queuesKey(), spec.queue);
      pipeline.sadd(envsKey(), spec.env);
      pipeline.hset(functionsKey(spec.env), spec.name, JSON.stringify({ spec, source, at } satisfies Published));
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  private async merged(specs: readonly FunctionSpec[], source: string): Promise<FunctionSpec[]> {
    const kept = await Promise.all(
      specs.map(async ({ env, name, loadProblem }) => {
        const known = loadProblem && (await this.entry(env, name))?.published;
        const loads = known !== undefined && known.spec.loadProblem === undefined;
        return loads && known.unservedSince === undefined && known.source !== source;
      }),
    );
    return specs.filter((_, i) => !kept[i]);
  }

  /** Puts `next` in the place of an entry, or takes it away; false when somebody else has changed it meanwhile. */
  async swap(env: string, name: string, seen: Entry, next: Published | undefined): Promise<boolean> {
    const text = next === undefined ? '' : JSON.stringify(next);
    const call = { keys: { hash: functionsKey(env) }, args: { field: name, seen: seen.text, text } };
    return (await this.redis.invoqSwap(call)) === 1;
  }

  /** Every queue that a function was ever published for. */
  async queues(): Promise<string[]> {
    return this.redis.smembers(queuesKey());
  }

  /** Every env that a function was ever published in. */
  async envs(): Promise<string[]> {
    return this.redis.smembers(envsKey());
  }

  async entry(env: string, name: string): Promise<Entry | undefined> {
    const text = await this.redis.hget(functionsKey(env), name);
    return text === null ? undefined : entryOf(text);
  }

  /** By name. */
  async entries(env: string): Promise<Map<string, Entry>> {
    const all = Object.entries(await this.redis.hgetall(functionsKey(env)));
    return new Map(all.map(([name, text]) => [name, entryOf(text)]));
  }

  async find(env: string, name: string): Promise<KnownFunction | undefined> {
    const entry = await this.entry(env, name);
    return entry && knownOf(entry);
  }

  async list(env: string): Promise<KnownFunction[]> {
    return [...(await this.entries(env)).values()].map(knownOf);
  }
}

function entryOf(text: string): Entry {
  return { published: JSON.parse(text) as Published, text };
}

function knownOf({ published: { spec, unservedSince } }: Entry): KnownFunction {
  return unservedSince === undefined ? spec : { ...spec, unservedSince };
}
