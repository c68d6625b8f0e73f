/** What processes add up of ended calls, at a real Redis: once each, within bounds, and for a time. */
import { RESOLUTIONS } from '@invoq/policy/stats/resolutions';
import { MAX_FUNCTIONS } from '@invoq/policy/stats/tallies';
import { emptyTally, addTally, readTally } from '@invoq/policy/stats/tally';
import { withScripts } from '@invoq/store/scripts/scripts';
import { StatsReader } from '@invoq/store/stats/stats-reader';
import { StatsWriter } from '@invoq/store/stats/stats-writer';
import { startRedis } from '../harness/redis-server';

const HOUR = 3_600_000;

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
beforeAll(async () => (client = (await startRedis()).client()));
beforeEach(() => client.flushdb());

const writer = (who: string) =>
  new StatsWriter(client, { who, everyMs: 60_000, onError: (error) => console.error(error) });
const call = (n = 0, name = 'pay') =>
  ({ env: 'shop', function: name, outcome: n % 4 ? 'succeeded' : 'failed', waitMs: n, runMs: 2 * n }) as const;

async function inHour(name: string): Promise<ReturnType<typeof readTally>> {
  const now = Date.now();
  const starts = [now - HOUR, now, now + HOUR].map((at) => Math.floor(at / HOUR) * HOUR);
  const sum = emptyTally();
  for (const [tally] of await new StatsReader(client).named(HOUR, starts, [name])) if (tally) addTally(sum, tally);
  return readTally(sum);
}

it('what several processes counted is added up, exactly', async () => {
  const writers = ['a', 'b', 'c'].map(writer);
  for (let n = 0; n < 300; n++) writers[n % 3].count(call(n));
  await Promise.all(writers.map((each) => each.end()));
  for (let n = 300; n < 400; n++) writers[0].count(call(n));
  await writers[0].end();
  for (const name of ['shop:pay', 'shop:*', '*']) {
    const { calls, waitMs, runMs } = await inHour(name);
    expect(calls).toMatchObject({ succeeded: 300, failed: 100, total: 400 });
    expect([waitMs!.max, runMs!.max]).toEqual([399, 798]);
    expect(Math.abs(waitMs!.p50 - 199)).toBeLessThan(0.05 * 199);
    expect(Math.abs(runMs!.p99 - 790)).toBeLessThan(0.05 * 790);
  }
});

it('a batch whose reply was lost is added once', async () => {
  const one = writer('a');
  for (let n = 0; n < 10; n++) one.count(call(n));
  const scripted = withScripts(client);
  const tally = scripted.invoqTally.bind(scripted);
  // Redis does it, and the reply does not come back.
  scripted.invoqTally = async (said) => {
    await tally(said);
    throw new Error('lost');
  };
  await expect(one.end()).rejects.toThrow('lost');
  scripted.invoqTally = tally;
  one.count(call(1));
  await one.end();
  expect((await inHour('*')).calls.total).toBe(11);
});

it('while Redis is full nothing is added, and nothing is lost', async () => {
  const one = writer('a');
  one.count(call());
  await client.config('SET', 'maxmemory', '1');
  await expect(one.end()).rejects.toThrow('OOM');
  await client.config('SET', 'maxmemory', '0');
  one.count(call());
  await one.end();
  expect((await inHour('*')).calls.total).toBe(2);
});

it('a stretch of time holds so many functions; calls of others are in all sums', async () => {
  const [one, other] = [writer('a'), writer('b')];
  for (let n = 0; n < MAX_FUNCTIONS; n++) one.count(call(n, `f${n}`));
  await one.end();
  for (let n = 0; n < 40; n++) other.count(call(n, `g${n}`));
  await other.end();
  const [known, others] = [await inHour('shop:f7'), await inHour('shop:~')];
  expect(known.calls.total).toBe(1);
  expect(others.calls.total).toBeGreaterThanOrEqual(40);
  expect((await inHour('~')).calls).toEqual(others.calls);
  expect((await inHour('shop:*')).calls.total).toBe(MAX_FUNCTIONS + 40);
  for (const bucket of await client.keys('{invoq:stats}:[0-9]*'))
    expect(await client.hlen(bucket)).toBeLessThanOrEqual(MAX_FUNCTIONS + 4);
});

it('each key has its time, and there is one key a stretch', async () => {
  const one = writer('a');
  for (let n = 0; n < 50; n++) one.count(call(n, `f${n}`));
  await one.end();
  const keys = await client.keys('{invoq:stats}:*');
  expect(keys.length).toBeLessThanOrEqual(7);
  for (const key of keys) {
    const step = Number(/^\{invoq:stats\}:(\d+):/.exec(key)?.[1] ?? 0);
    const kept = RESOLUTIONS.find(({ stepMs }) => stepMs === step)?.keepMs ?? HOUR;
    const left = await client.pttl(key);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(kept + step);
  }
});
