/** The settings by which every process reaches Redis, the same for API and workers; each app has them among its own. */
import { isAbsolute, resolve } from 'node:path';
import { redisAddress } from './redis-address';
import type { TlsSettings } from './redis-tls';

const PREFIX = /^[A-Za-z0-9][\w.-]{0,39}$/;

/** A definition as the table of an app's settings has it. */
interface Definition<T> {
  env: string;
  flag: string;
  default: T;
  parse: { rule: string; placeholder: string; read(text: string): NonNullable<T> | undefined; show(value: T): string };
  doc: string;
  holdsSecret?: boolean;
}

const redisUrl: Definition<string> = {
  env: 'REDIS_URL',
  flag: '--redis-url',
  default: 'redis://127.0.0.1:6379',
  parse: redisAddress(),
  doc: 'The Redis that holds the records: one server, a Redis Cluster, or the primary that Sentinels name.',
  holdsSecret: true,
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

const redisCa = pemFile(
  'CA',
  'PEM file of the authority that signs the certificate of Redis. Default: those that Node trusts.',
);
const redisCert = pemFile('CERT', 'PEM file of the certificate that is shown to Redis.');
const redisKey = pemFile('KEY', 'PEM file of its key.');

const requireAof: Definition<boolean> = {
  env: 'INVOQ_REQUIRE_AOF',
  flag: '--require-aof',
  default: false,
  parse: {
    rule: 'true or false',
    placeholder: 'true|false',
    read: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
    show: String,
  },
  doc: 'Refuse to start on a Redis without an append-only file; otherwise that is a warning.',
};

export const REDIS_SETTINGS = { redisUrl, redisPrefix, redisCa, redisCert, redisKey, requireAof };

/** What these settings say, when they are read. */
export interface RedisSettings extends TlsSettings {
  redisPrefix: string | undefined;
  requireAof: boolean;
}

function pemFile(part: string, doc: string): Definition<string | undefined> {
  return {
    env: `INVOQ_REDIS_${part}`,
    flag: `--redis-${part.toLowerCase()}`,
    default: undefined,
    parse: {
      rule: 'a path',
      placeholder: 'path',
      read: (text) => (isAbsolute(text) ? text : resolve(text)),
      show: String,
    },
    doc,
  };
}
