/** How many calls of one function run at a time, on all workers together. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const marks = join(scratchDir('marks'), 'marks');
/** Tells when it begins and when it ends, in one file for all processes. */
const body = `const { appendFileSync } = require('node:fs');
  exports.main = async (event, context) => {
    appendFileSync(${JSON.stringify(marks)}, '+ ' + context.requestID + '\\n');
    await new Promise((r) => setTimeout(r, event.ms ?? 0));
    appendFileSync(${JSON.stringify(marks)}, '- ' + context.requestID + '\\n');
    if (event.fails) throw new Error('as asked');
    return context.attempt;
  }`;
const functions = {
  'functions.json': { functions: { two: { concurrency: 2 }, one: { concurrency: 1 } } },
  'two.js': body,
  'one.js': body,
  'free.js': body,
};

let stack: Stack;
const start = async (env: Record<string, string> = {}): Promise<void> => {
  stack = await startStack({ functions, workers: 2, env: { INVOQ_SLOTS: 'sync=4,async=4,nested=1', ...env } });
};
afterEach(() => stack.stop(), 60_000);

const call = (name: string, more: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, more);
const submit = async (name: string, data: object = {}, more: object = {}): Promise<string> =>
  (await call(name, { sync: false, data, ...more })).body.requestID;
const read = async (id: string, waitS = 0) => (await stack.http.get(`/v1/invocations/${id}?wait=${waitS}`)).body.data;
const ended = (id: string) => until('it ends', async () => (await read(id, 10)).status === 'succeeded', 60_000);
/** As many as ever ran at a time, of these calls. */
function most(ids: string[]): number {
  const mine = new Set(ids);
  let [running, peak] = [0, 0];
  for (const line of marksOf()) {
    const [sign, id = ''] = line.split(' ');
    if (mine.has(id)) peak = Math.max(peak, (running += sign === '+' ? 1 : -1));
  }
  return peak;
}
const marksOf = (): string[] => (existsSync(marks) ? readFileSync(marks, 'utf8').trim().split('\n') : []);

it.each(['1', '4'])(
  'async calls beyond the limit wait, and all run (partitions: %s)',
  async (partitions) => {
    await start({ INVOQ_PARTITIONS: partitions });
    // Longer than it takes a busy machine to start a sandbox for the second of them.
    const ids = await Promise.all(Array.from({ length: 12 }, () => submit('two', { ms: 600 })));
    const free = await Promise.all(Array.from({ length: 6 }, () => submit('free', { ms: 1_500 })));
    await Promise.all([...ids, ...free].map(ended));
    expect(most(ids)).toBe(2);
    // Who waits for a permit holds no slot: others run in the meantime.
    expect(most(free)).toBeGreaterThan(2);
    expect(await stack.redis.client().keys('*permits*')).toEqual([]);
    expect(await stack.redis.client().keys('*held*')).toEqual([]);
  },
  90_000,
);

it('a sync call beyond the limit is refused, before anything is written', async () => {
  await start();
  const running = [1, 2].map(() => call('two', { data: { ms: 3_000 } }));
  await until('both run', () => marksOf().filter((line) => line.startsWith('+')).length >= 2, 10_000);
  const { status, headers, body: answer } = await call('two');
  expect(status).toBe(429);
  expect(answer).toMatchObject({ code: 429, error: { type: 'RATE_LIMITED', retryable: true, started: false } });
  expect(headers['retry-after']).toBe('1');
  expect(headers['ratelimit-policy']).toBe('"function-concurrency";q=2;qu="concurrent-requests"');
  expect(headers.ratelimit).toBe('"function-concurrency";r=0');
  expect((await stack.http.get(`/v1/invocations/${answer.requestID}`)).status).toBe(404);
  expect((await call('free')).status).toBe(200);
  expect((await Promise.all(running)).map(({ status: ok }) => ok)).toEqual([200, 200]);
  expect((await call('two')).status).toBe(200);
  expect((await stack.http.get('/metrics')).text).toMatch(
    /invoq_limited_total\{limit="function-concurrency",app="api"\} 1/,
  );
}, 60_000);

it('those that wait come one after another, in the order they came, without a pause between', async () => {
  await start();
  const ids: string[] = [];
  for (let i = 0; i < 200; i++) ids.push(await submit('one'));
  await until('all have run', async () => (await read(ids.at(-1)!)).status === 'succeeded', 45_000);
  const started = marksOf().flatMap((line) => (line.startsWith('+ ') ? [line.slice(2)] : []));
  expect(started.filter((id) => ids.includes(id))).toEqual(ids);
  expect(most(ids)).toBe(1);
}, 90_000);

it('a call that waits for its turn can be cancelled, and the next one comes', async () => {
  await start();
  const [first, second, third] = [await submit('one', { ms: 1_500 }), await submit('one'), await submit('one')];
  expect((await stack.http.post(`/v1/invocations/${second}/cancel`)).body.data.status).toBe('cancelled');
  await Promise.all([first, third].map((id) => ended(id)));
  expect(await read(second)).toMatchObject({ status: 'cancelled', attempt: 0 });
}, 60_000);

it('what waits for another try does not keep others from running', async () => {
  await start();
  const retry = { attempts: 2, backoffMs: 60_000, maxBackoffMs: 60_000 };
  const failing = await submit('one', { fails: true }, { retry });
  await until('it waits', async () => (await read(failing)).status === 'retrying', 20_000);
  await ended(await submit('one'));
  expect((await read(failing)).status).toBe('retrying');
}, 60_000);

it('the metrics show how many run, and how many may', async () => {
  await start();
  const id = await submit('one', { ms: 8_000 });
  await until('it runs', async () => (await read(id)).status === 'running', 10_000);
  const running = /invoq_function_running\{function="one",env="default",app="api"\} 1/;
  const concurrency = /invoq_function_concurrency\{function="two",env="default",app="api"\} 2/;
  const text = await until(
    'it is seen',
    async () => {
      const { text: page } = await stack.http.get('/metrics');
      return running.test(page) && page;
    },
    20_000,
  );
  expect(text).toMatch(concurrency);
}, 60_000);
