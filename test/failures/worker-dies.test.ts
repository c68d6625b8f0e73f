/** A worker dies, freezes, or lives in another time: what it ran is run again or told lost, and never counts twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../harness/app';
import { parentOf } from '../harness/process-facts';
import { scratchDir } from '../harness/scratch';
import { until } from '../harness/until';
import { Stand } from './stand';

/** From the kill of a worker to the end of what it ran, ms. */
const RECOVERY_MS = 15_000;
/** Where that time is not what is looked at. */
const SHORT_LEASE = { INVOQ_LEASE: '1500ms' };

async function started(stand: Stand, requestID: string, times = 1): Promise<void> {
  await until(`${requestID} is started (${times})`, () => stand.starts.of(requestID).length >= times, RECOVERY_MS);
}

/** The worker that runs it: its sandbox is a child of that worker. */
function workerOf(stand: Stand, requestID: string): App {
  const { pid } = stand.starts.of(requestID).at(-1)!;
  const worker = stand.workers.find(({ process }) => parentOf(pid) === process.pid);
  if (!worker) throw new Error(`no worker of this stand runs ${requestID}`);
  return worker;
}

async function accepted(stand: Stand, name: string, data: object): Promise<string> {
  const reply = await stand.caller.async(name, data);
  expect(reply?.status).toBe(202);
  return reply!.body.requestID as string;
}

async function ended(stand: Stand, requestID: string, ms = RECOVERY_MS): Promise<string> {
  const ENDS = ['succeeded', 'failed', 'timedOut', 'crashed', 'lost', 'expired'];
  return until(
    `${requestID} has an end`,
    async () => {
      const status = await stand.statusOf(requestID);
      if (!ENDS.includes(status)) throw new Error(status);
      return status;
    },
    ms,
  );
}

describe('killed in the middle of a run', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.start({ workers: 2 });
  });

  test('an async call runs again and ends within 15 s, a sync call is told WORKER_LOST', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => accepted(stand, 'staysFirst', { times: 1 })));
    await Promise.all(ids.map((id) => started(stand, id)));
    const victim = workerOf(stand, ids[0]);
    const its = ids.filter((id) => workerOf(stand, id) === victim);
    const syncs: ReturnType<typeof stand.caller.sync>[] = [];
    // Sync calls go to whichever worker is free; enough of them reach both.
    for (let i = 0; i < 8; i++) syncs.push(stand.caller.sync('takes', { ms: 3_000, n: i }));
    await until('the sync calls run', () => stand.starts.read().length >= ids.length + 8, 3_000);

    const killedAt = Date.now();
    await victim.process.kill();
    for (const id of its) expect(await ended(stand, id)).toBe('succeeded');
    const recoveryMs = Date.now() - killedAt;
    expect(recoveryMs).toBeLessThan(RECOVERY_MS);

    const reply = await Promise.all(syncs);
    const lost = reply.filter((answer) => answer?.status === 502);
    expect(lost.length).toBeGreaterThan(0);
    for (const answer of lost)
      expect(answer!.body.error).toMatchObject({ type: 'WORKER_LOST', started: true, retryable: true });
    expect(reply.every((answer) => answer?.status === 502 || answer?.status === 200)).toBe(true);
    // Those of the other worker would stay for two minutes.
    for (const id of ids.filter((id) => !its.includes(id))) await stand.stack.http.post(`/v1/invocations/${id}/cancel`);
    await stand.verdict(
      `a worker killed with ${its.length} async and ${lost.length} sync calls: the async ones ended ${recoveryMs} ms later, the sync ones were told WORKER_LOST`,
    );
  }, 90_000);

  test('the worker that led the sweeping is killed together with the API: another one takes both over in time', async () => {
    const survivor = await stand.addWorker();
    const id = await accepted(stand, 'staysFirst', { times: 1 });
    await started(stand, id);
    const victims = [...stand.apis, ...stand.workers.filter((worker) => worker !== survivor)];
    const runner = workerOf(stand, id);
    const killedAt = Date.now();
    if (runner === survivor) await stand.addWorker();
    await Promise.all([...new Set([...victims, runner])].map(({ process }) => process.kill()));
    expect(await ended(stand, id)).toBe('succeeded');
    const recoveryMs = Date.now() - killedAt;
    await stand.addApi();
    await stand.verdict(`API, leader and worker killed at once: the call ended ${recoveryMs} ms later`);
  }, 60_000);
});

test('what a frozen worker says after another one took over is not heard', async () => {
  const stand = await Stand.start({ workers: 1, slots: 'sync=1,async=2,nested=1', env: SHORT_LEASE });
  const file = join(scratchDir('thaw'), 'go');
  const id = await accepted(stand, 'waitsForFile', { file });
  await started(stand, id);
  const [frozen] = stand.workers;
  const other = await stand.addWorker();
  frozen.process.freeze();
  await started(stand, id, 2);
  expect(workerOf(stand, id)).toBe(other);
  // Both runs end now: the second one is heard; the first one's worker finds itself fenced when it wakes.
  writeFileSync(file, '');
  expect(await ended(stand, id)).toBe('succeeded');
  const record = await stand.store.hgetall(stand.recordKey(id));
  frozen.process.thaw();
  await frozen.process.waitForLine('it is fenced', (line) => (line.includes('fenced') ? true : undefined), 10_000);
  expect(await stand.store.hgetall(stand.recordKey(id))).toEqual(record);
  expect(JSON.parse(record.envelope)).toMatchObject({ data: { attempt: 2 } });
  // It goes on to serve.
  await other.process.kill();
  expect((await stand.caller.sync('adds', { x: 2, y: 2 }))?.body).toMatchObject({ data: 4 });
  await stand.verdict(
    'a worker frozen for longer than its lease: fenced when it thawed, the record as it was, and it serves again',
  );
}, 60_000);

test('a worker whose clock is an hour ahead makes no difference', async () => {
  const ahead = join(scratchDir('clock'), 'ahead.cjs');
  writeFileSync(
    ahead,
    `const real = Date; const by = 3600000;
     globalThis.Date = class extends real { constructor(...a) { if (a.length) super(...a); else super(real.now() + by); } static now() { return real.now() + by; } };`,
  );
  const stand = await Stand.start({ workers: 1, slots: 'sync=4,async=4,nested=1', env: SHORT_LEASE });
  const early = await stand.addWorker({ NODE_OPTIONS: `--require ${ahead}` });
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => stand.caller[n % 2 ? 'sync' : 'async']('takes', { ms: 50, n })),
  );
  // It dies as others do, and takes over as others do.
  const ids: string[] = [];
  // Either worker may take what comes; the other one has four slots, so the fifth call is taken by this one at the latest.
  while (ids.length < 3 || !ids.some((id) => workerOf(stand, id) === early)) {
    expect(ids.length).toBeLessThan(5);
    ids.push(await accepted(stand, 'staysFirst', { times: 1 }));
    await started(stand, ids.at(-1)!);
  }
  const plain = stand.workers.find((worker) => worker !== early)!;
  await plain.process.kill();
  for (const id of ids.filter(
    (id) => stand.starts.of(id).length === 1 && parentOf(stand.starts.of(id)[0].pid) !== early.process.pid,
  ))
    expect(await ended(stand, id)).toBe('succeeded');
  await stand.addWorker();
  await early.process.kill();
  for (const id of ids) expect(await ended(stand, id)).toBe('succeeded');
  const said = await stand.fields(ids[0], 'queuedAt', 'startedAt', 'finishedAt');
  for (const at of said) expect(Math.abs(Number(at) - Date.now())).toBeLessThan(120_000);
  await stand.verdict('a worker one hour ahead ran, died and took over as any other');
}, 90_000);

test('a function that kills its worker is lost after three starts, and the fleet lives', async () => {
  const stand = await Stand.start({ workers: 2, slots: 'sync=1,async=1,nested=0', env: SHORT_LEASE });
  const ids = [await accepted(stand, 'killsItsWorker', {})];
  // A supervisor, as every fleet has one.
  for (const worker of stand.stack.workers) worker.process.mayDie();
  let over = false;
  const supervisor = (async () => {
    while (!over) {
      while (stand.workers.length < 2) (await stand.addWorker()).process.mayDie();
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  expect(await ended(stand, ids[0], 60_000)).toBe('lost');
  over = true;
  await supervisor;
  expect(stand.starts.of(ids[0])).toHaveLength(3);
  expect((await stand.caller.sync('adds', { x: 1, y: 2 }))?.body).toMatchObject({ code: 0, data: 3 });
  await stand.verdict('a function that kills its worker: lost after 3 starts, others are served');
}, 120_000);
