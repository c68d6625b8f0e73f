/** Reads records, and changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isEnded, type Status } from '@invoq/contract/invocation';
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { heldKey, lateTokenKey, logsKey, permitsKey, queuedKey, recordKey } from '../keys/keys';
import { LIVE_FIELDS, SNAPSHOT_LOG_BYTES, type LiveSnapshot, readSnapshot } from './live-snapshot';
import { partitionOf } from '../keys/partition';
import { laneKeys, type LaneRef } from '../keys/lane-ref';
import { readRecord, type RecordView, TERMS, VIEW_FIELDS } from './record';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import { readStanding, type StatusSnapshot } from './status-snapshot';
import { readCallSpec } from './call-spec';
import { fieldsAndBytes, recordFields } from './packed-record';
import { PreparedRead } from '../connection/text-command';

/** What a run took, as its worker measured it. */
export interface Used {
  /** ms. */
  runMs: number;
  /** Resident memory at its highest, MB; where the system tells. */
  peakRssMb?: number;
}

/** What is seen of a record without reading all of it. */
export interface Glimpse {
  requestID: string;
  env: string;
  status: Status;
  /** Of its envelope, as it is recorded; 0 while there is none. */
  resultBytes: number;
}

/** An invocation, as the holder of the token that was made for its latest start. */
export interface TokenHolder {
  env: string;
  function: string;
  depth: number;
  /** Where it came from, JSON text. */
  origin?: string;
  /** The trace that it belongs to; see `Submission`. */
  trace?: string;
  /** Absent: nothing of it is at work (any more), and no token of it is worth anything. */
  tokenHash?: string;
}

const VIEW = new PreparedRead(VIEW_FIELDS);
const FINISHED_AT = VIEW_FIELDS.indexOf('finishedAt');
const STATUS = VIEW_FIELDS.indexOf('status');

/** How often, and each how many ms, it is looked whether a call that has ended is at work still. */
const LATE_READS = 3;
const LATE_PAUSE_MS = 50;

export class RecordReader {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  async standing(requestID: string): Promise<StatusSnapshot | undefined> {
    return readStanding(await this.fields(requestID, 'status', 'envelope'));
  }

  async read(requestID: string): Promise<RecordView | undefined> {
    const key = recordKey(requestID);
    const values = await recordFields(this.redis, key, VIEW_FIELDS, (redis) => VIEW.of(redis, key));
    if (values[TERMS] === null) return undefined;
    // What has ended says the same at any time.
    const finishedAt = values[FINISHED_AT];
    if (finishedAt !== null) return readRecord(requestID, values, Number(finishedAt));
    const [now, ahead] = await Promise.all([timeAt(this.redis, key), this.ahead(requestID, values)]);
    return readRecord(requestID, values, now, ahead);
  }

  /** Of many at once, in one write to Redis: whose they are, how they stand, and how large their results are. */
  async glimpses(requestIDs: readonly string[]): Promise<(Glimpse | undefined)[]> {
    return Promise.all(
      requestIDs.map(async (requestID) => {
        const [[status, terms], resultBytes] = await fieldsAndBytes(
          this.redis,
          recordKey(requestID),
          ['status', 'terms'],
          'envelope',
        );
        if (!status || !terms) return undefined;
        return { requestID, status: status as Status, env: readCallSpec(terms).env, resultBytes };
      }),
    );
  }

  /** Many at once, in one write to Redis: each as `read` answers it. */
  readMany(requestIDs: readonly string[]): Promise<(RecordView | undefined)[]> {
    return Promise.all(requestIDs.map((requestID) => this.read(requestID)));
  }

  /** What it was called with, as JSON text; undefined: it is not kept (any more). */
  async data(requestID: string): Promise<string | undefined> {
    return (await this.fields(requestID, 'data'))[0] ?? undefined;
  }

  /** The trace that it belongs to; see `Submission`. '' when it has none. */
  async trace(requestID: string): Promise<string> {
    return (await this.fields(requestID, 'traceparent'))[0] ?? '';
  }

  /** How it stands, and when it was accepted (ms since the epoch); undefined: no such record. */
  async brief(requestID: string): Promise<{ status: Status; queuedAt: number } | undefined> {
    const [status, queuedAt] = await this.fields(requestID, 'status', 'queuedAt');
    return status === null ? undefined : { status: status as Status, queuedAt: Number(queuedAt) };
  }

  /** What the last run took; undefined while nothing is known. */
  async used(requestID: string): Promise<Used | undefined> {
    const [text] = await this.fields(requestID, 'used');
    return text === null ? undefined : (JSON.parse(text) as Used);
  }

  /** What is new of a record since a watcher's last read; undefined: no such record. */
  async readLive(requestID: string, logFrom: number, maxBytes = SNAPSHOT_LOG_BYTES): Promise<LiveSnapshot | undefined> {
    // First, so that of what has ended the whole log is read.
    const values = await this.fields(requestID, ...LIVE_FIELDS);
    const [log, bytes] = await Promise.all([
      this.redis.getrangeBuffer(logsKey(requestID), logFrom, logFrom + maxBytes - 1),
      this.redis.strlen(logsKey(requestID)),
    ]);
    const readLive = readSnapshot(requestID, values, { from: logFrom, read: log, bytes });
    const isCut = readLive?.lines.length === 0 && log.length === maxBytes;
    return isCut ? this.readLive(requestID, logFrom, maxBytes * 8) : readLive;
  }

  /** The last lines that were printed, of `maxBytes` at most; the first one may lack its beginning. */
  async logTail(requestID: string, maxBytes: number): Promise<string> {
    return this.redis.getrange(logsKey(requestID), -maxBytes, -1);
  }

  /** Log lines as ndjson, those behind `from` bytes; '' when there are none (yet). */
  async logs(requestID: string, from = 0): Promise<string> {
    return this.redis.getrange(logsKey(requestID), from, -1);
  }

  /** Whose is this token? A function calls with its own invocation's. Undefined: there is no such invocation. */
  async tokenHolder(requestID: string): Promise<TokenHolder | undefined> {
    const fields = ['status', 'tokenHash', 'terms', 'origin', 'traceparent'];
    const [status, tokenHash, terms, origin, trace] = await this.fields(requestID, ...fields);
    if (!terms) return undefined;
    const { env, depth, function: name } = readCallSpec(terms);
    const holder = { env, depth, function: name, origin: origin ?? undefined, trace: trace ?? undefined };
    if (status === 'running' && tokenHash) return { ...holder, tokenHash };
    // Once it has ended, its record has no hash. It may be at work still, of which word may come a moment after its end.
    for (let reads = 1; ; reads++) {
      const late = await this.redis.get(lateTokenKey(requestID));
      if (late !== null) return { ...holder, tokenHash: late };
      if (reads === LATE_READS || !isEnded(status as Status)) return holder;
      await sleep(LATE_PAUSE_MS);
    }
  }

  private fields(requestID: string, ...names: readonly string[]): Promise<(string | null)[]> {
    return recordFields(this.redis, recordKey(requestID), names);
  }

  /** Undefined of what does not stand in a queue: it runs, or its time has not come. */
  private async ahead(requestID: string, values: (string | null)[]): Promise<number | undefined> {
    const status = values[STATUS];
    if (status !== 'queued' && status !== 'retrying') return undefined;
    const { queue, lane } = readCallSpec(values[TERMS]!);
    return (await this.redis.zrank(queuedKey(partitionOf(requestID), queue, lane), requestID)) ?? undefined;
  }

  /** How many wait in a lane, and how long the first of them has waited (ms). */
  async depth(partition: number, place: LaneRef): Promise<{ depth: number; oldestMs: number }> {
    const key = queuedKey(partition, place.queue, place.lane);
    const [depth, oldest, now] = await Promise.all([
      this.redis.zcard(key),
      this.redis.zrange(key, 0, '0', 'WITHSCORES'),
      timeAt(this.redis, key),
    ]);
    const oldestMs = oldest[1] === undefined ? 0 : now - Number(oldest[1]);
    return { depth, oldestMs: Math.max(0, oldestMs) };
  }

  /**
   * What waits in a lane, of one env or of all: what a new slot could start, what none could, and the age of the first of the
   * former (ms). `limited`: the functions of the lane with a limit of their own.
   */
  async load(
    partition: number,
    place: LaneRef,
    env: string | undefined,
    limited: { env: string; name: string }[],
  ): Promise<{ depth: number; held: number; oldestMs: number }> {
    const held = limited.map((each) => heldKey(partition, place.queue, each.env, each.name));
    const { queued, ready, turns } = laneKeys(partition, place);
    const keys = { queued, ready, turns, held };
    const reply = await this.redis.invoqLoad({ keys, args: { envPrefix: env === undefined ? '' : `${env}:` } });
    const [depth, over, oldestMs] = reply as [number, number, number];
    return { depth, held: over, oldestMs };
  }

  /** How many calls of a function with a limit run or stand in a queue. */
  async running(partition: number, env: string, name: string): Promise<number> {
    return this.redis.scard(permitsKey(partition, env, name));
  }
}
