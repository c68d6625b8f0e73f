/** What holds of every record after every step of a history. */
import type { Attempt } from '@invoq/contract/retry';
import {
  bellKey,
  bytesKey,
  heldKey,
  readyKey,
  openKey,
  outboxKey,
  permitsKey,
  queuedKey,
  recordKey,
} from '@invoq/store/keys/keys';
import { recordFields } from '@invoq/store/record/packed-record';
import type { ProtocolModel } from './protocol-model';
import { KINDS } from './protocol-kinds';
import { isInLine, LIMITS, type ModelRecord, nameOf, TURNS_AHEAD } from './protocol-record';
import { RUNS_FIRST_MS, CALLBACK, type World } from './protocol-world';

const FIELDS = [
  'status', 'attempt', 'envelope', 'leaseUntil', 'expiresAt', 'suspectAt', 'attempts', 'worker', 'startedAt',
]; // prettier-ignore

/** After every step, of every record: the rules of DESIGN, and that the real one stands as the model's. */
export async function holds(model: ProtocolModel, world: World): Promise<void> {
  const { redis } = world;
  const pipeline = redis.pipeline();
  for (const { requestID, mode, flow } of model.records) {
    pipeline.zscore(openKey(0), requestID);
    pipeline.zscore(queuedKey(0, 'default', mode), requestID);
    pipeline.zscore(outboxKey(0), requestID);
    pipeline.zscore(`${readyKey(0, 'default', mode)}:of:default:${nameOf(flow)}`, requestID);
  }
  for (const [name, max] of Object.entries(LIMITS)) {
    // Whatever happens, no more run or stand in a line than may; and nobody is held back while a permit is free.
    const permits = await redis.smembers(permitsKey(0, 'default', name));
    expect(permits.length).toBeLessThanOrEqual(max!);
    expect(permits.sort()).toEqual(model.permits(name));
    const held = await redis.zrange(heldKey(0, 'default', 'default', name), 0, '-1');
    expect(held).toEqual(model.heldBack(name));
    if (held.length > 0) expect(permits).toHaveLength(max!);
  }
  await frontsAndBells(model, world);
  const records = await Promise.all(
    model.records.map(({ requestID }) => recordFields(redis, recordKey(requestID), FIELDS)),
  );
  const replies = (await pipeline.exec())!.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  model.records.forEach((record, i) => {
    const [status, attempt, envelope, leaseUntil, expiresAt, suspectAt, attempts, ...last] = records[i];
    const [look, queued, outbox, inLine] = replies.slice(4 * i, 4 * i + 4) as (string | null)[];
    expect({ status, attempt: Number(attempt) }).toEqual({ status: record.status, attempt: record.attempt });
    expect(Number(expiresAt)).toBe(record.expiresAt);
    // Worker and time of the last start; a start that was undone has left nothing.
    expect(last.map((field) => field !== null)).toEqual([record.attempt > 0, record.attempt > 0]);
    // A suspicion is of one lease: the next one begins without.
    expect(suspectAt === null ? undefined : Number(suspectAt)).toBe(record.suspectAt);
    // Starts are bounded: retries aside, one of a sync call and three of an async one.
    const retries = record.past.filter((each) => !each.endsWith(' lost')).length;
    expect(record.attempt - retries).toBeLessThanOrEqual(record.mode === 'sync' ? 1 : 3);
    // What is over is kept.
    const kept = JSON.parse(`[${attempts ?? ''}]`) as Attempt[];
    expect(kept.map((each) => `${each.attempt} ${each.outcome}`)).toEqual(record.past);
    // It has an end or it is looked after, and it counts as waiting when it waits, and only then.
    expect(look === null).toBe(record.end !== undefined);
    expect(queued !== null).toBe(record.counted === true);
    expect(inLine === null ? undefined : Number(inLine)).toBe(scoreInLine(record));
    // What waits for its time is looked at then.
    if (!record.end && record.status !== 'running' && record.turn === undefined && !record.counted)
      expect(record.nextLook).toBe(record.notBefore);
    if (look !== null) expect(Number(look) + (record.status === 'running' ? RUNS_FIRST_MS : 0)).toBe(record.nextLook);
    expect(leaseUntil === null).toBe(record.status !== 'running');
    // An end is written once: the bytes never change.
    expect(envelope !== null).toBe(record.end !== undefined);
    if (envelope !== null) {
      expect(world.envelopes.get(record.requestID) ?? envelope).toBe(envelope);
      world.envelopes.set(record.requestID, envelope);
      record.endBytes = Buffer.byteLength(envelope);
      // Whoever is to be told of this end stands in the outbox, from the same moment on.
      expect(outbox !== null).toBe(!record.isPlain && CALLBACK.events.includes(record.end!.outcome));
      // What is told EXPIRED never ran.
      if (record.status === 'expired') expect(record.attempt).toBe(0);
    }
  });
  await bytesHold(model, world);
}

/** What is counted in bytes is what is held, however each call came to its end. */
async function bytesHold(model: ProtocolModel, { redis }: World): Promise<void> {
  const [waiting, dead] = await Promise.all([
    redis.hgetall(bytesKey(0, 'waiting')),
    redis.hgetall(bytesKey(0, 'dead')),
  ]);
  expect(Number(waiting.default ?? 0)).toBe(model.waitingBytes());
  const { default: total = '0', ...letters } = dead;
  expect(Number(total)).toBe(model.deadBytes());
  expect(Object.values(letters).reduce((sum, bytes) => sum + Number(bytes), 0)).toBe(model.deadBytes());
  expect(Object.keys(letters)).toHaveLength(model.deadLetters().length);
}

/** Whoever is first in a line stands for it; and whoever serves somebody who waits has heard of it, or looks anyway. */
async function frontsAndBells(model: ProtocolModel, { redis }: World): Promise<void> {
  for (const mode of ['sync', 'async'] as const) {
    const line = readyKey(0, 'default', mode);
    const fronts = await redis.zrange(`${line}:fronts`, 0, '-1', 'WITHSCORES');
    // A lane that something may be held back in says so first.
    expect(fronts.indexOf('!paused')).toBe(model.paused.size > 0 ? 0 : -1);
    if (model.paused.size > 0) fronts.splice(0, 2);
    const scores = fronts.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(fronts[i + 1])]] : []));
    expect(Object.fromEntries(scores)).toEqual(model.fronts(mode));
    for (const kind of KINDS) {
      const waits = model
        .line(mode)
        .some((record) => kind.whole.has(`default:${nameOf(record.flow)}`) && !model.isPaused(record));
      if (!waits || model.kinds.isLooking(mode, kind) || !model.kinds.isRung(kind)) continue;
      expect(await redis.llen(bellKey(0, 'default', mode, kind.digest))).toBeGreaterThan(0);
    }
  }
}

function scoreInLine(record: ModelRecord): number | undefined {
  const { taken, turn = 0, priority } = record;
  return isInLine(record) && !taken ? turn - TURNS_AHEAD * priority : undefined;
}
