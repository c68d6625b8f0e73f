/**
 * The soak of a fleet that is never all alike: workers that serve different functions, one killed every 20 s, functions
 * deployed every 30 s, a process rolled to the release before and back every minute, Redis restarted twice. It ends with
 * one table. `npm run soak -- --fleet --minutes 30`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildReleaseBefore, hasReleaseBefore, RELEASE_BEFORE } from '../harness/release-before';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';
import { KEEPS_ALL, Stand } from '../failures/stand';
import { FleetFunctions } from './fleet-functions';
import { outcome, print } from './fleet-table';
import { Seat } from './seat';

const MINUTES = Number(process.env.INVOQ_SOAK_MINUTES ?? 5);
const FSYNC = process.env.INVOQ_SOAK_FSYNC ?? 'everysec';
const KILL_EVERY_MS = 20_000;
const DEPLOY_EVERY_MS = 30_000;
const ROLL_EVERY_MS = 60_000;
/** How long a process of the release before stays. */
const BEFORE_MS = 25_000;
/** How long a function is gone. */
const GONE_MS = 10_000;
const SEEN_LIMIT_MS = 60_000;
const CALLERS = 10;
/** A caller's next call begins so long after the one before began, at the earliest: 40 calls a second in all. */
const EVERY_MS = 250;
const RETRY = { attempts: 3, backoffMs: 500 };
/** What may refuse for the moment; anything else of 400 and more is an end, or a fault. */
const AGAIN = [404, 429, 503];

if (hasReleaseBefore()) test(`${MINUTES} minutes of a fleet that changes`, soak, (MINUTES * 60 + 600) * 1_000);
else test.skip(`left out: commit ${RELEASE_BEFORE} of the release before is not in this clone`, () => undefined);

let stand: Stand;
let functions: FleetFunctions;
let apis: Seat[];
let workers: Record<'whole' | 'less' | 'other' | 'steady', Seat>;
let over = false;
/** The function that was added last. */
let newest: string | undefined;
const counts = { deploys: 0, rolls: 0, restarts: 0, notFoundByThis: 0, notFoundByBefore: 0, refused: 0 };
const troubles: string[] = [];

async function soak(): Promise<void> {
  const before = buildReleaseBefore();
  const redis = await startRedis({ config: { ...KEEPS_ALL, appendfsync: FSYNC } });
  stand = await Stand.start({ redis, apis: 0, workers: 0, slots: 'sync=4,async=4,nested=1' });
  functions = new FleetFunctions(stand.starts);
  const worker = (name: string, folder: string, watch: boolean, queues: string): Seat => {
    const env = { INVOQ_FUNCTIONS: folder, INVOQ_WATCH: String(watch), INVOQ_QUEUES: queues };
    return new Seat(stand, name, 'worker', env);
  };
  apis = [new Seat(stand, 'first API', 'api'), new Seat(stand, 'second API', 'api')];
  workers = {
    whole: worker('the worker that has all', functions.whole, true, 'default,steady'),
    less: worker('the worker with a function less', functions.less, false, 'default,steady'),
    other: worker('the worker of another env', `other=${functions.other}`, true, 'default'),
    steady: worker('the worker that is rolled', functions.steady, false, 'steady'),
  };
  for (const seat of [...apis, ...Object.values(workers)]) await seat.fill();

  const began = Date.now();
  const endsAt = began + MINUTES * 60_000;
  const callers = Array.from({ length: CALLERS }, (_, who) => callOn(who));
  const faults = [
    every(KILL_EVERY_MS, endsAt, killOne),
    every(DEPLOY_EVERY_MS, endsAt, deploy),
    every(ROLL_EVERY_MS, endsAt, (n) => roll(n, before)),
    every((MINUTES * 60_000) / 3, endsAt, restartRedis),
  ];
  await Promise.all(faults);
  await sleep(Math.max(0, endsAt - Date.now()));
  over = true;
  await Promise.all(callers);
  const minutes = (Date.now() - began) / 60_000;
  await until('all calls have ended', async () => (await stand.store.zcard('{invoq:0}:open')) === 0, 180_000).catch(
    (error: Error) => troubles.push(error.message),
  );
  await report(minutes);
}

/** `work` each so many ms, as long as there is time for another one; what goes wrong is told at the end. */
async function every(ms: number, endsAt: number, work: (n: number) => Promise<void>): Promise<void> {
  const began = Date.now();
  for (let n = 0; ; n++) {
    const at = Math.max(Date.now(), began + (n + 1) * ms);
    if (at >= endsAt) return;
    await sleep(at - Date.now());
    await work(n).catch((error: Error) => troubles.push(error.message));
  }
}

async function killOne(n: number): Promise<void> {
  await Object.values(workers)[n % 4].kill();
}

async function deploy(n: number): Promise<void> {
  counts.deploys += 1;
  const { whole, less, other } = workers;
  const hup = (): void => {
    if (!less.app.process.exit) less.app.process.signal('SIGHUP');
  };
  if (n % 4 === 0) {
    await whole.hold(() => functions.rewrite(functions.whole, `whole-${n}`));
    await other.hold(() => functions.rewrite(functions.other, `other-${n}`));
    await seen('adds', `whole-${n}`);
    await seen('adds', `other-${n}`, 'other');
  }
  if (n % 4 === 1) {
    functions.swapTo(`less-${n}`);
    await less.hold(async () => hup());
    await seen('adds', `less-${n}`);
  }
  if (n % 4 === 2) {
    functions.add(`new${n}`);
    await less.hold(async () => hup());
    await seen(`new${n}`, `new${n}`);
    newest = `new${n}`;
  }
  if (n % 4 === 3) {
    functions.remove('goes');
    await less.hold(async () => hup());
    await sleep(GONE_MS);
    functions.add('goes');
    await less.hold(async () => hup());
    await seen('goes', 'goes');
  }
}

/** A call is answered by that version. */
async function seen(name: string, version: string, env?: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    const url = apis.find((seat) => seat.url && !seat.release)?.url;
    const answer = url ? await stand.caller.call(url, name, { x: 1, y: 1 }, { sync: true, env }) : undefined;
    return answer?.status === 200 && (answer.body as { data?: { version?: string } }).data?.version === version;
  };
  await until(`${name} of ${version} answers`, look, SEEN_LIMIT_MS);
}

async function roll(n: number, before: string): Promise<void> {
  const seat = [apis[1], workers.steady, apis[0]][n % 3];
  // As docs/upgrading.md says: no process of the release before starts while all write what it cannot read.
  await seat.roll(undefined, { INVOQ_FORMAT: '2' });
  await until('the format has fallen', async () => (await stand.store.get('{invoq:fleet}:format')) === '2', 30_000);
  await seat.roll(before);
  await sleep(BEFORE_MS);
  await seat.roll(undefined);
  counts.rolls += 1;
}

/** In order, as an upgrade of Redis does it. */
async function restartRedis(): Promise<void> {
  await stand.redis.restart();
  counts.restarts += 1;
}

/** A function, by the roll of a dice; undefined: one that is not there yet. */
function pick(): { name: string; env?: string; timeoutMs?: number } {
  const dice = Math.random();
  if (dice < 0.35) return { name: 'adds' };
  if (dice < 0.5) return { name: 'takes' };
  if (dice < 0.6) return { name: 'only' };
  if (dice < 0.69) return { name: 'adds', env: 'other' };
  if (dice < 0.72) return { name: 'takes', env: 'other' };
  if (dice < 0.82) return { name: 'steadyAdds' };
  if (dice < 0.87) return { name: 'steadyTakes' };
  if (dice < 0.92) return { name: 'goes', timeoutMs: 3_000 };
  if (dice < 0.97) return { name: newest ?? 'adds' };
  return { name: 'fails' };
}

/** One call after the other, each sent until somebody accepts it, to whichever API stands then. */
async function callOn(who: number): Promise<void> {
  for (let n = 0; !over; n++) {
    const began = Date.now();
    const { name, env, timeoutMs } = pick();
    const sync = name !== 'fails' && n % 2 === 0;
    const retry = name === 'fails' || (!sync && n % 4 === 1) ? RETRY : undefined;
    const options = { sync, env, retry, key: `${who}-${n}`, timeoutMs: sync ? timeoutMs : undefined };
    for (let tries = 0; !over; tries++) {
      const seat = apis[(who + n + tries) % apis.length];
      const { url, release } = seat;
      const answer = url ? await stand.caller.call(url, name, { x: n, y: 1, ms: sync ? 50 : 400 }, options) : undefined;
      if (answer?.status === 404) counts[release ? 'notFoundByBefore' : 'notFoundByThis'] += 1;
      if (answer && AGAIN.includes(answer.status)) counts.refused += 1;
      if (answer && !AGAIN.includes(answer.status)) break;
      await sleep(100);
    }
    await sleep(Math.max(0, began + EVERY_MS - Date.now()));
  }
}

async function report(minutes: number): Promise<void> {
  const found = await outcome(stand);
  const ends = [...found.ends].sort(([, a], [, b]) => b - a).map(([end, count]) => `${count} ${end}`);
  const kills = Object.entries(workers).map(([name, seat]) => `${seat.kills} ${name}`);
  const late = [...apis, ...Object.values(workers)].reduce((sum, seat) => sum + seat.lateStarts, 0);
  const count = (end: string): number => found.ends.get(end) ?? 0;
  const failed = count('failed sync') + count('failed async');
  process.stdout.write(
    print([
      ['minutes', minutes.toFixed(1)],
      ['workers killed', kills.join(', ')],
      ['deployments', counts.deploys],
      ['rolled to the release before and back', counts.rolls],
      ['Redis restarted', counts.restarts],
      ['not ready within 30 s, ended and started again', late],
      ['accepted', `${found.accepted} (${(found.accepted / minutes / 60).toFixed(1)} a second)`],
      ['ended', ends.join(', ')],
      ['lost', found.lost.length],
      ['written twice', found.writtenTwice.length],
      ['ended as not found', found.notFound.length],
      ['started more than allowed', found.startedTooOften.length],
      ['failed because of a deployment', failed],
      ['async calls that expired', count('expired async')],
      ['starts', `${found.starts}; ${found.startedAgain} calls were started again`],
      ['refused for the moment, and sent again', counts.refused],
      ['… as not found, by this release / the one before', `${counts.notFoundByThis} / ${counts.notFoundByBefore}`],
    ]),
  );
  for (const trouble of troubles) process.stdout.write(`  TROUBLE: ${trouble}\n`);
  await stand.verdict(`fleet soak of ${MINUTES} minutes, appendfsync ${FSYNC}`, {
    settleMs: 60_000,
    starts: { async: 3 + RETRY.attempts - 1 },
  });
  expect(found).toMatchObject({ lost: [], writtenTwice: [], notFound: [], startedTooOften: [] });
  expect({ failed, expiredAsync: count('expired async'), notFoundByThis: counts.notFoundByThis, troubles }).toEqual({
    ...{ failed: 0, expiredAsync: 0, notFoundByThis: 0, troubles: [] },
  });
}
