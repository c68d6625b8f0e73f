/** A call that is put off starts at its time, by the clock of Redis, and not before. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: { 'echo.js': 'exports.main = (event) => event' } });
}, 60_000);
afterAll(() => stack.stop());

const PATH = '/v1/functions/echo/invocations';
const submit = async (more: object, headers: Record<string, string> = {}): Promise<string> => {
  const { status, body } = await stack.http.post(PATH, { data: 1, sync: false, ...more }, headers);
  expect({ status, data: body.data }).toEqual({ status: 202, data: { status: 'queued' } });
  return body.requestID;
};
const read = async (id: string, query = '') => (await stack.http.get(`/v1/invocations/${id}${query}`)).body.data;
const ended = (id: string) =>
  until('it ends', async () => {
    const data = await read(id, '?wait=10');
    return data.result && data;
  }, 30_000); // prettier-ignore
const ms = (text: string): number => Date.parse(text);

it('waits for as long as it is told, and starts then', async () => {
  const id = await submit({ delayMs: 2_500 });
  const waiting = await read(id);
  expect(waiting).toMatchObject({ status: 'queued', attempt: 0 });
  expect(ms(waiting.runAt) - ms(waiting.queuedAt)).toBe(2_500);
  const data = await ended(id);
  expect(data).toMatchObject({ status: 'succeeded', attempt: 1, runAt: waiting.runAt });
  expect(ms(data.startedAt)).toBeGreaterThanOrEqual(ms(data.runAt));
  // What it was told to wait is no time in the queue.
  expect(data.queueMs).toBe(ms(data.startedAt) - ms(data.runAt));
});

it('waits for a time of day, whatever its zone', async () => {
  const at = new Date(Date.now() + 2_000);
  const elsewhere = new Date(at.getTime() + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30');
  const data = await ended(await submit({ runAt: elsewhere }));
  expect(data).toMatchObject({ status: 'succeeded', runAt: at.toISOString() });
  expect(ms(data.startedAt)).toBeGreaterThanOrEqual(at.getTime());
});

it('starts at once when its time is past', async () => {
  const data = await ended(await submit({ runAt: '2020-02-02T02:02:02Z' }));
  expect(data).toMatchObject({ status: 'succeeded' });
  expect(data.runAt).toBeUndefined();
});

it('starts in the order of their times, not of their coming', async () => {
  const ids = await Promise.all([2_600, 1_800, 1_000].map((delayMs) => submit({ delayMs })));
  const starts = (await Promise.all(ids.map(ended))).map(({ startedAt }) => ms(startedAt));
  expect(starts[2]).toBeLessThan(starts[1]);
  expect(starts[1]).toBeLessThan(starts[0]);
});

it('stands in no line while it waits: others go ahead, and it takes up none of their places', async () => {
  const api = await stack.addApi({ INVOQ_MAX_QUEUED: '1' });
  const late = await submit({ delayMs: 600_000 });
  const { status } = await api.http.post(PATH, { data: 1, sync: false });
  expect(status).toBe(202);
  await stack.http.post(`/v1/invocations/${late}/cancel`);
});

it('is counted with all that is under way, up to a limit of its own', async () => {
  const api = await stack.addApi({ INVOQ_MAX_OPEN: '1' });
  const late = await submit({ delayMs: 600_000 });
  const { status, body } = await api.http.post(PATH, { data: 1, sync: false, delayMs: 1_000 });
  expect([status, body.error.type]).toEqual([429, 'QUEUE_FULL']);
  await stack.http.post(`/v1/invocations/${late}/cancel`);
});

it('can be cancelled before: it never runs', async () => {
  const id = await submit({ delayMs: 600_000 });
  const { status, body } = await stack.http.post(`/v1/invocations/${id}/cancel`);
  expect([status, body.data]).toEqual([200, { status: 'cancelled' }]);
  expect(await read(id)).toMatchObject({ status: 'cancelled', attempt: 0, result: { error: { started: false } } });
});

it('outlives a Redis that is started anew', async () => {
  const id = await submit({ delayMs: 4_000 });
  await stack.redis.restart();
  const data = await ended(id);
  expect(data).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(ms(data.startedAt)).toBeGreaterThanOrEqual(ms(data.runAt));
}, 60_000);

it('an Idempotency-Key covers it: one call, and another delay is another request', async () => {
  const headers = { 'idempotency-key': 'late' };
  const id = await submit({ delayMs: 1_000 }, headers);
  expect(await submit({ delayMs: 1_000 }, headers)).toBe(id);
  expect((await stack.http.post(PATH, { data: 1, sync: false, delayMs: 2_000 }, headers)).status).toBe(422);
});

it.each([
  [{ delayMs: 5 }, 'delayMs', 'async'],
  [{ runAt: '2099-01-01T00:00:00Z' }, 'runAt', 'async'],
  [{ sync: true, onTimeout: 'detach', delayMs: 5 }, 'delayMs', 'async'],
  [{ sync: false, delayMs: -1 }, 'delayMs', '0'],
  [{ sync: false, delayMs: 1, runAt: '2026-01-01T00:00:00Z' }, 'delayMs', 'runAt'],
  [{ sync: false, delayMs: 31 * 86_400_000 }, 'delayMs', 'ahead'],
  [{ sync: false, runAt: '2999-01-01T00:00:00Z' }, 'runAt', 'ahead'],
  [{ sync: false, runAt: '2026-01-01T00:00:00' }, 'runAt', 'zone'],
  [{ sync: false, runAt: '2026-02-30T00:00:00Z' }, 'runAt', 'ISO 8601'],
  [{ sync: false, runAt: 1_900_000_000_000 }, 'runAt', 'ISO 8601'],
])('%j is refused by its field', async (body, field, rule) => {
  const { status, body: answer } = await stack.http.post(PATH, body);
  expect(status).toBe(400);
  expect(answer.error.fields).toEqual(expect.arrayContaining([{ field, rule: expect.stringContaining(rule) }]));
});
