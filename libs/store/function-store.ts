/** What workers published of the functions they serve: the API plans calls by it, and answers 404 without a worker. */
import type { FunctionSpec } from '@invoq/contract/function';
import type { Redis } from 'ioredis';
import { envsKey, functionsKey, queuesKey } from './keys';

interface Published {
  spec: FunctionSpec;
  /** Who published it, so that a redeployment of the same source may take back what it no longer has. */
  source: string;
  /** ms since the epoch, by the publisher's clock; only told, nothing is decided by it. */
  at: number;
}

export class FunctionStore {
  constructor(private readonly redis: Redis) {}

  async publish(specs: FunctionSpec[], source: string): Promise<void> {
    const at = Date.now();
    const pipeline = this.redis.pipeline();
    for (const spec of specs) {
      pipeline.sadd(queuesKey(), spec.queue);
      pipeline.sadd(envsKey(), spec.env);
      pipeline.hset(functionsKey(spec.env), spec.name, JSON.stringify({ spec, source, at } satisfies Published));
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  /** Takes back what this source published once and does not have now. Others' functions stay. */
  async retract(env: string, source: string, present: ReadonlySet<string>): Promise<string[]> {
    const gone: string[] = [];
    for (const [name, text] of Object.entries(await this.redis.hgetall(functionsKey(env)))) {
      if (!present.has(name) && (JSON.parse(text) as Published).source === source) gone.push(name);
    }
    if (gone.length > 0) await this.redis.hdel(functionsKey(env), ...gone);
    return gone;
  }

  /** Every queue that a function was ever published for. */
  async queues(): Promise<string[]> {
    return this.redis.smembers(queuesKey());
  }

  /** Every env that a function was ever published in. */
  async envs(): Promise<string[]> {
    return this.redis.smembers(envsKey());
  }

  async find(env: string, name: string): Promise<FunctionSpec | undefined> {
    const text = await this.redis.hget(functionsKey(env), name);
    return text === null ? undefined : (JSON.parse(text) as Published).spec;
  }

  async list(env: string): Promise<FunctionSpec[]> {
    return Object.values(await this.redis.hgetall(functionsKey(env))).map(
      (text) => (JSON.parse(text) as Published).spec,
    );
  }
}
