/**
 * The soak: mixed traffic for minutes, a process killed every 20 s, Redis every 2 minutes. It ends with one table.
 * `npm run soak -- --minutes 10 --fsync always|everysec`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readCallSpec } from '@invoq/store/record/call-spec';
import type { App } from '../harness/app';
import { descriptorsOf, parentOf, residentMb } from '../harness/process-facts';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';
import { readHistories } from '../failures/append-only-file';
import { KEEPS_ALL, Stand } from '../failures/stand';

const MINUTES = Number(process.env.INVOQ_SOAK_MINUTES ?? 5);
const FSYNC = process.env.INVOQ_SOAK_FSYNC ?? 'always';
const KILL_EVERY_MS = 20_000;
const REDIS_EVERY_MS = 120_000;
const SAMPLE_EVERY_MS = 5_000;
const CALLERS = 12;
/** Between two calls of one caller, ms: bounded load, and a file of Redis that can be read at the end. */
const THINK_MS = 100;
/**
 * Of each app, MB. Node collects all garbage only when its heap nears what it may use, which takes half an hour of this
 * traffic; with so little it does so early, and what stays is what is held. One that leaks dies of it, loudly.
 */
const HEAP_MB = 96;
const ENDED = new Set(['succeeded', 'failed', 'timedOut', 'crashed', 'expired', 'cancelled', 'lost']);

interface Sample {
  atMs: number;
  megabytes: number;
  descriptors: number;
}

interface Running {
  id: string;
  attempt: string | null;
}

const samples = new Map<App, Sample[]>();
/** From the kill of a worker until what it ran waits again or has ended, and until all of it has ended, ms. */
const takenBack: number[] = [];
const doneAgain: number[] = [];
const returns: number[] = [];
const recoveries: Promise<void>[] = [];
let over = false;

test(
  `${MINUTES} minutes of traffic and faults`,
  async () => {
    const redis = await startRedis({ config: { ...KEEPS_ALL, appendfsync: FSYNC } });
    const stand = await Stand.start({
      redis,
      apis: 2,
      workers: 2,
      slots: 'sync=6,async=6,nested=1',
      env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` },
      functions: (starts) => ({
        'crashes.js': `exports.main = async (event, context) => { ${starts.statement()} process.exit(3); };`,
        'hangs.js': `exports.main = async (event, context) => { ${starts.statement()} for (;;) {} };`,
        'leaks.js': `exports.main = async (event, context) => { ${starts.statement()} setInterval(() => {}, 50); return 1; };`,
        'fails.js': `exports.main = async (event, context) => { ${starts.statement()} if (context.attempt < 3) throw new Error('not yet'); return context.attempt; };`,
        'functions.json': { functions: { hangs: { timeoutMs: { sync: 250, async: 250 } } } },
      }),
    });
    const began = Date.now();
    const callers = Array.from({ length: CALLERS }, (_, who) => call(stand, who));
    const sampling = sample(stand, began);
    const killing = killProcesses(stand);
    await restartRedis(stand, began + MINUTES * 60_000);
    over = true;
    await Promise.all([...callers, sampling, killing]);
    await until('all calls have ended', async () => (await stand.store.zcard('{invoq:0}:open')) === 0, 120_000);
    await Promise.all(recoveries);
    const table = await report(stand);
    process.stdout.write(table);
    await stand.verdict(`soak of ${MINUTES} minutes, appendfsync ${FSYNC}`, {
      settleMs: 60_000,
      starts: { async: 3 + RETRY.attempts - 1 },
    });
  },
  (MINUTES * 60 + 400) * 1_000,
);

/** Of the async `fails`: starts that its failures may take. */
const RETRY = { attempts: 3, backoffMs: 500 };

/** 5 % crash, 5 % run out of time, 1 % leak, 6 % fail until their third attempt; half of the others are sync. A call is sent until somebody accepts it. */
async function call(stand: Stand, who: number): Promise<void> {
  for (let n = 0; !over; n++) {
    const dice = Math.random();
    const name =
      dice < 0.05
        ? 'crashes'
        : dice < 0.1
          ? 'hangs'
          : dice < 0.11
            ? 'leaks'
            : dice < 0.17
              ? 'fails'
              : dice < 0.25
                ? 'takes'
                : 'adds';
    const retry = name === 'fails' ? RETRY : undefined;
    const options = { sync: !retry && Math.random() < 0.5, key: `${who}-${n}`, retry };
    for (let tries = 0; !over; tries++) {
      const urls = stand.apis.map(({ url }) => url);
      const answer =
        urls.length > 0
          ? await stand.caller.call(
              urls[(who + tries) % urls.length],
              name,
              { x: n, y: 1, ms: options.sync ? 100 : 2_000, n },
              options,
            )
          : undefined;
      if (answer && answer.status < 500) break;
      if (answer && [502, 504].includes(answer.status)) break;
      await sleep(100);
    }
    await sleep(THINK_MS);
  }
}

async function sample(stand: Stand, began: number): Promise<void> {
  while (!over) {
    for (const app of [...stand.apis, ...stand.workers]) {
      const list = samples.get(app) ?? [];
      samples.set(app, list);
      const { pid } = app.process;
      try {
        list.push({ atMs: Date.now() - began, megabytes: residentMb(pid), descriptors: descriptorsOf(pid) });
      } catch {
        // It was killed while it was looked at.
        continue;
      }
    }
    await pause(SAMPLE_EVERY_MS);
  }
}

async function killProcesses(stand: Stand): Promise<void> {
  for (let n = 0; !over; n++) {
    await pause(KILL_EVERY_MS);
    if (over) return;
    const crowd = n % 3 === 2 ? stand.apis : stand.workers;
    // The eldest of each kind are spared: they show whether memory grows.
    const victim = crowd[1 + Math.floor(Math.random() * (crowd.length - 1))];
    const its = n % 3 === 2 ? [] : await runningIn(stand, victim);
    const at = Date.now();
    await victim.process.kill();
    if (its.length > 0) recoveries.push(recovery(stand, its, at));
    await sleep(1_000);
    await until('another one stands', () => (n % 3 === 2 ? stand.addApi() : stand.addWorker()), 60_000).catch(
      () => undefined,
    );
  }
}

async function runningIn(stand: Stand, worker: App): Promise<Running[]> {
  const recent = stand.starts.read().slice(-200);
  const its = recent.filter(({ pid }) => parentOf(pid) === worker.process.pid).map(({ requestID }) => requestID);
  const standing = await Promise.all(its.map((id) => stand.fields(id, 'status', 'attempt')));
  return its.flatMap((id, i) => (standing[i][0] === 'running' ? [{ id, attempt: standing[i][1] }] : []));
}

async function recovery(stand: Stand, runs: Running[], killedAt: number): Promise<void> {
  for (const { id, attempt } of runs) {
    await until(
      `${id} is taken back`,
      async () => {
        const [status, now] = await stand.fields(id, 'status', 'attempt');
        return status !== 'running' || now !== attempt;
      },
      120_000,
    );
  }
  takenBack.push(Date.now() - killedAt);
  for (const { id } of runs) await until(`${id} has ended`, async () => ENDED.has(await stand.statusOf(id)), 120_000);
  doneAgain.push(Date.now() - killedAt);
}

async function restartRedis(stand: Stand, endsAt: number): Promise<void> {
  while (Date.now() < endsAt) {
    await sleep(Math.max(0, Math.min(REDIS_EVERY_MS, endsAt - Date.now())));
    if (Date.now() >= endsAt) return;
    await stand.redis.kill();
    await sleep(1_000);
    await stand.redis.start();
    const from = Date.now();
    await until(
      'a call succeeds',
      async () => (await stand.caller.sync('adds', { x: 1, y: 1 }))?.status === 200,
      60_000,
    );
    returns.push(Date.now() - from);
  }
}

async function pause(ms: number): Promise<void> {
  for (let left = ms; left > 0 && !over; left -= 250) await sleep(Math.min(250, left));
}

async function report(stand: Stand): Promise<string> {
  const acked = stand.ledger.acked();
  const histories = readHistories(stand.redis.dir);
  const starts = new Map<string, number>();
  for (const { requestID } of stand.starts.read()) starts.set(requestID, (starts.get(requestID) ?? 0) + 1);
  let ended = 0;
  let tooMany = 0;
  for (const id of acked) {
    const [status, text] = await stand.fields(id, 'status', 'terms');
    const terms = text === null ? undefined : readCallSpec(text);
    // The last of its losses is its end: one start less. Its rule counts the others.
    const allowed = (terms?.maxStarts ?? 0) + (terms?.retry ? RETRY.attempts - 1 : 0);
    if (ENDED.has(status ?? '')) ended++;
    if ((starts.get(id) ?? 0) > allowed) tooMany++;
  }
  const twice = [...histories.values()].filter(({ ends }) => ends.length > 1).length;
  const again = [...starts.values()].filter((count) => count > 1).length;
  const rows: [string, string][] = [
    ['accepted', String(acked.length)],
    ['ended', String(ended)],
    ['lost', String(acked.length - ended)],
    ['written twice', String(twice)],
    ['started more than allowed', String(tooMany)],
    [
      'started again (it failed, or a worker died)',
      `${again} of ${starts.size} (${((100 * again) / Math.max(1, starts.size)).toFixed(2)} %)`,
    ],
    [
      'worker killed: its calls taken back after, p50 / p99',
      `${takenBack.length} kills: ${ms(takenBack, 0.5)} / ${ms(takenBack, 0.99)}`,
    ],
    ['… and ended, their wait in the line included, p50 / p99', `${ms(doneAgain, 0.5)} / ${ms(doneAgain, 0.99)}`],
    ['Redis back: first success after', returns.map((each) => `${each} ms`).join(', ') || 'not restarted'],
  ];
  for (const [app, list] of samples) {
    if (list.length < 6) continue;
    // The first minute is a process's growing up.
    const grown = list.slice(Math.min(list.length - 3, 6));
    rows.push([
      `${app.process.name} ${app.process.pid}, ${list.length * 5} s: memory, slope, descriptors`,
      `${grown[0].megabytes} → ${grown.at(-1)!.megabytes} MB, ${slope(grown).toFixed(2)} MB/min, ${list[1].descriptors} → ${list.at(-1)!.descriptors}`,
    ]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return `\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')}`;
}

/** MB a minute, by least squares. */
function slope(list: Sample[]): number {
  const [mx, my] = [mean(list.map(({ atMs }) => atMs)), mean(list.map(({ megabytes }) => megabytes))];
  const over = list.reduce((sum, { atMs, megabytes }) => sum + (atMs - mx) * (megabytes - my), 0);
  const under = list.reduce((sum, { atMs }) => sum + (atMs - mx) ** 2, 0);
  return under === 0 ? 0 : (over / under) * 60_000;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function ms(values: number[], share: number): string {
  if (values.length === 0) return '-';
  const sorted = [...values].sort((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]} ms`;
}
