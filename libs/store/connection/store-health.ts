/** Is this Redis fit to hold records now: there, loaded, writable, and with room? */
import type { Redis } from 'ioredis';
import { primariesOf } from './connection';

export interface StoreHealth {
  fit: boolean;
  /** Why not, one clear sentence. */
  reason?: string;
}

/** Of a Redis Cluster every primary has to be fit: any of them may hold the next record. */
export async function storeHealth(redis: Redis): Promise<StoreHealth> {
  if (redis.status !== 'ready') return { fit: false, reason: 'Redis is away.' };
  const all = await Promise.all(primariesOf(redis).map((server) => serverHealth(server)));
  return all.find(({ fit }) => !fit) ?? { fit: true };
}

async function serverHealth(redis: Redis): Promise<StoreHealth> {
  let info: string;
  try {
    info = await redis.info();
  } catch (error) {
    return { fit: false, reason: `Redis does not answer: ${(error as Error).message}` };
  }
  const field = (name: string): string | undefined => infoField(info, name);
  if (field('loading') === '1') return { fit: false, reason: 'Redis is loading its data.' };
  if (field('role') === 'slave') return { fit: false, reason: 'Redis is a read-only replica.' };
  const used = Number(field('used_memory') ?? 0);
  const max = Number(field('maxmemory') ?? 0);
  if (max > 0 && used >= max) return { fit: false, reason: `Redis is full: ${used} of ${max} bytes.` };
  if (field('aof_last_write_status') === 'err')
    return { fit: false, reason: 'Redis cannot write its append-only file.' };
  return { fit: true };
}

/** How full the fullest of the servers is, of 1; 0 where no `maxmemory` is set. */
export async function memoryUsed(redis: Redis): Promise<number> {
  const parts = await Promise.all(
    primariesOf(redis).map(async (server) => {
      const info = await server.info('memory');
      const bytes = (name: string): number => Number(infoField(info, name) ?? 0);
      const max = bytes('maxmemory');
      // As Redis itself counts: what it holds for replicas and its append-only file is beside the limit.
      return max > 0 ? (bytes('used_memory') - bytes('mem_not_counted_for_evict')) / max : 0;
    }),
  );
  return Math.max(0, ...parts);
}

/** One field of the answer to INFO. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
}
