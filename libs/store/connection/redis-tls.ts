/** TLS to Redis by files: whom to trust, and who we are. */
import { readFileSync } from 'node:fs';
import { parseRedisAddress } from './redis-address';

/** PEM texts, as Node's TLS takes them. */
export interface TlsMaterial {
  ca?: string;
  cert?: string;
  key?: string;
}

export interface TlsSettings {
  redisUrl: string;
  redisCa: string | undefined;
  redisCert: string | undefined;
  redisKey: string | undefined;
}

/** Reads the files; a sentence that names the setting when it cannot. */
export function readTls({ redisUrl, redisCa, redisCert, redisKey }: TlsSettings): TlsMaterial | string {
  const files = { ca: redisCa, cert: redisCert, key: redisKey };
  const material: TlsMaterial = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = files[part];
    if (file === undefined) continue;
    const name = `INVOQ_REDIS_${part.toUpperCase()}=${file}`;
    if (!parseRedisAddress(redisUrl)?.access.tls)
      return `${name}: is for TLS, and REDIS_URL does not start with rediss.`;
    try {
      material[part] = readFileSync(file, 'utf8');
    } catch (error) {
      return `${name}: cannot be read: ${(error as Error).message}`;
    }
  }
  if ((redisCert === undefined) !== (redisKey === undefined)) {
    return 'INVOQ_REDIS_CERT and INVOQ_REDIS_KEY: one is of no use without the other.';
  }
  return material;
}
