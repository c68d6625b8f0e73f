/** Schedules are bounded in bytes, their list is paged, and reading their times holds up nobody. */
import { startStack, type Stack } from '../harness/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { INVOQ_MAX_SCHEDULE_BYTES: '200kb' } });
}, 60_000);
afterAll(() => stack.stop());

const headers = (env: string) => ({ 'x-invoq-env': env });
const put = (id: string, body: object = {}, env = 'default') =>
  stack.http.request(`/v1/schedules/${id}`, {
    method: 'PUT',
    body: { function: 'add', cron: '0 0 1 1 *', ...body },
    headers: headers(env),
  });
const list = async (query = '') => (await stack.http.get(`/v1/schedules${query}`)).body.data;

test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('an id like any other: %s', async (id) => {
  expect((await put(id, { data: { id } })).status).toBe(200);
  expect((await list()).schedules).toContainEqual(expect.objectContaining({ id, function: 'add' }));
  expect((await stack.http.get(`/v1/schedules/${id}`)).body.data).toMatchObject({ id, data: { id } });
  expect((await stack.http.request(`/v1/schedules/${id}`, { method: 'DELETE' })).status).toBe(200);
  expect((await list()).schedules).toEqual([]);
});

test('the list has pages and no data', async () => {
  const ids = Array.from({ length: 5 }, (_, n) => `page-${n}`);
  for (const id of ids) expect((await put(id, { data: { secret: id }, priority: 3 })).status).toBe(200);
  const first = await list('?limit=2');
  expect(first.schedules.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
  const second = await list(`?limit=2&cursor=${first.cursor}`);
  const third = await list(`?limit=2&cursor=${second.cursor}`);
  expect(third.cursor).toBeNull();
  const all = [first, second, third].flatMap(({ schedules }) => schedules);
  expect(all.map(({ id }) => id)).toEqual(ids);
  for (const one of all) expect(one).toMatchObject({ function: 'add', cron: '0 0 1 1 *', priority: 3, paused: false });
  expect(JSON.stringify(all)).not.toContain('secret');
  for (const id of ids) await stack.http.request(`/v1/schedules/${id}`, { method: 'DELETE' });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['cursor=%00', 'cursor'],
  [`cursor=${'a'.repeat(5_000)}`, 'cursor'],
])('?%s is refused by its field', async (query, field) => {
  const { status, body } = await stack.http.get(`/v1/schedules?${query}`);
  expect([status, body.error.fields[0].field]).toEqual([400, field]);
});

test('data over 64 KiB are refused, and nothing is written', async () => {
  const fits = 'x'.repeat(65_534);
  expect((await put('fits', { data: fits })).status).toBe(200);
  const { status, body } = await put('large', { data: `${fits}x` });
  expect([status, body.error.fields[0]]).toEqual([400, expect.objectContaining({ field: 'data' })]);
  expect(body.error.message).toContain('65536');
  expect((await stack.http.get('/v1/schedules/large')).status).toBe(404);
  expect((await stack.http.get('/v1/schedules/fits')).body.data.data).toBe(fits);
});

test("an env's schedules have a quota in bytes, which its setting names", async () => {
  const data = 'x'.repeat(60_000);
  for (const id of ['fits', 'b', 'c']) expect((await put(id, { data })).status).toBe(200);
  const { status, body } = await put('d', { data });
  expect([status, body.error.type]).toEqual([503, 'STORE_FULL']);
  expect(body.error.message).toContain('INVOQ_MAX_SCHEDULE_BYTES');
  expect((await stack.http.get('/v1/schedules/d')).status).toBe(404);
  // What is there can be changed, paused and deleted; and then there is room.
  expect((await put('c', { data, cron: '5 0 1 1 *' })).status).toBe(200);
  expect((await stack.http.post('/v1/schedules/c/pause')).body.data.paused).toBe(true);
  await stack.http.request('/v1/schedules/b', { method: 'DELETE' });
  expect((await put('d', { data })).status).toBe(200);
});

test('whoever asks for rare runs again and again waits for them alone', async () => {
  expect((await put('leap', { cron: '0 0 29 2 *', timezone: 'Europe/Berlin' })).status).toBe(200);
  let found = 0;
  const asked = Array.from({ length: 12 }, () =>
    stack.http.get('/v1/schedules/leap/next?count=100').then((answer) => (found++, answer)),
  );
  const waits: number[] = [];
  while (found < asked.length && waits.length < 200) {
    const began = performance.now();
    expect((await stack.http.get('/livez')).status).toBe(200);
    waits.push(performance.now() - began);
  }
  const answers = await Promise.all(asked);
  for (const { status, body } of answers) expect([status, body.data.runs.length]).toEqual([200, 100]);
  // Seconds of work in all; nobody waits for more than a part of one request's.
  expect(waits.length).toBeGreaterThan(12);
}, 60_000);
