/** The settings by which every process reaches Redis, the same for API and workers; each app has them among its own. */
import { redisAddress } from './redis-address';

const PREFIX = /^[A-Za-z0-9][\w.-]{0,39}$/;

/** A definition as the table of an app's settings has it. */
interface Definition<T> {
  env: string;
  flag: string;
  default: T;
  parse: { rule: string; placeholder: string; read(text: string): NonNullable<T> | undefined; show(value: T): string };
  doc: string;
}

const redisUrl: Definition<string> = {
  env: 'REDIS_URL',
  flag: '--redis-url',
  default: 'redis://127.0.0.1:6379',
  parse: redisAddress(),
  doc: 'The Redis that holds the records: one server, a Redis Cluster, or the primary that Sentinels name.',
};

const redisPrefix: Definition<string | undefined> = {
  env: 'INVOQ_REDIS_PREFIX',
  flag: '--redis-prefix',
  default: undefined,
  parse: {
    rule: '1 to 40 letters, digits, ".", "_" or "-", the first a letter or a digit',
    placeholder: 'text',
    read: (text) => (PREFIX.test(text) ? text : undefined),
    show: String,
  },
  doc: 'Stands before every key and channel, so that several installations share a Redis; the same for API and workers.',
};

export const REDIS_SETTINGS = { redisUrl, redisPrefix };

/** What these settings say, when they are read. */
export interface RedisSettings {
  redisUrl: string;
  redisPrefix: string | undefined;
}
