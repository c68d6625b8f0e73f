/** An API is killed: before it answers, after it answered, between two writes. What was accepted is done, once. */
import { startApp } from '../harness/app';
import { Tunnel } from '../harness/tunnel';
import { until } from '../harness/until';
import { Stand } from './stand';

const SUBMITS = process.env.INVOQ_NIGHTLY ? 10_000 : 2_000;
/** APIs killed during them, at least. */
const MIN_KILLS = 5;
/** Submits that are under way at a time. */
const AT_A_TIME = 40;

test('while a sync caller waits: it is cut off, and the same key on another API gives the same run and its result', async () => {
  const stand = await Stand.start({ apis: 2, slots: 'sync=4,async=2,nested=0' });
  const [first, second] = stand.apis;
  const key = 'one-payment';
  const waiting = stand.caller.call(first.url, 'takes', { ms: 2_500, n: 7 }, { sync: true, key });
  const start = await until('it runs', () => stand.starts.read()[0], 5_000);
  const alike = stand.caller.call(second.url, 'takes', { ms: 2_500, n: 7 }, { sync: true, key });
  await first.process.kill();
  expect(await waiting).toBeUndefined();
  const later = await stand.caller.call(second.url, 'takes', { ms: 2_500, n: 7 }, { sync: true, key });
  for (const answer of [await alike, later]) {
    expect(answer?.status).toBe(200);
    expect(answer?.body).toMatchObject({ data: { n: 7, attempt: 1 }, requestID: start.requestID });
  }
  expect((await alike)?.text).toBe(later?.text);
  expect(stand.starts.of(start.requestID)).toHaveLength(1);
  await stand.verdict('the API of a waiting caller killed; asked again elsewhere with the same key', {
    starts: { sync: 1 },
  });
}, 60_000);

test(`over and over during ${SUBMITS} async calls: whatever was acknowledged is done, once`, async () => {
  const stand = await Stand.start({
    apis: 2,
    workers: 1,
    slots: 'sync=1,async=12,nested=0',
    env: { INVOQ_LEASE: '6s' },
  });
  let kills = 0;
  let sent = 0;
  let over = false;
  // On a fast machine the submits would be through before an API is up again: they wait for the kills.
  const allowed = (): number => (kills >= MIN_KILLS ? SUBMITS : ((kills + 1) * SUBMITS) / (MIN_KILLS + 1));
  const killer = (async () => {
    while (sent < SUBMITS) {
      const at = Math.min(sent + SUBMITS / 20, allowed());
      await until('some more were sent', () => sent >= Math.min(at, SUBMITS) || over, 60_000);
      if (sent >= SUBMITS || over) break;
      const [victim] = stand.apis;
      const replacing = stand.addApi();
      await victim.process.kill();
      kills++;
      await replacing;
    }
  })();
  const submitting = Array.from({ length: AT_A_TIME }, async () => {
    while (sent < SUBMITS) {
      await until('the next kill', () => sent < allowed(), 60_000);
      if (sent >= SUBMITS) break;
      const n = sent++;
      await stand.caller.persist('adds', { x: n, y: 1 }, { key: `submit-${n}` }, 60_000);
    }
  });
  await Promise.all(submitting).finally(() => (over = true));
  await killer;
  expect(kills).toBeGreaterThanOrEqual(MIN_KILLS);
  expect(stand.ledger.acked()).toHaveLength(SUBMITS);
  await stand.verdict(`${SUBMITS} submits while APIs were killed ${kills} times`, {
    settleMs: 90_000,
    starts: { async: 1 },
  });
}, 240_000);

test('killed before it hears that its submit was written: the call runs, and its key knows it', async () => {
  const stand = await Stand.start({ apis: 1 });
  // This API reaches Redis, and hears nothing of it.
  const tunnel = await Tunnel.to(stand.redis.port);
  const env = { REDIS_URL: tunnel.redisUrl, PORT: '0', INVOQ_DATA: stand.stack.data };
  const deaf = await startApp('api', env);
  // The function is known to it.
  await stand.caller.call(deaf.url, 'adds', { x: 1, y: 1 }, { sync: true });
  tunnel.become('mute');
  const cut = stand.caller.call(deaf.url, 'adds', { x: 20, y: 1 }, { sync: false, key: 'between' });
  // Its submit rings for a worker, so it runs though its API has no answer yet.
  const recorded = await until('the record is written, and it ran', () => stand.starts.read()[1]?.requestID, 15_000);
  await deaf.process.kill();
  expect(await cut).toBeUndefined();
  // Whoever asks again with the key learns what became of it.
  const again = await stand.caller.async('adds', { x: 20, y: 1 }, { key: 'between' });
  expect(again?.body.requestID).toBe(recorded);
  await stand.verdict('an API killed before it heard of its record: the call ran once', { starts: { async: 1 } });
}, 60_000);
