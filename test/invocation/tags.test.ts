/** Tags: noted on a call, kept with its record, shown, and found by. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createClient } from '@invoq/client/index';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const CLI = join(__dirname, '../../dist/apps/cli/main.js');
const CALLS = '/v1/functions/says/invocations';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'says.js': 'exports.main = (event, context) => ({ event, context, env: Object.keys(process.env) })',
      'fails.js': "exports.main = () => { throw new RangeError('on purpose') }",
    },
  });
}, 60_000);
afterAll(() => stack.stop());

const get = async (path: string) => (await stack.http.get(path)).body.data;
const tagsOf = async (id: string): Promise<string[] | undefined> => (await get(`/v1/invocations/${id}`)).tags;
const found = async (query: string): Promise<string[]> =>
  (await get(`/v1/invocations?${query}`)).invocations.map(({ requestID }: { requestID: string }) => requestID);
const ended = (id: string) => stack.http.get(`/v1/invocations/${id}/result?wait=20`);

it('of a sync call, an async one and a batch: in the record, in lists, and found by', async () => {
  const tags = ['nightly', 'order:17'];
  const sync = (await stack.http.post(CALLS, { tags })).body;
  const async = (await stack.http.post(CALLS, { sync: false, tags: ['nightly'] })).body.requestID;
  const items = [{ tags: ['nightly', 'batch'] }, {}, { tags: [] }];
  const batch = (await stack.http.post(`${CALLS}/batch`, { items })).body.data.items;
  const ids = batch.map(({ requestID }: { requestID: string }) => requestID);
  expect(await tagsOf(sync.requestID)).toEqual(tags);
  expect(await tagsOf(async)).toEqual(['nightly']);
  expect(await Promise.all(ids.map(tagsOf))).toEqual([['nightly', 'batch'], undefined, []]);
  expect((await found('tag=nightly')).sort()).toEqual([sync.requestID, async, ids[0]].sort());
  expect(await found('tag=order:17&function=says')).toEqual([sync.requestID]);
  expect(await found('tag=night')).toEqual([]);
  const list = (await get('/v1/invocations?tag=batch')).invocations;
  expect(list).toEqual([expect.objectContaining({ requestID: ids[0], tags: ['nightly', 'batch'] })]);
  // The function is told nothing of them.
  expect(JSON.stringify(sync.data)).not.toContain('order:17');
});

it('any text that is short stays as it is', async () => {
  const tags = ['a,b', ' blank ', '__proto__', '"quoted"', '标签', '👍'.repeat(64), '$1', '*'];
  const { requestID } = (await stack.http.post(CALLS, { tags })).body;
  expect(await tagsOf(requestID)).toEqual(tags);
  for (const tag of tags) expect(await found(`tag=${encodeURIComponent(tag)}`)).toEqual([requestID]);
});

const EACH = 'must hold texts of 1 to 64 characters each, none of them a control character';
it.each([
  ['no list', 'nightly', 'tags', 'must be an array'],
  ['too many', Array.from({ length: 11 }, (_, n) => `t${n}`), 'tags', 'must contain no more than 10 elements'],
  ['one twice', ['a', 'a'], 'tags', 'must not hold the same tag twice'],
  ['a number', [1], 'tags', EACH],
  ['a list in a list', [['a']], 'tags', EACH],
  ['null', [null], 'tags', EACH],
  ['an empty one', [''], 'tags', EACH],
  ['a long one', ['x'.repeat(65)], 'tags', EACH],
  ['a line break', ['a\nb'], 'tags', EACH],
  ['half a character', ['\ud800'], 'tags', EACH],
])('refuses %s', async (_, tags, field, rule) => {
  const bodies = [
    await stack.http.post(CALLS, { tags }),
    await stack.http.request('/v1/schedules/tagged', {
      method: 'PUT',
      body: { function: 'says', cron: '0 0 1 1 *', tags },
    }),
  ];
  for (const { status, body } of bodies) {
    expect([status, body.error.type]).toEqual([400, 'INVALID_REQUEST']);
    expect(body.error.fields).toContainEqual({ field, rule });
  }
  const { body } = await stack.http.post(`${CALLS}/batch`, { items: [{ tags }, {}] });
  expect(body.data).toMatchObject({ accepted: 1, refused: 1 });
});

it('refuses a filter that no call can have', async () => {
  for (const query of ['tag=', `tag=${'x'.repeat(65)}`, 'tag=%0a', 'tag=a&tag=b']) {
    const { status, body } = await stack.http.get(`/v1/invocations?${query}`);
    expect([query, status, body.error.fields[0].field]).toEqual([query, 400, 'tag']);
  }
});

it('belong to what an Idempotency-Key stands for', async () => {
  const call = (body: object) => stack.http.post(CALLS, body, { 'idempotency-key': 'tagged' });
  const first = await call({ tags: ['a'] });
  expect((await call({ tags: ['a'] })).body.requestID).toBe(first.body.requestID);
  expect((await call({ tags: ['b'] })).body.error.type).toBe('IDEMPOTENCY_KEY_REUSED');
});

it('a replay has those of the call that it does again', async () => {
  const { requestID } = (await stack.http.post('/v1/functions/fails/invocations', { sync: false, tags: ['twice'] }))
    .body;
  await ended(requestID);
  const again = (await stack.http.post(`/v1/invocations/${requestID}/replay`, {})).body.data.requestID;
  expect(await tagsOf(again)).toEqual(['twice']);
  const letters = await stack.http.post('/v1/functions/fails/dead-letters/replay', { requestIDs: [requestID] });
  const [{ requestID: third }] = letters.body.data.replays;
  if (third !== undefined) expect(await tagsOf(third)).toEqual(['twice']);
});

it('every call of a schedule has those of the schedule', async () => {
  const path = '/v1/schedules/tagged';
  const body = { function: 'says', cron: '0 0 1 1 *', tags: ['by clock'] };
  expect((await stack.http.request(path, { method: 'PUT', body })).body.data.tags).toEqual(['by clock']);
  await stack.redis.client().zadd('{invoq:schedules}:due', Date.now() - 1_000, 'default/tagged');
  await until('it ran', async () => (await found('tag=by%20clock')).length > 0, 20_000);
});

it('the client and the command line say them, and show them', async () => {
  const client = createClient({ url: stack.url });
  const job = await client.submit('says', {}, { tags: ['by client'] });
  expect((await client.list({ tag: 'by client' })).invocations.map(({ tags }) => tags)).toEqual([['by client']]);
  expect((await job.get()).tags).toEqual(['by client']);
  const invoq = (...args: string[]) => {
    const env = { ...process.env, INVOQ_URL: stack.url };
    const run = spawnSync(process.execPath, [CLI, ...args, '--json'], { env, encoding: 'utf8', timeout: 30_000 });
    expect([args, run.status, run.stderr]).toEqual([args, 0, '']);
    return JSON.parse(run.stdout);
  };
  const { requestID } = invoq('submit', '--tag', 'by hand', '--tag', 'x', 'says');
  expect(invoq('list', '--tag', 'by hand').invocations).toEqual([
    expect.objectContaining({ requestID, tags: ['by hand', 'x'] }),
  ]);
});
