/** Schedules that cannot run are put off, and hold up no other: neither of their own env nor of another one. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const DUE = '{invoq:schedules}:due';
const LIMITED = 205;
const FUNCTIONS = {
  'echo.js': 'exports.main = (event) => event',
  'limited.js': 'exports.main = (event) => event',
  'functions.json': { functions: { limited: { rate: { limit: 1, windowMs: 4_000 } } } },
};

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({ functions: `default=${writeFunctions(FUNCTIONS)},other=${writeFunctions(FUNCTIONS)}` });
  redis = stack.redis.client();
}, 60_000);
afterAll(() => stack.stop());

const make = async (env: string, id: string, name: string) => {
  const body = { function: name, cron: '0 0 1 1 *', data: { id } };
  const headers = { 'x-invoq-env': env };
  expect((await stack.http.request(`/v1/schedules/${id}`, { method: 'PUT', body, headers })).status).toBe(200);
};
const get = async (env: string, id: string) =>
  (await stack.http.get(`/v1/schedules/${id}`, { 'x-invoq-env': env })).body.data;
const comeDue = (agoMs: number, ...schedules: string[]) =>
  redis.zadd(DUE, ...schedules.flatMap((schedule) => [Date.now() - agoMs, schedule]));
const submitted = (env: string, id: string) =>
  until(`${env}/${id} has run`, async () => {
    const { last } = await get(env, id);
    return last?.what === 'submitted' && last;
  }, 30_000); // prettier-ignore

test('205 that a rate holds back, and more that are broken: those that can run do, in every env', async () => {
  const limited = Array.from({ length: LIMITED }, (_, n) => `limited-${n}`);
  for (const id of limited) await make('default', id, 'limited');
  const broken = Array.from({ length: LIMITED }, (_, n) => `broken-${n}`);
  await redis.hset('{invoq:schedules}:of:default', Object.fromEntries(broken.map((id) => [id, 'not JSON'])));
  await make('default', 'good', 'echo');
  await make('other', 'good', 'echo');
  await comeDue(60_000, ...limited.map((id) => `default/${id}`), ...broken.map((id) => `default/${id}`));
  // Behind all of those.
  await comeDue(1_000, 'default/good', 'other/good');
  await Promise.all([submitted('default', 'good'), submitted('other', 'good')]);

  // Its run is tried again, later each time, and says why.
  const held = await until('one was put off twice', async () => {
    const late = await redis.hgetall('{invoq:schedules}:late');
    return limited.find((id) => Number(late[`default/${id}`]?.split(' ')[2]) >= 2);
  }, 30_000); // prettier-ignore
  const { last, nextRunAt } = await get('default', held);
  expect(last).toMatchObject({ what: 'delayed', refused: { type: 'RATE_LIMITED' } });
  expect(Date.parse(nextRunAt) - Date.parse(last.runAt)).toBeGreaterThan(60_000);

  // A restart forgets none of it, and the others run on time again.
  await stack.apis[0].stop();
  stack.apis.shift();
  await stack.addApi();
  const [{ requestID }] = await Promise.all([submitted('default', 'good')]);
  await comeDue(1_000, 'default/good');
  const again = await until('it ran again', async () => {
    const { last: next } = await get('default', 'good');
    return next.requestID !== requestID && next;
  }, 30_000); // prettier-ignore
  expect(again.what).toBe('submitted');
  expect(await redis.hlen('{invoq:schedules}:late')).toBeGreaterThan(LIMITED);
  await redis.hdel('{invoq:schedules}:of:default', ...broken);
}, 120_000);

test('once it can run, a run that was put off is one call, at the time that it was due', async () => {
  await make('other', 'late', 'limited');
  await make('other', 'first', 'limited');
  await comeDue(2_000, 'other/first');
  await submitted('other', 'first');
  const at = Date.now() - 1_000;
  await redis.zadd(DUE, at, 'other/late');
  await until('it was put off', async () => (await get('other', 'late')).last?.what === 'delayed', 30_000);
  const last = await submitted('other', 'late');
  expect(Date.parse(last.runAt)).toBe(at);
  const { data } = (await stack.http.get(`/v1/invocations/${last.requestID}?wait=20`, { 'x-invoq-env': 'other' })).body;
  expect(data).toMatchObject({ status: 'succeeded', result: { data: { id: 'late' } } });
  expect(Date.parse((await get('other', 'late')).nextRunAt)).toBeGreaterThan(Date.now());
  expect(await redis.hexists('{invoq:schedules}:late', 'other/late')).toBe(0);
}, 60_000);
