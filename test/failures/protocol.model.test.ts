/**
 * Random histories of the record protocol: whatever submits, claims, renewals, ends, cancels, looks of the sweeper and
 * passages of time come in whatever order, with late and repeated ones among them, the real scripts on a real Redis do
 * what the model says, and after every step what DESIGN promises holds. Time is the history's own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import type { Mode } from '@invoq/contract/invocation';
import type { Ending, Outcome } from '@invoq/contract/outcome';
import type { Attempt } from '@invoq/contract/retry';
import type { Plan } from '@invoq/policy/plan';
import { InvocationStore } from '@invoq/store/invocation-store';
import type { Home } from '@invoq/store/place';
import { heldKey, lineKey, openKey, outboxKey, permitsKey, queuedKey, recordKey } from '@invoq/store/keys';
import { newRequestID } from '@invoq/store/partition';
import { startRedis } from '../harness/redis-server';
import { isInLine, LIMITS, type ModelRecord, ProtocolModel, TURNS_AHEAD } from './protocol-model';

const HISTORIES = Number(process.env.INVOQ_HISTORIES ?? (process.env.INVOQ_NIGHTLY ? 20_000 : 2_000));
const CLOCK_KEY = '{invoq:0}:clock-of-the-test';
const RUNS_FIRST_MS = 1e15;
const MAX_QUEUED = 3;
/** More than there can be in one history. */
const MAX_TICKETS = 1_000;
const CALLBACK = { url: 'https://receiver.example', events: ['succeeded', 'expired', 'lost'] as Outcome[] };
const CHANNEL = 'reply-channel-of-the-test';

/** The world that a history plays in: the real one, and what is remembered of it. */
interface World {
  redis: Redis;
  store: InvocationStore;
  /** Everything that was ever claimed, also what is no longer anybody's. */
  claims: { record: ModelRecord; attempt: number; token: string }[];
  /** Envelopes as they were first seen. */
  envelopes: Map<string, string>;
  /** What was announced, by requestID. */
  announced: Map<string, string[]>;
  steps: number;
}

type FailedEnding = Exclude<Ending, { outcome: 'succeeded' }>;

const place = (mode: Mode): { queue: string; lane: Mode } => ({ queue: 'default', lane: mode });

const home = ({ mode, flow }: ModelRecord): Home => ({ ...place(mode), env: 'default', function: flow.split(' ')[0] });

class Step implements fc.AsyncCommand<ProtocolModel, World> {
  constructor(
    private readonly name: string,
    private readonly act: (model: ProtocolModel, world: World) => Promise<void>,
    private readonly needs: (model: Pick<ProtocolModel, 'records'>) => boolean = () => true,
  ) {}

  check(model: Readonly<ProtocolModel>): boolean {
    return this.needs(model);
  }

  async run(model: ProtocolModel, world: World): Promise<void> {
    await this.act(model, world);
    world.steps++;
    await holds(model, world);
  }

  toString(): string {
    return this.name;
  }
}

const hasRecords = (model: Pick<ProtocolModel, 'records'>): boolean => model.records.length > 0;
const pick = <T>(list: T[], n: number): T => list[n % list.length];
const index = fc.nat(1000);

const kinds = [
  fc
    .record({
      sync: fc.boolean(),
      key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
      hash: fc.constantFrom('a', 'a', 'b'),
      name: fc.constantFrom('f', 'g', 'g', 'h'),
      priority: fc.constantFrom(0, 0, 0, 3),
      delay: fc.constantFrom(0, 0, 0, 700, 5_000),
    })
    .map(({ sync, key, hash, name, priority, delay }) => {
      const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
        const mode = sync ? 'sync' : 'async';
        const delayMs = sync ? 0 : delay;
        const requestID = newRequestID(0);
        const made = sync
          ? { requestID, mode, maxStarts: 1, timeoutMs: 5_000, queueAgeMs: 5_000, priority }
          : { requestID, mode, maxStarts: 3, timeoutMs: 30_000, queueAgeMs: 40_000, priority };
        const scoped = key && `${key} ${model.records.length > 0 ? model.records[0].requestID : requestID}`;
        // A key belongs to this history alone: it is named after its first record.
        const idempotency = scoped && model.records.length > 0 ? { key: scoped, hash } : undefined;
        const expected = model.submit(made as ModelRecord, `${name} ${priority}`, MAX_QUEUED, delayMs, idempotency);
        const plan = {
          ...made,
          lane: mode,
          maxRunning: LIMITS[name],
          expireAfterMs: made.queueAgeMs,
          waitMs: 0,
          delay: { delayMs },
          retainMs: 3_600_000,
        } as Plan;
        const submission = {
          requestID, env: 'default', function: name, queue: 'default', plan, data: '{}', origin: '{}', depth: 0,
          replyTo: CHANNEL, maxQueued: MAX_QUEUED, maxOpen: 2 * MAX_QUEUED, callback: CALLBACK,
          idempotency: idempotency && { key: idempotency.key, bodyHash: idempotency.hash, keepMs: 3_600_000 },
        }; // prettier-ignore
        const told = await store.submit(submission, MAX_TICKETS);
        const { ticket, ...verdict } = { ticket: false, ...told };
        expect(Object.values(verdict).join(' ')).toBe(expected);
        // Only who can be taken is worth a slot.
        if (told.kind === 'new') expect(ticket).toBe(model.records.at(-1)!.turn !== undefined);
        // The same command again, as a connection that broke sends it.
        if (told.kind === 'new') expect(await store.submit(submission, MAX_TICKETS)).toMatchObject({ kind: 'new' });
      };
      return new Step(`submit ${sync ? 'sync' : `async in ${delay} ms`} ${name} ${priority} ${key ?? ''} ${hash}`, act);
    }),
  fc.tuple(index, fc.constantFrom(1_500, 6_000), fc.boolean()).map(([n, leaseMs, again]) => {
    const act = async (model: ProtocolModel, { store, claims }: World): Promise<void> => {
      const record = pick(model.records, n);
      const token = again && record.token ? record.token : `token-${claims.length}-${n}`;
      const expected = model.claim(record, token, leaseMs);
      const claim = await store.claim(record.requestID, place(record.mode), { worker: 'w', leaseMs, tokenHash: token });
      expect(claim.kind === 'claimed' ? `claimed ${claim.attempt}` : claim.kind).toBe(expected);
      if (claim.kind === 'claimed' && !claims.some((known) => known.record === record && known.token === token))
        claims.push({ record, attempt: claim.attempt, token });
    };
    return new Step(`claim ${n} ${leaseMs}${again ? ' again' : ''}`, act, hasRecords);
  }),
  fc.tuple(index).map(([n]) =>
    heldStep(`renew ${n}`, n, async (model, { store }, { record, attempt }) => {
      const { leaseMs } = record;
      const expected = model.renew(record, attempt);
      expect(await store.renew(record.requestID, attempt, leaseMs)).toBe(expected);
    }),
  ),
  fc.tuple(index, fc.constantFrom<Ending['outcome']>('succeeded', 'failed', 'timedOut')).map(([n, outcome]) =>
    heldStep(`finish ${n} ${outcome}`, n, async (model, { store }, { record, attempt }) => {
      const by = `${attempt} ${outcome}`;
      const ending: Ending =
        outcome === 'succeeded'
          ? { outcome, result: JSON.stringify(by) }
          : outcome === 'failed'
            ? { outcome, type: 'FUNCTION_ERROR', message: by }
            : { outcome: 'timedOut', limitMs: attempt };
      const expected = model.finish(record, attempt, ending.outcome, by);
      expect(await store.finish(record.requestID, home(record), attempt, ending, '')).toMatchObject({
        recorded: expected,
      });
    }),
  ),
  fc.tuple(index, fc.constantFrom(1_500, 6_000), fc.boolean()).map(([n, leaseMs, again]) =>
    heldStep(
      `finish ${n} and go on${again ? ' again' : ''}`,
      n,
      async (model, { store, claims }, { record, attempt }) => {
        const by = `${attempt} succeeded`;
        const ending: Ending = { outcome: 'succeeded', result: JSON.stringify(by) };
        const token = again && record.next?.token ? record.next.token : `token-${claims.length}-${n}-next`;
        const expected = model.finishAndGoOn(record, attempt, 'succeeded', by, token, leaseMs);
        const starter = { worker: 'w', leaseMs, tokenHash: token };
        const finish = () =>
          store.finish(record.requestID, home(record), attempt, ending, '', undefined, undefined, starter);
        const told = await finish();
        const next = told.recorded ? told.next : undefined;
        expect(told.recorded).toBe(expected.recorded);
        expect(next?.requestID).toBe(expected.next?.requestID);
        if (!next || !expected.next) return;
        expect(next.attempt).toBe(expected.next.attempt);
        claims.push({ record: expected.next, attempt: next.attempt, token });
        // The same command again, as a connection that broke sends it: nobody else is started.
        expect(await finish()).toMatchObject({ recorded: true, next: { requestID: next.requestID } });
      },
    ),
  ),
  fc.tuple(index, fc.constantFrom(0, 100, 2_000), fc.constantFrom('failed', 'timedOut')).map(([n, afterMs, outcome]) =>
    heldStep(`retry ${n} ${outcome} after ${afterMs}`, n, async (model, { store }, { record, attempt }) => {
      const by = `${attempt} ${outcome}, tried again`;
      const ending: FailedEnding =
        outcome === 'failed'
          ? { outcome, type: 'FUNCTION_ERROR', message: by }
          : { outcome: 'timedOut', limitMs: 100 + attempt };
      const expected = model.retry(record, attempt, afterMs, ending.outcome, by);
      expect(await store.retry(record.requestID, home(record), attempt, afterMs, ending, '')).toBe(expected);
    }),
  ),
  fc.tuple(index).map(([n]) =>
    heldStep(`release ${n}`, n, async (model, { store }, { record, attempt }) => {
      model.release(record, attempt);
      await store.release(record.requestID, attempt);
    }),
  ),
  index.map((n) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const record = pick(model.records, n);
      model.expire(record);
      const standing = await store.expire(record.requestID, home(record));
      expect(standing?.status).toBe(record.status);
      expect(standing?.envelope !== undefined).toBe(record.end !== undefined);
    };
    return new Step(`expire ${n}`, act, hasRecords);
  }),
  index.map((n) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const record = pick(model.records, n);
      const expected = model.cancel(record);
      expect(await store.cancel(record.requestID, home(record))).toBe(expected);
    };
    return new Step(`cancel ${n}`, act, hasRecords);
  }),
  index.map((n) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      const record = pick(model.records, n);
      const expected = model.sweep(record);
      expect(await store.sweep(record.requestID, home(record))).toBe(expected);
    };
    return new Step(`sweep ${n}`, act, hasRecords);
  }),
  fc
    .constantFrom(1, 100, 300, 700, 1_500, 2_000, 2_000, 6_000, 41_000)
    .map((ms) => new Step(`wait ${ms}`, (model, world) => pass(model, world, ms))),
  fc.constantFrom<Mode>('sync', 'async').map((mode) => {
    const act = async (model: ProtocolModel, { store }: World): Promise<void> => {
      expect(await store.take(0, place(mode))).toBe(model.take(mode));
    };
    return new Step(`take ${mode}`, act);
  }),
] satisfies fc.Arbitrary<Step>[];
/** Claims and the sweeper are what histories with lost workers are made of. */
const [, claims, , , goOns, , , , , sweeps, waits] = kinds;
const steps = [...kinds, claims, claims, goOns, sweeps, sweeps, sweeps, waits];

function heldStep(
  name: string,
  n: number,
  act: (model: ProtocolModel, world: World, claim: World['claims'][number]) => Promise<void>,
): Step {
  const withClaim = async (model: ProtocolModel, world: World): Promise<void> => {
    if (world.claims.length > 0) await act(model, world, pick(world.claims, n));
  };
  return new Step(name, withClaim, (model) => model.records.some(({ attempt }) => attempt > 0));
}

async function pass(model: ProtocolModel, { redis }: World, ms: number): Promise<void> {
  model.now += ms;
  await redis.set(CLOCK_KEY, model.now);
}

/** After every step, of every record: the rules of DESIGN, and that the real one stands as the model's. */
async function holds(model: ProtocolModel, world: World): Promise<void> {
  const { redis } = world;
  const pipeline = redis.pipeline();
  for (const { requestID, mode } of model.records) {
    pipeline.hmget(
      recordKey(requestID),
      'status',
      'attempt',
      'envelope',
      'leaseUntil',
      'expiresAt',
      'suspectAt',
      'attempts',
    );
    pipeline.zscore(openKey(0), requestID);
    pipeline.zscore(queuedKey(0, 'default', mode), requestID);
    pipeline.zscore(outboxKey(0), requestID);
    pipeline.zscore(lineKey(0, 'default', mode), requestID);
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
  const replies = (await pipeline.exec())!.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  model.records.forEach((record, i) => {
    const [status, attempt, envelope, leaseUntil, expiresAt, suspectAt, attempts] = replies[5 * i] as (string | null)[];
    const [look, queued, outbox, inLine] = replies.slice(5 * i + 1, 5 * i + 5) as (string | null)[];
    expect({ status, attempt: Number(attempt) }).toEqual({ status: record.status, attempt: record.attempt });
    expect(Number(expiresAt)).toBe(record.expiresAt);
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
      // Whoever is to be told of this end stands in the outbox, from the same moment on.
      expect(outbox !== null).toBe(CALLBACK.events.includes(record.end!.outcome));
      // What is told EXPIRED never ran.
      if (record.status === 'expired') expect(record.attempt).toBe(0);
    }
  });
}

function scoreInLine(record: ModelRecord): number | undefined {
  const { taken, turn = 0, priority } = record;
  return isInLine(record) && !taken ? turn - TURNS_AHEAD * priority : undefined;
}

/** Time and the sweeper alone bring every call to its end. */
async function allEnd(model: ProtocolModel, world: World): Promise<void> {
  for (let round = 0; model.records.some(({ end }) => !end); round++) {
    expect(round).toBeLessThan(60);
    const next = Math.min(...model.records.filter(({ end }) => !end).map(({ nextLook }) => nextLook));
    await pass(model, world, Math.max(next - model.now, 0));
    // The very question that the sweeper asks, by this history's time.
    const due = [
      ...(await world.redis.zrangebyscore(openKey(0), '-inf', model.now - RUNS_FIRST_MS)),
      ...(await world.redis.zrangebyscore(openKey(0), 0, model.now)),
    ];
    expect(due.length).toBeGreaterThan(0);
    for (const requestID of due) {
      const record = model.records.find((each) => each.requestID === requestID)!;
      const expected = model.sweep(record);
      expect(await world.store.sweep(requestID, home(record))).toBe(expected);
    }
    await holds(model, world);
  }
}

test(
  `${HISTORIES} random histories of the record protocol keep every promise`,
  async () => {
    const server = await startRedis({ config: { appendonly: 'no' } });
    const redis = server.client();
    const realClock = readFileSync(join(__dirname, '../../libs/store/lua/clock.lua'), 'utf8').trimEnd();
    const define = redis.defineCommand.bind(redis);
    redis.defineCommand = (name, { lua, ...rest }) => {
      const timed = lua.replace(
        realClock,
        `local function clock() return tonumber(redis.call('GET', '${CLOCK_KEY}')) end`,
      );
      return define(name, { ...rest, lua: timed });
    };
    const store = new InvocationStore(redis);
    const listener = server.client();
    const announced = new Map<string, string[]>();
    listener.on('message', (_channel, message: string) => {
      const [requestID = ''] = message.split(' ');
      announced.set(requestID, [...(announced.get(requestID) ?? []), message.slice(requestID.length + 1)]);
    });
    await listener.subscribe(CHANNEL);

    let histories = 0;
    let count = 0;
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: 'max' }), async (commands) => {
        const model = new ProtocolModel();
        const world: World = { redis, store, claims: [], envelopes: new Map(), announced, steps: 0 };
        await redis.flushdb();
        announced.clear();
        await pass(model, world, 0);
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await allEnd(model, world);
        await listener.ping();
        for (const { requestID, end } of model.records) {
          expect(announced.get(requestID)).toEqual([`${end!.outcome} ${world.envelopes.get(requestID)}`]);
          outcomes.set(end!.outcome, (outcomes.get(end!.outcome) ?? 0) + 1);
        }
        expect(await redis.zcard(openKey(0))).toBe(0);
        histories++;
        count += world.steps;
      }),
      { numRuns: HISTORIES, endOnFailure: false },
    );
    const how = [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(', ');
    process.stdout.write(`\n  ${histories} histories, ${count} steps, each checked; calls ended: ${how}\n`);
  },
  Math.max(600_000, 120 * HISTORIES),
);
