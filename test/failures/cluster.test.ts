/** A Redis Cluster of three nodes: partitions are spread over them, and one that is away takes no other along. */
import { startReceiver } from '../harness/receiver';
import { type RedisCluster, startRedisCluster } from '../harness/redis-cluster';
import type { RedisServer } from '../harness/redis-server';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const PARTITIONS = 6;
const LIMIT_MS = 60_000;

let cluster: RedisCluster;
let stack: Stack;
beforeAll(async () => {
  cluster = await startRedisCluster();
  stack = await startStack({
    redis: cluster.nodes[0],
    functions: {
      'add.js': 'exports.main = ({ x, y }) => x + y',
      'waits.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, "waited"))',
      'fails.js': 'exports.main = () => { throw new Error("on purpose") }',
    },
    env: {
      REDIS_URL: cluster.url,
      INVOQ_PARTITIONS: String(PARTITIONS),
      INVOQ_SLOTS: 'sync=6,async=6,nested=0',
      INVOQ_RATE: '100000/1s',
      INVOQ_CALLBACK_ALLOW: '127.0.0.1',
    },
    apis: 2,
  });
}, 120_000);
afterAll(() => stack.stop());

type Body = Record<string, unknown>;
const invoke = (name: string, body: Body, headers = {}, api = 0) =>
  stack.apis[api].http.post(`/v1/functions/${name}/invocations`, body, headers);
const submit = async (name: string, body: Body): Promise<string> =>
  (await invoke(name, { ...body, sync: false })).body.requestID;
const resultOf = async (id: string) => (await stack.http.get(`/v1/invocations/${id}/result?wait=20`)).body;
const partitionOf = (id: string): number => parseInt(id.slice(0, 2), 16) ^ parseInt(id.slice(-2), 16);
const nodeOf = (id: string): Promise<RedisServer> => cluster.nodeOf(`{invoq:${partitionOf(id)}}`);
/** Not one on which all calls lean: the registry of functions, the rates, and which receivers are gone. */
const oneThatMayGo = async (): Promise<RedisServer> => {
  const tags = ['{invoq:registry}', '{invoq:rates}', '{invoq:callbacks}'];
  const needed = await Promise.all(tags.map((tag) => cluster.nodeOf(tag)));
  return cluster.nodes.find((node) => !needed.includes(node))!;
};

test(
  'sync calls are answered by both APIs, and their records are spread over the nodes',
  async () => {
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, x) => invoke('add', { data: { x, y: 1 } }, {}, x % 2)),
    );
    expect(answers.map(({ status, body }) => [status, body.data])).toEqual(answers.map((_, x) => [200, x + 1]));
    const partitions = new Set(answers.map(({ body }) => partitionOf(body.requestID)));
    expect(partitions.size).toBe(PARTITIONS);
    const holders = await Promise.all(Array.from(partitions, (p) => cluster.nodeOf(`{invoq:${p}}`)));
    expect(new Set(holders.map(({ port }) => port)).size).toBe(3);
    for (const { body } of answers.slice(0, 12)) {
      expect(await (await nodeOf(body.requestID)).client().exists(`{invoq:${partitionOf(body.requestID)}}:inv:${body.requestID}`)).toBe(1); // prettier-ignore
    }
  },
  LIMIT_MS,
);

test(
  'batches, keys, delays, retries and cancels work in every partition',
  async () => {
    const items = Array.from({ length: 60 }, (_, x) => ({ data: { x, y: 2 } }));
    const { body: batch } = await stack.http.post('/v1/functions/add/invocations/batch', { items });
    expect(batch.data).toMatchObject({ accepted: 60, refused: 0 });
    const ids = batch.data.items.map(({ requestID }: { requestID: string }) => requestID) as string[];
    expect((await Promise.all(ids.map(resultOf))).map(({ data }) => data)).toEqual(items.map((_, x) => x + 2));

    for (let i = 0; i < PARTITIONS; i++) {
      const key = { 'idempotency-key': `key-${i}` };
      const racers = await Promise.all([0, 1, 0, 1].map((api) => invoke('add', { data: { x: i, y: i } }, key, api)));
      expect(new Set(racers.map(({ body }) => body.requestID)).size).toBe(1);
    }
    const failed = await Promise.all(
      Array.from({ length: 8 }, () => submit('fails', { retry: { attempts: 2, backoffMs: 100 } })),
    );
    for (const id of failed) {
      expect(await resultOf(id)).toMatchObject({ code: 1 });
      expect((await stack.http.get(`/v1/invocations/${id}`)).body.data.attempt).toBe(2);
    }
    const delayed = await submit('add', { data: { x: 1, y: 1 }, delayMs: 300 });
    expect((await resultOf(delayed)).data).toBe(2);
    const running = await submit('waits', { data: { ms: 60_000 } });
    await until('it runs', async () => (await stack.http.get(`/v1/invocations/${running}`)).body.data.status === 'running', LIMIT_MS); // prettier-ignore
    await stack.http.post(`/v1/invocations/${running}/cancel`);
    expect(await resultOf(running)).toMatchObject({ code: 409 });

    const listed = new Set<string>();
    for (let cursor = ''; ;) {
      const { body } = await stack.http.get(`/v1/invocations?limit=50${cursor}`);
      for (const { requestID } of body.data.invocations) listed.add(requestID);
      if (!body.data.cursor) break;
      cursor = `&cursor=${encodeURIComponent(body.data.cursor)}`;
    }
    expect(ids.every((id) => listed.has(id))).toBe(true);
  },
  LIMIT_MS,
);

test('a node that dies takes its own partitions along, no other, and gives them back', async () => {
  const gone = await oneThatMayGo();
  const before = await Promise.all(Array.from({ length: 30 }, () => submit('waits', { data: { ms: 50 } })));
  await gone.kill();
  const answers = await Promise.all(Array.from({ length: 60 }, (_, x) => invoke('add', { data: { x, y: 1 } })));
  for (const [x, { status, body }] of answers.entries()) {
    const isHere = (await nodeOf(body.requestID)) !== gone;
    if (isHere) expect([status, body.data]).toEqual([200, x + 1]);
    else expect([status, body.error.type]).toEqual([503, 'STORE_UNAVAILABLE']);
  }
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  // What the others hold is read, and async calls of theirs are done, as if nothing were.
  for (const { body } of answers.filter(({ status }) => status === 200)) {
    const { data } = (await stack.http.get(`/v1/invocations/${body.requestID}`)).body;
    expect(data).toMatchObject({ status: 'succeeded' });
  }
  const async = await Promise.all(
    Array.from({ length: 20 }, () => invoke('add', { data: { x: 2, y: 2 }, sync: false })),
  );
  for (const { body } of async.filter(({ status }) => status === 202)) {
    expect((await resultOf(body.requestID)).data).toBe(4);
  }
  expect(async.some(({ status }) => status === 202)).toBe(true);

  await gone.start();
  await until('all partitions take calls again', async () => {
    const again = await Promise.all(Array.from({ length: 40 }, () => invoke('add', { data: { x: 1, y: 1 } })));
    return again.every(({ status }) => status === 200);
  }, LIMIT_MS); // prettier-ignore
  for (const id of before) expect(await resultOf(id)).toMatchObject({ code: 0, data: 'waited' });
}, 120_000);

test('while a node is away the callbacks of the other partitions go out, and its own when it is back', async () => {
  const [early, late] = [await startReceiver(), await startReceiver()];
  const gone = await oneThatMayGo();
  const of = (url: string) => ({ data: { x: 1, y: 1 }, sync: false, callback: { url } });
  const before = await Promise.all(Array.from({ length: 30 }, () => submit('add', of(early.url))));
  await gone.kill();
  const answers = await Promise.all(Array.from({ length: 60 }, () => invoke('add', of(late.url))));
  const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => body.requestID as string);
  // Partitions in front of those that are away and behind them: none waits for another.
  const away = (
    await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => cluster.nodeOf(`{invoq:${p}}`)))
  ).flatMap((node, partition) => (node === gone ? [partition] : []));
  expect(accepted.some((id) => partitionOf(id) < Math.min(...away))).toBe(true);
  expect(accepted.some((id) => partitionOf(id) > Math.max(...away))).toBe(true);
  for (const id of accepted) await late.hears(id, 1, LIMIT_MS);

  await gone.start();
  for (const id of before) await early.hears(id, 1, LIMIT_MS);
}, 180_000);
