/** Async calls that failed for good wait for an operator: listed, looked at, done again once, or let go. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { scratchDir } from '../harness/scratch';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metric } from '../failures/scrape';

const mended = join(scratchDir('mended'), 'yes');
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'fails.js': `exports.main = (event) => {
        if (require('node:fs').existsSync(${JSON.stringify(mended)})) return event;
        if (event.exits) process.exit(3);
        throw new RangeError('broken ' + event.n);
      }`,
      'other.js': "exports.main = () => { throw new Error('other') }",
      'forgets.js': "exports.main = () => { throw new Error('nobody keeps me') }",
      'works.js': 'exports.main = (event) => event',
      'functions.json': { functions: { forgets: { retention: { deadMs: 0 } } } },
    },
  });
}, 60_000);
afterAll(() => stack.stop());

const path = (name: string, tail = '') => `/v1/functions/${name}/dead-letters${tail}`;
const submit = async (name: string, data: object = {}, more: object = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false, ...more })).body.requestID;
const read = async (id: string) => (await stack.http.get(`/v1/invocations/${id}?wait=20`)).body.data;
const list = async (name: string, query = '') => (await stack.http.get(path(name, query))).body.data;
const ids = (page: { letters: { requestID: string }[] }) => page.letters.map(({ requestID }) => requestID);
const fail = async (name: string, data: object = {}, more: object = {}): Promise<string> => {
  const id = await submit(name, data, more);
  expect((await read(id)).result.code).not.toBe(0);
  return id;
};

it('lists what failed for good, newest first, by function, a page at a time', async () => {
  const failed = [await fail('fails', { n: 1 }), await fail('fails', { exits: true }), await fail('fails', { n: 3 })];
  const other = await fail('other');
  const page = await list('fails', '?limit=2');
  expect(ids(page)).toEqual([failed[2], failed[1]]);
  expect(page).toMatchObject({ total: 3, cursor: expect.any(String) });
  expect(page.letters[0]).toMatchObject({
    status: 'failed', attempt: 1, error: { type: 'FUNCTION_ERROR', name: 'RangeError', message: 'broken 3' },
    queuedAt: expect.stringMatching(/Z$/), diedAt: expect.stringMatching(/Z$/),
  }); // prettier-ignore
  expect(page.letters[1]).toMatchObject({ status: 'crashed', error: { type: 'FUNCTION_CRASHED' } });
  const rest = await list('fails', `?limit=2&cursor=${page.cursor}`);
  expect(ids(rest)).toEqual([failed[0]]);
  expect(rest.cursor).toBeNull();
  expect(ids(await list('other'))).toEqual([other]);
  expect((await stack.http.get('/v1/summary')).body.data).toEqual({ deadLetters: 4, storeUsed: 0 });
});

it('shows one with all its attempts and the data that it was called with', async () => {
  const id = await fail('fails', { n: 7 }, { retry: { attempts: 2, backoffMs: 10 } });
  const { data } = (await stack.http.get(path('fails', `/${id}`))).body;
  expect(data).toMatchObject({ data: { n: 7 }, invocation: { requestID: id, status: 'failed', attempt: 2 } });
  expect(data.invocation.attempts).toHaveLength(2);
});

it('has no sync calls, no successes, no cancelled ones, and none of a function that keeps none', async () => {
  const before = await list('fails');
  await stack.http.post('/v1/functions/fails/invocations', { data: {} });
  expect((await list('fails')).total).toBe(before.total);
  await read(await submit('works'));
  const late = await submit('works', {}, { delayMs: 60_000 });
  await stack.http.post(`/v1/invocations/${late}/cancel`);
  expect((await list('works')).total).toBe(0);
  await fail('forgets');
  expect((await list('forgets')).total).toBe(0);
});

it('does one again: a new call with the same data, that tells whose replay it is; and does it once', async () => {
  const id = await fail('fails', { n: 9 });
  const racers = await Promise.all(
    [1, 2, 3, 4].map(() => stack.http.post(path('fails', '/replay'), { requestIDs: [id] })),
  );
  const replays = racers.map(({ body }) => body.data.replays[0]);
  const [done, ...more] = replays.filter(({ requestID }: { requestID?: string }) => requestID !== undefined);
  expect(more).toEqual([]);
  for (const { refused } of replays.filter((each: { requestID?: string }) => !each.requestID))
    expect(refused.type).toBe('INVOCATION_NOT_FOUND');
  expect(done.replayOf).toBe(id);
  expect(done.requestID).not.toBe(id);
  expect(await read(done.requestID)).toMatchObject({ replayOf: id, status: 'failed' });
  // It failed again: it is the dead letter now, and the first one is not.
  const letters = ids(await list('fails'));
  expect(letters).toContain(done.requestID);
  expect(letters).not.toContain(id);
});

it('does all of them again, and says how many are left', async () => {
  const { total } = await list('fails');
  writeFileSync(mended, '');
  const { status, body } = await stack.http.post(path('fails', '/replay'), {});
  expect(status).toBe(200);
  expect(body.data.replays).toHaveLength(total);
  expect(body.data.left).toBe(0);
  for (const { requestID } of body.data.replays) expect((await read(requestID)).status).toBe('succeeded');
  expect(await list('fails')).toMatchObject({ letters: [], total: 0 });
  expect(existsSync(mended)).toBe(true);
});

it('is counted in the metrics, and let go by an operator', async () => {
  const one = await fail('other');
  await fail('other');
  const { total } = await list('other');
  const api = stack.apis[0];
  const counted = (): Promise<number> => metric(api, 'invoq_dead_letters', 'function="other"');
  await until('they are counted', async () => (await counted()) === total, 10_000);
  const purge = async (query = '') => (await stack.http.request(path('other', query), { method: 'DELETE' })).body.data;
  expect(await purge(`?requestID=${one}`)).toEqual({ purged: 1 });
  expect(await purge(`?requestID=${one}`)).toEqual({ purged: 0 });
  expect(await purge()).toEqual({ purged: total - 1 });
  expect(await list('other')).toMatchObject({ letters: [], total: 0 });
  await until('the gauge follows', async () => (await counted()) === 0, 10_000);
  // Its record is kept as long as that of any call.
  expect((await read(one)).status).toBe('failed');
  expect((await stack.http.get(path('other', `/${one}`))).status).toBe(404);
});

it('another env sees nothing of it', async () => {
  const id = await fail('other');
  const headers = { 'x-invoq-env': 'elsewhere' };
  expect((await stack.http.get(path('other'), headers)).body.data.total).toBe(0);
  const { status, body } = await stack.http.get(path('other', `/${id}`), headers);
  expect([status, body.error.type]).toEqual([404, 'INVOCATION_NOT_FOUND']);
});

it('is gone with its retention', async () => {
  const api = await stack.addApi({ INVOQ_RETAIN_DEAD: '1s', INVOQ_RETAIN_ASYNC: '1s' });
  const before = (await list('other')).total;
  await api.http.post('/v1/functions/other/invocations', { data: {}, sync: false });
  await until('it is listed', async () => (await list('other')).total === before + 1, 10_000);
  await until('it is not', async () => (await list('other')).letters.length === before, 10_000);
  // The next that comes takes the entry out, too.
  await fail('other');
  expect((await list('other')).total).toBe(before + 1);
});

it.each([
  ['?limit=0', 'limit'],
  ['?limit=1001', 'limit'],
  ['?cursor=abc', 'cursor'],
])('%s is refused by its field', async (query, field) => {
  const { status, body } = await stack.http.get(path('other', query));
  expect([status, body.error.fields[0].field]).toEqual([400, field]);
});

it.each([{ requestIDs: [] }, { requestIDs: ['x'] }, { all: true }])('%j is refused', async (body) => {
  const { status } = await stack.http.post(path('other', '/replay'), body);
  expect(status).toBe(400);
});
