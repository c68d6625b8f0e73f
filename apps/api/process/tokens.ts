/** What Nest hands out under a name, where it is not a class. */
import type { BlobStore } from '@invoq/blobs/blob-store';
import type { Logger } from '@invoq/host/log';
import type { Tracing } from '@invoq/host/tracing/tracing';
import type { Redis } from '@invoq/store/connection/connection';
import type { LiveKeys } from '../auth/live-keys';
import type { Wires } from '../http/wire';
import type { ApiSettings } from '../settings';
import type { Connections } from './connections';
import { named } from './made';

export const SETTINGS = named<ApiSettings>('settings');
export const LOG = named<Logger>('log');
/** Undefined while traces are off. */
export const TRACING = named<Tracing | undefined>('tracing');
export const CONNECTIONS = named<Connections>('connections');
/** For records and queues. */
export const REDIS = named<Redis>('redis');
/** Undefined without a keys file: then anybody who reaches the port may call. */
export const KEYS = named<LiveKeys | undefined>('keys');
export const BLOB_STORE = named<BlobStore>('blob store');
export const WIRES = named<Wires>('wires');
