/** Holding back queues and functions: what waits, what goes on, what callers hear, and what it costs a call of its time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type InvoqClient } from '@invoq/client/client';
import { scratchDir } from '../harness/scratch';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 20_000;
const SECRET = 'a-secret-of-sixteen-or-more';
const WAITS = 'exports.main = ({ ms = 1 }) => new Promise((done) => setTimeout(done, ms, ms));';
const CALLS = `exports.main = async ({ ms, name }, context) => {
  await new Promise((done) => setTimeout(done, ms));
  const answer = await fetch(process.env.INVOQ_URL + '/v1/functions/' + name + '/invocations', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + process.env.INVOQ_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ data: { ms: 2 } }),
  });
  return (await answer.json()).data;
};`;

let stack: Stack;
let all: InvoqClient;
let prod: InvoqClient;

beforeAll(async () => {
  const key = (id: string, envs: string[]) => ({ id, secret: SECRET, envs, scopes: ['invoke', 'read', 'admin'] });
  const keys = join(scratchDir('keys'), 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [key('all', ['*']), key('prod', ['prod'])] }));
  const folder = writeFunctions({
    'waits.js': WAITS,
    'other.js': WAITS,
    'calls.js': CALLS,
    'elsewhere.js': WAITS,
    'functions.json': { functions: { elsewhere: { queue: 'elsewhere' } } },
  });
  stack = await startStack({
    functions: `prod=${folder}`,
    env: {
      INVOQ_KEYS_FILE: keys,
      INVOQ_QUEUES: 'default,elsewhere',
      INVOQ_SLOTS: 'sync=1,async=1,nested=1',
      INVOQ_MAX_QUEUE_AGE: '4s',
    },
    apis: 2,
  });
  const as = (id: string) => createClient({ url: stack.url, key: `${id}.${SECRET}`, env: 'prod', retry: false });
  all = as('all');
  prod = as('prod');
}, 90_000);

afterEach(async () => {
  await all.queues.resume('default');
  for (const name of ['waits', 'other']) await all.functions.resume(name);
});

afterAll(() => stack.stop(), 60_000);

const paused = { type: 'PAUSED', status: 503, retryable: true, started: false };

it('a paused queue takes async calls and starts none; sync calls are refused with the reason; other queues go on', async () => {
  expect(await all.queues.pause('default', { reason: 'the disk is full' })).toMatchObject({
    paused: { reason: 'the disk is full', by: 'all' },
  });
  const waiting = await prod.submit('waits', { ms: 7 });
  await expect(prod.invoke('waits', {})).rejects.toMatchObject(paused);
  await expect(prod.invoke('waits', {})).rejects.toThrow('the disk is full');
  expect(await prod.invoke('elsewhere', { ms: 3 })).toBe(3);
  expect((await prod.get(waiting.requestID)).status).toBe('queued');
  const [queue] = (await all.queues.list()).filter((each) => each.queue === 'default');
  expect(queue).toMatchObject({ paused: true, pause: { reason: 'the disk is full', by: 'all' } });
  await all.queues.resume('default');
  expect(await waiting.result({ wait: LIMIT_MS })).toBe(7);
  expect(await prod.invoke('waits', { ms: 2 })).toBe(2);
}, 60_000);

it('a paused function waits, and the others of its queue do not; every API process knows within a second', async () => {
  await prod.functions.pause('waits', { reason: 'a bug' });
  const other = createClient({ url: stack.apis[1].url, key: `prod.${SECRET}`, retry: false });
  await until(
    'the other API knows',
    () =>
      other.invoke('waits', {}).then(
        () => false,
        ({ type }) => type === 'PAUSED',
      ),
    1_500,
  );
  const waiting = await prod.submit('waits', { ms: 5 });
  expect(await prod.invoke('other', { ms: 4 })).toBe(4);
  expect(await (await prod.submit('other', { ms: 4 })).result({ wait: LIMIT_MS })).toBe(4);
  expect((await prod.get(waiting.requestID)).status).toBe('queued');
  const { paused: why } = (await prod.functions.list()).find(({ name }) => name === 'waits')!;
  expect(why).toMatchObject({ reason: 'a bug', by: 'prod' });
  await prod.functions.resume('waits');
  expect(await waiting.result({ wait: LIMIT_MS })).toBe(5);
}, 60_000);

it('what runs goes on, its children pass, and sync calls that stand in the line hear PAUSED', async () => {
  const parent = prod.invoke('calls', { ms: 1_000, name: 'waits' });
  const started = async () => (await prod.list({ function: 'calls', status: 'running' })).invocations.length === 1;
  await until('the parent runs', started, LIMIT_MS);
  // The only slot is taken: this one stands in the line.
  const behind = prod.invoke('other', {}).catch((error: unknown) => error);
  await until(
    'one stands in the line',
    async () => (await prod.list({ function: 'other', status: 'queued' })).invocations.length === 1,
    LIMIT_MS,
  );
  await all.queues.pause('default', { reason: 'stop' });
  expect(await behind).toMatchObject(paused);
  expect(await parent).toBe(2);
}, 60_000);

it('paused time uses up no waiting time, and a pause outlives all processes', async () => {
  await all.queues.pause('default');
  const waiting = await prod.submit('waits', { ms: 9 });
  // Longer than it may wait.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect((await prod.get(waiting.requestID)).status).toBe('queued');
  const old = stack.workers.splice(0);
  await stack.addWorker();
  await Promise.all(old.map((worker) => worker.stop()));
  expect((await prod.get(waiting.requestID)).status).toBe('queued');
  await all.queues.resume('default');
  expect(await waiting.result({ wait: LIMIT_MS })).toBe(9);
}, 60_000);

it('two operators who press at the same time come to one state, which every partition keeps', async () => {
  for (let round = 0; round < 10; round++) {
    await Promise.all([
      all.queues.pause('default', { reason: 'one' }),
      all.queues.resume('default'),
      all.queues.pause('default', { reason: 'other' }),
    ]);
    const [queue] = (await all.queues.list()).filter((each) => each.queue === 'default');
    const call = await prod.submit('waits', { ms: 1 });
    if (queue.paused) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await prod.get(call.requestID)).status).toBe('queued');
      await all.queues.resume('default');
    }
    expect(await call.result({ wait: LIMIT_MS })).toBe(1);
  }
}, 60_000);

it('a key for single envs pauses its functions, and no queue', async () => {
  await expect(prod.queues.pause('default')).rejects.toMatchObject({ type: 'FORBIDDEN' });
  await expect(all.queues.pause('unknown')).rejects.toMatchObject({ type: 'QUEUE_NOT_FOUND' });
  await expect(prod.functions.pause('unknown')).rejects.toMatchObject({ type: 'FUNCTION_NOT_FOUND' });
});
