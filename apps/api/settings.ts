/** The API's settings, each with its variable, flag, default and rule. `--help` prints this table. */
import { resolve } from 'node:path';
import { blobPlace, type BlobPlace } from '@invoq/blobs/blob-place';
import { DEFAULT_ENV, ENV_NAME } from '@invoq/contract/function';
import type { Rate } from '@invoq/contract/rate';
import { LOG_LEVELS } from '@invoq/host/log';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import {
  boolean,
  bytes,
  duration,
  integer,
  list,
  oneOf,
  type Parser,
  path,
  rate,
  text,
  type TrustedProxies,
  trustedProxies,
  url,
} from '@invoq/host/setting-parsers';
import { TRACE_SETTINGS } from '@invoq/host/tracing/trace-settings';
import { LAST_FORMAT, THIS_FORMAT } from '@invoq/policy/format';
import { type Carrier, CARRIERS } from '@invoq/policy/lanes';
import { MAX_PARTITIONS } from '@invoq/store/keys/partition';
import { REDIS_SETTINGS } from '@invoq/store/connection/redis-settings';
import { FREE_BYTES } from '@invoq/store/submission/submission';

const MIB = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Who may read a page that is made for operators. */
export const EXPOSURES = ['open', 'key', 'off'] as const;
export type Exposure = (typeof EXPOSURES)[number];

export interface EnvAlias {
  alias: string;
  env: string;
}

function envAlias(): Parser<EnvAlias> {
  return {
    rule: 'another name and the name of an env with = between, such as prod-1a2b3c=default',
    placeholder: 'alias=env',
    read: (text) => {
      const [alias = '', env = '', ...more] = text.split('=');
      return ENV_NAME.test(alias) && ENV_NAME.test(env) && more.length === 0 ? { alias, env } : undefined;
    },
    show: ({ alias, env }) => `${alias}=${env}`,
  };
}

export const API_SETTINGS = {
  host: setting({ env: 'HOST', flag: '--host', default: '127.0.0.1', parse: text('an address to listen on'), doc: 'Address to listen on. Beyond loopback only with keys.' }),
  port: setting({ env: 'PORT', flag: '--port', default: 3000, parse: integer(0, 65_535), doc: 'Port to listen on; 0: any free one.' }),
  ...REDIS_SETTINGS,
  keysFile: setting<string | undefined>({ env: 'INVOQ_KEYS_FILE', flag: '--keys-file', default: undefined, parse: path(process.cwd()), doc: 'JSON file of the keys that callers use. Without it anybody who reaches the port may call.' }),
  trustProxy: setting<TrustedProxies | undefined>({ env: 'INVOQ_TRUST_PROXY', flag: '--trust-proxy', default: undefined, parse: trustedProxies(), doc: 'Proxies in front whose X-Forwarded-For, -Host and -Proto headers are trusted: how many there are, or their networks. By default none.' }),
  metrics: setting<Exposure | undefined>({ env: 'INVOQ_METRICS', flag: '--metrics', default: undefined, parse: oneOf(...EXPOSURES), doc: 'Who may read /metrics: open (anybody), key (any key with the scope admin), off. Default: key with keys, open without.' }),
  docs: setting<Exposure | undefined>({ env: 'INVOQ_DOCS', flag: '--docs', default: undefined, parse: oneOf(...EXPOSURES), doc: 'Who may read /docs, /docs-json and /docs-yaml: open (anybody), key (any key), off. Default: key with keys, open without.' }),
  corsOrigins: setting<string[]>({ env: 'INVOQ_CORS_ORIGINS', flag: '--cors-origins', default: [], parse: list(text('"*", or an origin such as https://app.example', /^(\*|https?:\/\/[^/?#@\s]+)$/)), doc: 'Origins of the web pages that may call, on every door; *: any page. By default none.' }),
  envAliases: setting<EnvAlias[]>({ env: 'INVOQ_ENV_ALIASES', flag: '--env-aliases', default: [], parse: list(envAlias()), doc: 'Other names of envs, such as the ids that they had at a vendor: prod-1a2b3c=default,test-518543=test.' }),
  defaultEnv: setting({ env: 'INVOQ_DEFAULT_ENV', flag: '--default-env', default: DEFAULT_ENV, parse: text('an env name', /^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/), doc: 'Env of a caller without a key who names none.' }),
  bodyLimitBytes: setting({ env: 'INVOQ_BODY_LIMIT', flag: '--body-limit', default: 1_048_576, parse: bytes(1_024, 64 * 1_048_576), doc: 'Largest request body.' }),
  data: setting({ env: 'INVOQ_DATA', flag: '--data', default: resolve('.data'), parse: path(process.cwd()), doc: 'Folder for what a process keeps on disk.' }),
  blobs: setting<BlobPlace | undefined>({ env: 'INVOQ_BLOBS', flag: '--blobs', default: undefined, parse: blobPlace(process.cwd()), doc: 'Where large fields and results are kept, the same for API and workers: a directory, or s3://bucket/prefix?endpoint=https://host. Default: blobs in INVOQ_DATA.' }),
  blobSecret: setting<string | undefined>({ env: 'INVOQ_BLOB_SECRET', default: undefined, parse: text('at least 16 characters', /^.{16,}$/), doc: 'Signs the addresses of large fields. Default: made once and kept beside them.', secret: true }),
  blobLimitBytes: setting({ env: 'INVOQ_BLOB_LIMIT', flag: '--blob-limit', default: 64 * 1_048_576, parse: bytes(1_024, 5 * 1_024 ** 3), doc: 'Largest upload.' }),
  blobLifeMs: setting({ env: 'INVOQ_BLOB_LIFE', flag: '--blob-life', default: DAY_MS, parse: duration(1_000, 7 * DAY_MS), doc: 'How long an upload is kept, and its address is valid.' }),
  publicUrl: setting<string | undefined>({ env: 'INVOQ_PUBLIC_URL', flag: '--public-url', default: undefined, parse: url('http:', 'https:'), doc: 'Where callers and functions reach this API, for addresses of large fields. Default: as the caller reached it.' }),
  maxQueued: setting({ env: 'INVOQ_MAX_QUEUED', flag: '--max-queued', default: 100_000, parse: integer(1, 100_000_000), doc: 'Calls that may wait in one lane of one queue; beyond: QUEUE_FULL.' }),
  maxWaiting: setting({ env: 'INVOQ_MAX_WAITING', flag: '--max-waiting', default: 10_000, parse: integer(1, 1_000_000), doc: 'Sync calls and long polls that may wait in this process; one caller has a share of them. Beyond: OVERLOADED, or RATE_LIMITED for the caller.' }),
  maxQueuedBytes: setting({ env: 'INVOQ_MAX_QUEUED_BYTES', flag: '--max-queued-bytes', default: 256 * MIB, parse: bytes(FREE_BYTES, 1024 ** 4), doc: 'Data that the calls of one env may hold until they end; data up to 4 KiB of a call do not count. Beyond: QUEUE_FULL.' }),
  maxDeadBytes: setting({ env: 'INVOQ_MAX_DEAD_BYTES', flag: '--max-dead-bytes', default: 256 * MIB, parse: bytes(FREE_BYTES, 1024 ** 4), doc: 'Bytes that the dead letters of one env may hold, those up to 4 KiB not counted; beyond, async calls that could become dead letters are refused: STORE_FULL.' }),
  maxKeptBytes: setting({ env: 'INVOQ_MAX_KEPT_BYTES', flag: '--max-kept-bytes', default: 1024 * MIB, parse: bytes(FREE_BYTES, 1024 ** 4), doc: 'Results, logs and data that the ended calls of one env may keep in Redis, those up to 4 KiB not counted; beyond: STORE_FULL.' }),
  maxScheduleBytes: setting({ env: 'INVOQ_MAX_SCHEDULE_BYTES', flag: '--max-schedule-bytes', default: 16 * MIB, parse: bytes(FREE_BYTES, 1024 ** 3), doc: 'Bytes that the schedules of one env may take, their data among them; beyond: STORE_FULL.' }),
  maxBlobBytes: setting({ env: 'INVOQ_MAX_BLOB_BYTES', flag: '--max-blob-bytes', default: 10 * 1024 * MIB, parse: bytes(FREE_BYTES, 1024 ** 5), doc: 'Bytes that the uploads of one env may take until they expire; beyond: STORE_FULL.' }),
  storeFullAt: setting({ env: 'INVOQ_STORE_FULL_AT', flag: '--store-full-at', default: 90, parse: integer(10, 100), doc: 'Per cent of the maxmemory of Redis beyond which new work is refused (STORE_FULL), so that what is under way still fits.' }),
  keyRate: setting<Rate | undefined>({ env: 'INVOQ_RATE', flag: '--rate', default: undefined, parse: rate(), doc: 'How often one caller may call, counted in the whole fleet; a key may have a rate of its own. Beyond: RATE_LIMITED. By default no limit.' }),
  functionRate: setting<Rate | undefined>({ env: 'INVOQ_FUNCTION_RATE', flag: '--function-rate', default: undefined, parse: rate(), doc: 'How often one function may be called, by all callers together; a function may have a rate of its own. By default no limit.' }),
  maxQueueAgeMs: setting({ env: 'INVOQ_MAX_QUEUE_AGE', flag: '--max-queue-age', default: 6 * HOUR_MS, parse: duration(1_000, 30 * DAY_MS), doc: 'How long an async call may wait in its queue before it expires.' }),
  maxDelayMs: setting({ env: 'INVOQ_MAX_DELAY', flag: '--max-delay', default: 30 * DAY_MS, parse: duration(1_000, 365 * DAY_MS), doc: 'How far ahead delayMs or runAt may put a call off.' }),
  maxOpen: setting({ env: 'INVOQ_MAX_OPEN', flag: '--max-open', default: 1_000_000, parse: integer(1, 100_000_000), doc: 'Calls under way, those that wait for their time among them, beyond which no delayed one is taken: QUEUE_FULL.' }),
  retainSyncMs: setting({ env: 'INVOQ_RETAIN_SYNC', flag: '--retain-sync', default: HOUR_MS, parse: duration(1_000, 365 * DAY_MS), doc: 'How long the record of an ended sync call is kept.' }),
  retainAsyncMs: setting({ env: 'INVOQ_RETAIN_ASYNC', flag: '--retain-async', default: DAY_MS, parse: duration(1_000, 365 * DAY_MS), doc: 'How long the record of an ended async call is kept.' }),
  retainDeadMs: setting({ env: 'INVOQ_RETAIN_DEAD', flag: '--retain-dead', default: 7 * DAY_MS, parse: duration(0, 365 * DAY_MS), doc: 'How long an async call that failed for good is kept, in the list of dead letters and with its record; 0: there is no such list.' }),
  retainUnservedMs: setting({ env: 'INVOQ_RETAIN_UNSERVED', flag: '--retain-unserved', default: 7 * DAY_MS, parse: duration(1_000, 365 * DAY_MS), doc: 'How long a function stays listed after its last worker is gone.' }),
  idempotencyMs: setting({ env: 'INVOQ_IDEMPOTENCY', flag: '--idempotency', default: DAY_MS, parse: duration(1_000, 30 * DAY_MS), doc: 'How long an Idempotency-Key is remembered.' }),
  maxUploads: setting({ env: 'INVOQ_MAX_UPLOADS', flag: '--max-uploads', default: 64, parse: integer(1, 10_000), doc: 'Uploads that this process takes at a time; one caller has a share of them.' }),
  minUploadSpeed: setting({ env: 'INVOQ_MIN_UPLOAD_SPEED', flag: '--min-upload-speed', default: 1_024, parse: bytes(0, 1_024 ** 3), doc: 'Least average speed of an upload, bytes a second, checked from its 10th second on. 0: no limit.' }),
  maxOpenResults: setting({ env: 'INVOQ_MAX_OPEN_RESULTS', flag: '--max-open-results', default: 256, parse: integer(1, 100_000), doc: 'Large results and downloads that this process reads at a time; one caller has a share of them.' }),
  maxPipelined: setting({ env: 'INVOQ_MAX_PIPELINED', flag: '--max-pipelined', default: 100, parse: integer(1, 10_000), doc: 'Requests of one connection that may wait for the answers before theirs; beyond: RATE_LIMITED, and the connection is closed.' }),
  readerTimeoutMs: setting({ env: 'INVOQ_READER_TIMEOUT', flag: '--reader-timeout', default: 30_000, parse: duration(1_000, HOUR_MS), doc: 'How long a caller may read nothing of its answer; then its connection is closed.' }),
  maxFollowing: setting({ env: 'INVOQ_MAX_FOLLOWING', flag: '--max-following', default: 2_000, parse: integer(1, 1_000_000), doc: 'Requests that may follow invocations live in this process; one caller has a share of them. Beyond: OVERLOADED, or RATE_LIMITED for the caller.' }),
  maxFollowingEach: setting<number | undefined>({ env: 'INVOQ_MAX_FOLLOWING_EACH', flag: '--max-following-each', default: undefined, parse: integer(1, 1_000_000), doc: 'The most of them that one caller may have. By default its share decides.' }),
  maxFollowMs: setting({ env: 'INVOQ_MAX_FOLLOW', flag: '--max-follow', default: HOUR_MS / 6, parse: duration(1_000, DAY_MS), doc: 'The longest that one request follows an invocation; its caller goes on with another one.' }),
  maxListed: setting({ env: 'INVOQ_MAX_LISTED', flag: '--max-listed', default: 1_000_000, parse: integer(100, 100_000_000), doc: 'How many calls of one env, and of one function, each partition lists; the oldest are dropped first.' }),
  maxWaitMs: setting({ env: 'INVOQ_MAX_WAIT', flag: '--max-wait', default: 20_000, parse: duration(100, 300_000), doc: 'The longest that a request is held open for an async result.' }),
  syncCarrier: setting<Carrier>({ env: 'INVOQ_SYNC_LANE', flag: '--sync-lane', default: 'line', parse: oneOf(...CARRIERS), doc: 'What delivers sync calls: the ready queue itself (line), or BullMQ. The same for API and workers.' }),
  partitions: setting({ env: 'INVOQ_PARTITIONS', flag: '--partitions', default: 1, parse: integer(1, MAX_PARTITIONS), doc: 'Partitions (hash tags) that records are spread over. The same for API and workers.' }),
  shutdownDelayMs: setting({ env: 'INVOQ_SHUTDOWN_DELAY', flag: '--shutdown-delay', default: 5_000, parse: duration(0, 300_000), doc: 'After SIGTERM, how long calls are still accepted while /readyz says 503, so that balancers send no more. The grace follows.' }),
  graceMs: setting({ env: 'INVOQ_GRACE', flag: '--grace', default: 30_000, parse: duration(0, 600_000), doc: 'Time for calls under way after SIGTERM.' }),
  accessLog: setting({ env: 'INVOQ_ACCESS_LOG', flag: '--access-log', default: false, parse: boolean(), doc: 'A line of the log for each request, at the level info: route, status, time, address, caller.' }),
  format: setting<number>({ env: 'INVOQ_FORMAT', flag: '--format', default: THIS_FORMAT, parse: integer(LAST_FORMAT, THIS_FORMAT), doc: 'The newest format that the fleet writes to Redis while this process lives. Set the one before to return to the release before.' }),
  statsMs: setting({ env: 'INVOQ_STATS_INTERVAL', flag: '--stats-interval', default: 5_000, parse: duration(100, 60_000), doc: 'How often a process adds what it has counted of ended calls to the stats in Redis; nothing is written when nothing ended.' }),
  logLevel: setting({ env: 'LOG_LEVEL', flag: '--log-level', default: 'info', parse: oneOf(...LOG_LEVELS), doc: 'Least level that is logged. SIGUSR2 turns debug on, and off again.' }),
  ...TRACE_SETTINGS,
}; // prettier-ignore

export type ApiSettings = SettingsOf<typeof API_SETTINGS>;

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Why these settings would let in whom nobody meant; undefined: they would not. */
export function exposureError({ host, keysFile, corsOrigins, metrics, docs }: ApiSettings): string | undefined {
  if (keysFile !== undefined) return undefined;
  if (!LOOPBACK.test(host)) {
    return `HOST=${host} can be reached from other machines, and without keys anybody there could run your functions. Set INVOQ_KEYS_FILE, or HOST=127.0.0.1.`;
  }
  if (corsOrigins.includes('*')) {
    return 'INVOQ_CORS_ORIGINS=* lets every web page call, and without keys any page in a browser here could run your functions. Set INVOQ_KEYS_FILE, or name the origins.';
  }
  const keyless = metrics === 'key' ? 'INVOQ_METRICS' : docs === 'key' ? 'INVOQ_DOCS' : undefined;
  if (keyless === undefined) return undefined;
  return `${keyless}=key asks for keys, and there are none. Set INVOQ_KEYS_FILE, or ${keyless}=open.`;
}
