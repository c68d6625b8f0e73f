/** The worker's settings, each with its variable, flag, default and rule. `--help` prints this table. */
import { resolve } from 'node:path';
import { blobPlace, type BlobPlace } from '@invoq/blobs/blob-place';
import { QUEUE_NAME } from '@invoq/contract/function';
import { LOG_LEVELS } from '@invoq/host/log';
import { setting, type SettingsOf } from '@invoq/host/read-settings';
import {
  boolean,
  bytes,
  cidr,
  duration,
  integer,
  list,
  nameServer,
  oneOf,
  path,
  range,
  slots,
  text,
  url,
} from '@invoq/host/setting-parsers';
import { TRACE_SETTINGS } from '@invoq/host/tracing/trace-settings';
import { LAST_FORMAT, THIS_FORMAT } from '@invoq/policy/format';
import { type Carrier, CARRIERS } from '@invoq/policy/lanes';
import { MAX_PARTITIONS } from '@invoq/store/keys/partition';
import { REDIS_SETTINGS } from '@invoq/store/connection/redis-settings';

/** 24 bytes are what Standard Webhooks asks for. */
const CALLBACK_SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;

/** Who may read the metrics; the same words as those of the API, so that both can have the same setting. */
export const EXPOSURES = ['open', 'key', 'off'] as const;
export type Exposure = (typeof EXPOSURES)[number];

export const WORKER_SETTINGS = {
  ...REDIS_SETTINGS,
  functions: setting({ env: 'INVOQ_FUNCTIONS', flag: '--functions', default: 'examples/functions', parse: text('a directory, or env=directory pairs with commas between'), doc: 'Where the functions are: a directory, or one for each env: env-a=dir-a,env-b=dir-b.' }),
  queues: setting({ env: 'INVOQ_QUEUES', flag: '--queues', default: ['default'], parse: list(text('a queue name', QUEUE_NAME)), doc: 'Queues that this worker serves.' }),
  slots: setting({ env: 'INVOQ_SLOTS', flag: '--slots', default: { sync: 8, async: 4, nested: 2 }, parse: slots({ sync: 8, async: 4, nested: 2 }), doc: 'Calls at a time in each lane of each queue; nested: for each depth.' }),
  host: setting({ env: 'WORKER_HOST', flag: '--worker-host', default: '127.0.0.1', parse: text('an address to listen on'), doc: 'Address for health and metrics.' }),
  port: setting({ env: 'WORKER_PORT', flag: '--worker-port', default: 3001, parse: integer(0, 65_535), doc: 'Port for health and metrics; 0: any free one. A second worker on the same machine needs another one.' }),
  metrics: setting<Exposure | undefined>({ env: 'INVOQ_METRICS', flag: '--metrics', default: undefined, parse: oneOf(...EXPOSURES), doc: 'Who may read /metrics: open (anybody who reaches the port), key (a worker has no keys, so this machine alone), off. Default: this machine alone.' }),
  apiUrl: setting({ env: 'INVOQ_API_URL', flag: '--api-url', default: 'http://127.0.0.1:3000', parse: url('http:', 'https:'), doc: 'Where functions reach the API, to call others.' }),
  watch: setting({ env: 'INVOQ_WATCH', flag: '--watch', default: false, parse: boolean(), doc: 'Serve changed files at the next call, as npm start does. Without it, send SIGHUP to read the files again.' }),
  spares: setting({ env: 'INVOQ_SPARES', flag: '--spares', default: 2, parse: integer(0, 64), doc: 'Generic sandboxes kept ready for each memory size.' }),
  maxCallsPerSandbox: setting({ env: 'INVOQ_SANDBOX_CALLS', flag: '--sandbox-calls', default: 100_000, parse: integer(1, 10_000_000), doc: 'Calls after which a sandbox is replaced.' }),
  maxProcesses: setting({ env: 'INVOQ_SANDBOX_PROCESSES', flag: '--sandbox-processes', default: 64, parse: integer(1, 10_000), doc: 'Child processes that a function may have running; beyond: FUNCTION_CRASHED.' }),
  sandboxUsers: setting<{ first: number; last: number } | undefined>({ env: 'INVOQ_SANDBOX_UIDS', flag: '--sandbox-uids', default: undefined, parse: range(1, 2_147_483_646), doc: 'Each sandbox runs as a user of its own out of this range of ids, which belongs to nobody else. Needs root, or CAP_SETUID, CAP_SETGID, CAP_KILL and CAP_CHOWN. Default: sandboxes run as the user of the worker.' }),
  maxLogBytes: setting({ env: 'INVOQ_LOG_LIMIT', flag: '--log-limit', default: 262_144, parse: bytes(1_024, 16 * 1_048_576), doc: 'Output kept of one call.' }),
  maxResultBytes: setting({ env: 'INVOQ_RESULT_LIMIT', flag: '--result-limit', default: 16 * 1_048_576, parse: bytes(1_024, 256 * 1_048_576), doc: 'Largest result; beyond: BAD_RESULT.' }),
  inlineResultBytes: setting({ env: 'INVOQ_RESULT_INLINE', flag: '--result-inline', default: 262_144, parse: bytes(0, 1_048_576), doc: 'Largest result that is kept in Redis; larger ones are kept as blobs.' }),
  data: setting({ env: 'INVOQ_DATA', flag: '--data', default: resolve('.data'), parse: path(process.cwd()), doc: 'Folder for what a process keeps on disk.' }),
  blobs: setting<BlobPlace | undefined>({ env: 'INVOQ_BLOBS', flag: '--blobs', default: undefined, parse: blobPlace(process.cwd()), doc: 'Where large results are kept, the same for API and workers: a directory, or s3://bucket/prefix?endpoint=https://host. Default: blobs in INVOQ_DATA.' }),
  callbackSecrets: setting<string[] | undefined>({ env: 'INVOQ_CALLBACK_SECRET', default: undefined, parse: list(text('whsec_ and at least 24 bytes in base64', CALLBACK_SECRET)), doc: 'Signs callbacks, the same for all workers; several, with commas between, while it is being replaced. Default: made once and kept in INVOQ_DATA.', secret: true }),
  callbackAllow: setting<string[]>({ env: 'INVOQ_CALLBACK_ALLOW', flag: '--callback-allow', default: [], parse: list(cidr()), doc: 'Networks of your own that callbacks may go to, such as 10.1.0.0/16; all that is not public is refused otherwise.' }),
  callbackNameServers: setting<string[]>({ env: 'INVOQ_CALLBACK_DNS', flag: '--callback-dns', default: [], parse: list(nameServer()), doc: 'Name servers that find the receivers of callbacks, such as 10.0.0.2 or [fd00::2]:5353. Default: those of this machine.' }),
  callbackTimeoutMs: setting({ env: 'INVOQ_CALLBACK_TIMEOUT', flag: '--callback-timeout', default: 15_000, parse: duration(100, 60_000), doc: 'The longest that a receiver of a callback may take to answer.' }),
  publicUrl: setting<string | undefined>({ env: 'INVOQ_PUBLIC_URL', flag: '--public-url', default: undefined, parse: url('http:', 'https:'), doc: 'Where receivers of callbacks reach the API, to fetch large results. Default: as functions do.' }),
  cancelGraceMs: setting({ env: 'INVOQ_CANCEL_GRACE', flag: '--cancel-grace', default: 1_000, parse: duration(0, 60_000), doc: 'Between the signal of a cancelled call and its kill.' }),
  leaseMs: setting({ env: 'INVOQ_LEASE', flag: '--lease', default: 6_000, parse: duration(1_000, 600_000), doc: 'A worker that is silent for this long and a third of it more is declared dead; its calls run again, or end as lost.' }),
  syncCarrier: setting<Carrier>({ env: 'INVOQ_SYNC_LANE', flag: '--sync-lane', default: 'line', parse: oneOf(...CARRIERS), doc: 'What delivers sync calls: the ready queue itself (line), or BullMQ. The same for API and workers.' }),
  partitions: setting({ env: 'INVOQ_PARTITIONS', flag: '--partitions', default: 1, parse: integer(1, MAX_PARTITIONS), doc: 'Partitions (hash tags) that records are spread over. The same for API and workers.' }),
  graceMs: setting({ env: 'INVOQ_GRACE', flag: '--grace', default: 30_000, parse: duration(0, 600_000), doc: 'Time for runs under way after SIGTERM; then they are left to other workers.' }),
  format: setting<number>({ env: 'INVOQ_FORMAT', flag: '--format', default: THIS_FORMAT, parse: integer(LAST_FORMAT, THIS_FORMAT), doc: 'The newest format that the fleet writes to Redis while this process lives. Set the one before to return to the release before.' }),
  statsMs: setting({ env: 'INVOQ_STATS_INTERVAL', flag: '--stats-interval', default: 5_000, parse: duration(100, 60_000), doc: 'How often a process adds what it has counted of ended calls to the stats in Redis; nothing is written when nothing ended.' }),
  logLevel: setting({ env: 'LOG_LEVEL', flag: '--log-level', default: 'info', parse: oneOf(...LOG_LEVELS), doc: 'Least level that is logged. SIGUSR2 turns debug on, and off again.' }),
  ...TRACE_SETTINGS,
}; // prettier-ignore

export type WorkerSettings = SettingsOf<typeof WORKER_SETTINGS>;
