/** Many calls in one request: each accepted or refused by itself, and each a call like any other from then on. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: FUNCTIONS,
    env: { INVOQ_PARTITIONS: '2', INVOQ_SLOTS: 'sync=2,async=4,nested=0' },
  });
}, 60_000);
afterAll(() => stack.stop());

const batch = (name: string, items: unknown, headers: Record<string, string> = {}, http = stack.http) =>
  http.post(`/v1/functions/${name}/invocations/batch`, { items }, headers);
const result = async (id: string) => (await stack.http.get(`/v1/invocations/${id}/result?wait=20`)).body;

it('gives each item a requestID under which its result is read', async () => {
  const { status, body } = await batch('add', [{ data: { x: 1, y: 2 } }, { data: { x: 3, y: 4 } }, {}]);
  expect(status).toBe(200);
  expect(body).toMatchObject({ code: 0, error: {}, data: { accepted: 3, refused: 0 } });
  const { items } = body.data;
  for (const item of items) expect(item).toMatchObject({ code: 0, data: { status: 'queued' }, error: {} });
  const results = await Promise.all(items.map(({ requestID }: { requestID: string }) => result(requestID)));
  expect(results.map(({ data }) => data)).toEqual([3, 7, null]);
  expect(new Set(items.map(({ requestID }: { requestID: string }) => requestID)).size).toBe(3);
});

it('refuses an item by the name of its field, and takes the others', async () => {
  const items = [
    { data: 1 },
    { data: 1, nope: true },
    7,
    { timeoutMs: 0 },
    { timeoutMs: 86_400_000 },
    { sync: true },
    { data: 2 },
  ];
  const { status, body } = await batch('echo', items);
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ accepted: 2, refused: 5 });
  const fields = body.data.items.map(
    (item: { error: { fields?: { field: string }[] } }) => item.error.fields?.[0].field,
  );
  expect(fields).toEqual([undefined, 'nope', 'item', 'timeoutMs', 'timeoutMs', 'sync', undefined]);
  expect(body.data.items[1]).toMatchObject({
    code: 400,
    data: null,
    error: { type: 'INVALID_REQUEST', retryable: false, started: false },
    requestID: expect.any(String),
  });
  expect((await result(body.data.items[6].requestID)).data).toBe(2);
});

it('takes 1,000 at once, and each is done once', async () => {
  const items = Array.from({ length: 1_000 }, (_, x) => ({ data: { x, y: 1 } }));
  const { body } = await batch('add', items);
  expect(body.data.accepted).toBe(1_000);
  const ids = body.data.items.map(({ requestID }: { requestID: string }) => requestID) as string[];
  expect(new Set(ids).size).toBe(1_000);
  const last = await until(
    'the last is done',
    async () => {
      const answer = await result(ids[999]);
      return answer.data === 1_000 && answer;
    },
    120_000,
  );
  expect(last.code).toBe(0);
  for (const at of [0, 123, 998]) expect((await result(ids[at])).data).toBe(at + 1);
}, 150_000);

it('keeps the promise of an idempotency key for each item, also within one batch', async () => {
  const items = [
    { data: { n: 1 }, idempotencyKey: 'one' },
    { data: { n: 1 }, idempotencyKey: 'one' },
    { data: { n: 2 }, idempotencyKey: 'one' },
    { data: { n: 2 }, idempotencyKey: 'two' },
  ];
  const [first, alike, other, two] = (await batch('echo', items)).body.data.items;
  expect(alike.requestID).toBe(first.requestID);
  expect(other).toMatchObject({ code: 422, error: { type: 'IDEMPOTENCY_KEY_REUSED' } });
  const again = (await batch('echo', items)).body.data.items;
  expect([again[0].requestID, again[3].requestID]).toEqual([first.requestID, two.requestID]);
  const alone = await stack.http.post(
    '/v1/functions/echo/invocations',
    { data: { n: 1 }, sync: false },
    { 'idempotency-key': 'one' },
  );
  expect(alone.body.requestID).toBe(first.requestID);
  const { status, body } = await batch('echo', items, { 'idempotency-key': 'for all' });
  expect(status).toBe(400);
  expect(body.error.fields[0].field).toBe('Idempotency-Key');
});

it('counts each item: towards the rate of its caller, and towards what may wait', async () => {
  const { http } = await stack.addApi({ INVOQ_RATE: '3/1h' });
  const limited = (await batch('add', new Array(5).fill({}), {}, http)).body.data;
  expect(limited).toMatchObject({ accepted: 3, refused: 2 });
  expect(limited.items[4]).toMatchObject({
    code: 429,
    error: { type: 'RATE_LIMITED', retryable: true, started: false },
  });
  const full = await stack.addApi({ INVOQ_MAX_QUEUED: '2' });
  const slow = new Array(20).fill({ data: { ms: 1_000 } });
  const { items, accepted, refused } = (await batch('waits', slow, {}, full.http)).body.data;
  // Two that wait in each partition, and those that a slot took in the meantime.
  expect(accepted).toBeGreaterThanOrEqual(2);
  expect(refused).toBeGreaterThanOrEqual(4);
  const last = { code: 429, error: { type: 'QUEUE_FULL', retryable: true, started: false } };
  expect(items[19]).toMatchObject(last);
});

it('is refused as a whole when nothing of it can be', async () => {
  expect((await batch('missing', [{}])).body).toMatchObject({ code: 404, error: { type: 'FUNCTION_NOT_FOUND' } });
  expect((await batch('add', [])).body.error.fields[0].field).toBe('items');
  expect((await batch('add', new Array(1_001).fill({}))).body.error.fields[0].field).toBe('items');
});
