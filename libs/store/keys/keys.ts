/** The names of everything Invoq keeps in Redis, and of its channels. BullMQ's own keys start with the same hash tag. */
import { createHash } from 'node:crypto';
import type { LaneName } from '@invoq/policy/lanes';
import { partitionOf } from './partition';

/** What every name starts with; see `setKeyPrefix`. */
let root = 'invoq';

/**
 * Puts `<prefix>:` before `invoq` in every key and channel, inside the hash tag: `{staging:invoq:0}:open`. Installations
 * with different prefixes share a Redis without seeing each other. Called once, before the process names its first key.
 */
export function setKeyPrefix(prefix: string | undefined): void {
  root = prefix === undefined ? 'invoq' : `${prefix}:invoq`;
}

/**
 * The hash tag of a partition, or of a part of the fleet's own data, such as `registry`: what shares a tag is on one node
 * of a Redis Cluster. Every key starts with one.
 */
export function tagOf(part: number | string): string {
  return `{${root}:${part}}`;
}

/** Of a key of a partition; undefined: it is of the fleet's own data. Asked for each script, so no text is cut out for it. */
export function partitionOfKey(key: string): number | undefined {
  const from = root.length + 2;
  let partition = 0;
  for (let at = from; at < key.length; at++) {
    const digit = key.charCodeAt(at) - 0x30;
    // The brace behind the number.
    if (digit === 0x4d && at > from) return partition;
    if (digit < 0 || digit > 9) return undefined;
    partition = 10 * partition + digit;
  }
  return undefined;
}

/** A hash, or a string while it is packed: the record of one invocation, the truth about it. */
export function recordKey(requestID: string): string {
  return `${tagOf(partitionOf(requestID))}:inv:${requestID}`;
}

/** What the keys of records match, and those of nothing else: a pattern of `SCAN`. */
export function anyRecordPattern(): string {
  return `{${root.replace(/[*?[\]\\]/g, '\\$&')}:*}:inv:*`;
}

/** A string: log lines as ndjson. */
export function logsKey(requestID: string): string {
  return `${tagOf(partitionOf(requestID))}:logs:${requestID}`;
}

/** A string, for the rest of its limit: hash of the token of a call that has answered and is still at work. */
export function lateTokenKey(requestID: string): string {
  return `${tagOf(partitionOf(requestID))}:late:${requestID}`;
}

/** A sorted set: every invocation without an end, by the time (ms) of the sweeper's next check; see `dueIndex.lua`. */
export function openKey(partition: number): string {
  return `${tagOf(partition)}:open`;
}

/** A sorted set: what waits in one lane, by the time (ms) it came. Its size is the lane's depth. */
export function queuedKey(partition: number, queue: string, lane: LaneName): string {
  return `${tagOf(partition)}:queued:${queue}:${lane}`;
}

/** No key itself: those of the queues of a lane's functions, and of their fronts, begin with it; see `readyQueue.lua`. */
export function readyKey(partition: number, queue: string, lane: LaneName): string {
  return `${tagOf(partition)}:line:${queue}:${lane}`;
}

/** A set: the functions that one kind of worker serves, by the digest of their list; see `lane.lua`. */
export function servesKey(partition: number, digest: string): string {
  return `${tagOf(partition)}:serves:${digest}`;
}

/** A list: on it idle workers of one kind wait for calls of a lane; see `serves.lua`. */
export function bellKey(partition: number, queue: string, lane: LaneName, digest: string): string {
  return `${readyKey(partition, queue, lane)}:bell:${digest}`;
}

/** A list: the calls that were dispatched to a worker, and that it has not read; see `offers.lua`. */
export function dispatchedKey(partition: number, queue: string, lane: LaneName, worker: string): string {
  return `${readyKey(partition, queue, lane)}:dispatched:${worker}`;
}

/** A string, for the time of a lease: the requestIDs that one `take` took; named by the first of its tokens. */
export function tookKey(partition: number, tokenHash: string): string {
  return `${tagOf(partition)}:took:${tokenHash}`;
}

/** The keys of records without the requestID. */
export function recordPrefix(partition: number): string {
  return `${tagOf(partition)}:inv:`;
}

/** A number: the tickets of a lane that are on their way; see `tickets.lua`. */
export function ticketsKey(partition: number, queue: string, lane: LaneName): string {
  return `${tagOf(partition)}:tickets:${queue}:${lane}`;
}

/** A set: the calls of a function with a limit that run or stand in a queue; see `limit.lua`. */
export function permitsKey(partition: number, env: string, name: string): string {
  return `${tagOf(partition)}:permits:${env}:${name}`;
}

/** A sorted set: the calls of a function with a limit that are held back, the next one first. */
export function heldKey(partition: number, queue: string, env: string, name: string): string {
  return `${tagOf(partition)}:held:${queue}:${env}:${name}`;
}

/** A hash: the turns of a lane, by flow; see `readyQueue.lua`. Gone when the queue is empty and somebody comes. */
export function turnsKey(partition: number, queue: string, lane: LaneName): string {
  return `${tagOf(partition)}:turns:${queue}:${lane}`;
}

/** A sorted set: the newest calls of one function, by the time (ms) they were accepted. */
export function callsKey(partition: number, env: string, name: string): string {
  return `${tagOf(partition)}:calls:${env}:${name}`;
}

/** A sorted set: the newest calls of a whole env, by the time (ms) they were accepted. */
export function envCallsKey(partition: number, env: string): string {
  return `${tagOf(partition)}:calls:${env}`;
}

/** A sorted set: the newest calls of one function that failed for good, by the time (ms) of their end; see `failures.lua`. */
export function failedKey(partition: number, env: string, name: string): string {
  return `${tagOf(partition)}:failed:${env}:${name}`;
}

/** A sorted set: the callbacks of an env that failed and are not delivered since, by the time (ms) of the last failure. */
export function undeliveredKey(partition: number, env: string): string {
  return `${tagOf(partition)}:undelivered:${env}`;
}

/** A sorted set: the dead letters of all functions, as text of one order; see `deadLetters.lua`. */
export function deadKey(partition: number): string {
  return `${tagOf(partition)}:dead`;
}

/** A sorted set: the dead letters by the time (ms) of their expiry. */
export function deadExpiryKey(partition: number): string {
  return `${tagOf(partition)}:dead-expiry`;
}

/** Hashes: bytes of data that wait, and of dead letters, by env; see `quota.lua`, which makes these names. */
export function bytesKey(partition: number, what: 'waiting' | 'dead'): string {
  return `${tagOf(partition)}:bytes:${what}`;
}

/** A hash: bytes that the ended calls of an env keep, by when they expire; see `quota.lua`. */
export function keptBytesKey(partition: number, env: string): string {
  return `${tagOf(partition)}:bytes:kept:${env}`;
}

/** A hash: bytes of blobs that an env keeps, by when they are dropped; see `quota.lua`. */
export function blobBytesKey(env: string): string {
  return `${tagOf('blobs')}:bytes:${env}`;
}

/** A string: `<requestID> <hash of the request>`. The caller's key is hashed: it may be long, or tell something. */
export function idempotencyKey(partition: number, env: string, key: string): string {
  return `${tagOf(partition)}:idem:${createHash('sha256').update(`${env}\n${key}`).digest('base64url')}`;
}

/** A sorted set: every callback that is not delivered yet; see `outbox.lua`. */
export function outboxKey(partition: number): string {
  return `${tagOf(partition)}:outbox`;
}

/** A sorted set: the receivers of callbacks, by the time (ms) at which the next delivery to each is due. */
export function receiversKey(partition: number): string {
  return `${tagOf(partition)}:receivers`;
}

/** A sorted set: what is to be delivered to one receiver, by the time (ms) at which it is due. */
export function receiverKey(partition: number, receiver: string): string {
  return `${tagOf(partition)}:receiver:${receiver}`;
}

/** A hash: how the delivery of one invocation's callback stands, and its tries. */
export function deliveryKey(requestID: string): string {
  return `${tagOf(partitionOf(requestID))}:delivery:${requestID}`;
}

/** A string, for as long as nothing is sent there: the receiver has said that it is gone. */
export function goneKey(env: string, name: string, url: string): string {
  return `${tagOf('callbacks')}:gone:${createHash('sha256').update(`${env}\n${name}\n${url}`).digest('base64url')}`;
}

/** A hash: worker to what it announced of its settings for callbacks, as JSON; see `callback-peers.ts`. */
export function callbackWorkersKey(): string {
  return `${tagOf('callbacks')}:workers`;
}

/** Whose rate: a caller's (by its id), or a function's. */
export type RateOf = { caller: string } | { env: string; function: string };

/** A string: when a rate is whole again (ms); see `rates.lua`. All in one place: a call may come under two, counted at once. */
export function rateKey(of: RateOf): string {
  const whose = 'caller' in of ? `caller:${of.caller}` : `function:${of.env}:${of.function}`;
  return `${tagOf('rates')}:${whose}`;
}

/** A hash: what operators hold back, as `queue:<queue>` or `function:<env>:<name>`, to `Pause` as JSON. The scripts have it by partition; see `paused.lua`. */
export function pausesKey(): string {
  return `${tagOf('pauses')}:all`;
}

/** A hash: what the scripts hold back in a partition, to since when (ms); see `paused.lua`. */
export function heldBackKey(partition: number): string {
  return `${tagOf(partition)}:pauses`;
}

/** A sorted set: the functions that have a queue in a lane, the next one first; see `readyQueue.lua`. */
export function frontsKey(partition: number, queue: string, lane: LaneName): string {
  return `${readyKey(partition, queue, lane)}:fronts`;
}

/** A sorted set: the queue of one function (`<env>:<name>`) in a lane, the next call first. */
export function functionReadyKey(partition: number, queue: string, lane: LaneName, name: string): string {
  return `${readyKey(partition, queue, lane)}:of:${name}`;
}

/** A stream: what operators changed. */
export function auditKey(): string {
  return `${tagOf('audit')}:log`;
}

/** Hashes: what was counted of the calls that ended in a stretch of time, by name; see `tally.lua`. Their keys begin so. */
export function statsPrefix(): string {
  return `${tagOf('stats')}:`;
}

export function statsBucketKey(stepMs: number, start: number): string {
  return `${statsPrefix()}${stepMs}:${start}`;
}

/** A number: the last batch of stats that a process wrote. */
export function statsWrittenKey(process: string): string {
  return `${statsPrefix()}written:${process}`;
}

/** A sorted set: the partitions in which something was written, by the time (ms) of the last note; see `activity.ts`. */
export function activeKey(): string {
  return `${tagOf('fleet')}:active`;
}

export function leaderKey(partition: number): string {
  return `${tagOf(partition)}:sweeper`;
}

/** A string: who does a chore of the whole fleet at this time. */
export function lockKey(job: string): string {
  return `${tagOf('chores')}:${job}`;
}

/** A hash: function name to what workers published of it. */
export function functionsKey(env: string): string {
  return `${tagOf('registry')}:functions:${env}`;
}

/** A set: the queues that functions belong to. */
export function queuesKey(): string {
  return `${tagOf('registry')}:queues`;
}

/** A sorted set: schedules as `<env>/<id>`, by the time (ms) of their next run; those that are paused are not in it. */
export function schedulesDueKey(): string {
  return `${tagOf('schedules')}:due`;
}

/** A hash: schedules whose run was put off, as `<env>/<id>`; see `due.lua`. */
export function lateRunsKey(): string {
  return `${tagOf('schedules')}:late`;
}

/** A hash: id to what a schedule does, as JSON. */
export function schedulesKey(env: string): string {
  return `${tagOf('schedules')}:of:${env}`;
}

/** A hash: id to what came of a schedule's last run, as JSON. */
export function lastRunsKey(env: string): string {
  return `${tagOf('schedules')}:last:${env}`;
}

/** A set: the envs that functions are in. */
export function envsKey(): string {
  return `${tagOf('registry')}:envs`;
}

/**
 * What the processes of the fleet know of each other; see `beat.lua`. One hash tag: a heartbeat touches them all.
 * `seen`: a sorted set, ids of processes by the time (ms) at which their heartbeat runs out. `members`: a hash, id to `Member`
 * as JSON. `loads`: a hash, id to `MemberLoad` as JSON. `version`: a number, another one whenever `members` changes.
 * `leader`: a string, the process that decides for all. `keeper`: a string, the one that keeps the registry true to what is
 * served. `format`: a number, the format in which all write.
 */
export function fleetKey(part: 'seen' | 'members' | 'loads' | 'version' | 'leader' | 'keeper' | 'format'): string {
  return `${tagOf('fleet')}:${part}`;
}

/** A string: the functions that some workers serve, as JSON, by the digest of that text. */
export function servedKey(digest: string): string {
  return `${tagOf('fleet')}:functions:${digest}`;
}

/** A string: what operators want of a worker. Each heartbeat of the worker keeps it for another while. */
export function orderKey(worker: string): string {
  return `${tagOf('fleet')}:order:${worker}`;
}

/** A pub/sub channel: one for each worker, on which it learns what to cancel. Its name is known to `cancel.lua`. */
export function workerChannel(worker: string): string {
  return `${root}:worker:${worker}`;
}

/** A string: what became of a test of a receiver. */
export function callbackTestKey(id: string): string {
  return `${tagOf('fleet')}:callback-test:${id}`;
}

/** A pub/sub channel: one for each API process. */
export function replyChannel(process: string): string {
  return `${root}:reply:${process}`;
}
