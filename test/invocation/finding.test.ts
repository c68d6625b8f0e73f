/** Calls are found without their requestID: by env, function, status and time, a page at a time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';
import { FUNCTIONS } from './functions';

const keys = join(scratchDir('keys'), 'keys.json');
const secret = 's'.repeat(32);
writeFileSync(
  keys,
  JSON.stringify({
    keys: [
      { id: 'both', secret, envs: ['default', 'other'], scopes: ['invoke', 'read'] },
      { id: 'calls', secret, envs: ['default'], scopes: ['invoke'] },
    ],
  }),
);
const as = (id: string, env?: string) => ({
  authorization: `Bearer ${id}.${secret}`,
  ...(env ? { 'x-invoq-env': env } : {}),
});

let stack: Stack;
beforeAll(async () => {
  const folder = writeFunctions(FUNCTIONS);
  stack = await startStack({
    functions: `default=${folder},other=${folder}`,
    env: { INVOQ_KEYS_FILE: keys, INVOQ_PARTITIONS: '2' },
  });
}, 60_000);
afterAll(() => stack.stop());

const call = async (name: string, data: unknown = {}, env?: string): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data }, as('both', env))).body.requestID;
const find = (query = '', id = 'both', env?: string) => stack.http.get(`/v1/invocations${query}`, as(id, env));
const idsOf = async (query: string, env?: string): Promise<string[]> =>
  (await find(query, 'both', env)).body.data.invocations.map(({ requestID }: { requestID: string }) => requestID);

it('newest first, with a cursor until there is no more', async () => {
  const ids: string[] = [];
  for (let x = 0; x < 5; x++) ids.unshift(await call('add', { x, y: 1 }));
  const first = await find('?limit=2');
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ code: 0, error: {}, data: { cursor: expect.any(String) } });
  expect(first.body.data.invocations[0]).toMatchObject({
    requestID: ids[0], function: 'add', env: 'default', mode: 'sync', status: 'succeeded', attempt: 1,
  }); // prettier-ignore
  expect(first.body.data.invocations[0]).not.toHaveProperty('result');
  const answer: string[] = await idsOf('?limit=2');
  let { cursor } = first.body.data;
  while (cursor !== null) {
    const { data } = (await find(`?limit=2&cursor=${cursor}`)).body;
    answer.push(...data.invocations.map(({ requestID }: { requestID: string }) => requestID));
    cursor = data.cursor;
  }
  expect(answer).toEqual(ids);
});

it('of one function, of some status, of a span of time', async () => {
  const [threw, fine] = [await call('throws'), await call('echo')];
  expect(await idsOf('?function=throws')).toEqual([threw]);
  expect(await idsOf('?status=failed')).toEqual([threw]);
  expect(await idsOf('?status=failed,succeeded&limit=2')).toEqual([fine, threw]);
  expect(await idsOf('?function=echo&status=failed')).toEqual([]);
  const { queuedAt } = (await find('?function=throws')).body.data.invocations[0];
  expect(await idsOf(`?function=throws&since=${queuedAt}&until=${queuedAt}`)).toEqual([threw]);
  const later = new Date(Date.parse(queuedAt) + 1).toISOString();
  expect(await idsOf(`?function=throws&since=${later}`)).toEqual([]);
  expect(await idsOf('?until=2020-01-01')).toEqual([]);
});

it('a date includes the whole day', async () => {
  const id = await call('hello');
  const { queuedAt } = (await find('?function=hello')).body.data.invocations[0];
  const day = queuedAt.slice(0, 10);
  const before = new Date(Date.parse(day) - 1).toISOString().slice(0, 10);
  expect(await idsOf(`?function=hello&since=${day}&until=${day}`)).toEqual([id]);
  expect(await idsOf(`?function=hello&until=${day}`)).toEqual([id]);
  expect(await idsOf(`?function=hello&until=${before}`)).toEqual([]);
});

it("another env's calls are not there, nor for a key that may not read", async () => {
  const theirs = await call('echo', {}, 'other');
  expect(await idsOf('', 'other')).toEqual([theirs]);
  expect(await idsOf('')).not.toContain(theirs);
  expect((await find('', 'calls')).status).toBe(403);
  expect((await stack.http.get('/v1/invocations')).status).toBe(401);
});

it.each([
  ['?limit=0', 'limit'],
  ['?limit=101', 'limit'],
  ['?status=nope', 'status'],
  ['?since=yesterday', 'since'],
  ['?until=2026-02-40', 'until'],
  ['?until=2026-02-30', 'until'],
  ['?function=../x', 'function'],
  ['?cursor=nonsense', 'cursor'],
  ['?limit=1&limit=2', 'limit'],
  ['?nope=1', 'nope'],
])('refuses %s by the name of the field', async (query, field) => {
  const { status, body } = await find(query);
  expect(status).toBe(400);
  expect(body.error.fields.map((fault: { field: string }) => fault.field)).toContain(field);
});
