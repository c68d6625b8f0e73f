/** A schedule calls its function at its times: each due run once, missed ones made up for by one, overlaps as asked. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const DUE = '{invoq:schedules}:due';
let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'echo.js': 'exports.main = (event) => event',
      'waits.js': 'exports.main = (event) => new Promise((r) => setTimeout(r, event.ms))',
    },
  });
  redis = stack.redis.client();
}, 60_000);
afterAll(() => stack.stop());

const at = (id: string, tail = '') => `/v1/schedules/${id}${tail}`;
const put = (id: string, body: object) => stack.http.request(at(id), { method: 'PUT', body });
const make = async (id: string, body: object = {}) => {
  const { status, body: answer } = await put(id, { function: 'echo', cron: '0 0 1 1 *', ...body });
  expect({ status, error: answer.error }).toEqual({ status: 200, error: {} });
  return answer.data;
};
const get = async (id: string) => (await stack.http.get(at(id))).body.data;
/** Its time comes: the scheduler finds it in the past, as it finds every run. */
const comesDue = (id: string, agoMs = 1_000) => redis.zadd(DUE, Date.now() - agoMs, `default/${id}`);
const ran = (id: string, what: string, times = 1) =>
  until(`${id} was due`, async () => {
    const schedule = await get(id);
    return schedule.last?.what === what && Date.parse(schedule.nextRunAt) > Date.now() && times && schedule;
  }, 20_000); // prettier-ignore
const callsOf = async (name: string) =>
  (await stack.http.get(`/v1/invocations?function=${name}&limit=100`)).body.data.invocations.length;

it('is made, told of, changed and deleted', async () => {
  const made = await make('new-year', { cron: '0 0 1 1 *', timezone: 'Pacific/Auckland', data: { a: 1 } });
  expect(made).toMatchObject({
    id: 'new-year', function: 'echo', cron: '0 0 1 1 *', timezone: 'Pacific/Auckland', data: { a: 1 },
    overlap: 'skip', paused: false, nextRunAt: expect.stringMatching(/-12-31T11:00:00.000Z$/),
  }); // prettier-ignore
  expect(await get('new-year')).toEqual(made);
  const { data: _, ...listed } = made;
  expect((await stack.http.get('/v1/schedules')).body.data.schedules).toContainEqual(listed);
  expect(await make('new-year', { overlap: 'queue' })).toMatchObject({ overlap: 'queue', timezone: 'UTC', data: {} });
  expect((await stack.http.request(at('new-year'), { method: 'DELETE' })).body.data).toEqual({ deleted: true });
  const { status, body } = await stack.http.get(at('new-year'));
  expect([status, body.error.type]).toEqual([404, 'SCHEDULE_NOT_FOUND']);
});

it('calls its function when it is due, with its data, as any async call', async () => {
  await make('due', { data: { n: 5 } });
  await comesDue('due');
  const { last, nextRunAt } = await ran('due', 'submitted');
  expect(Date.parse(nextRunAt)).toBeGreaterThan(Date.now());
  const { data } = (await stack.http.get(`/v1/invocations/${last.requestID}?wait=20`)).body;
  expect(data).toMatchObject({ function: 'echo', mode: 'async', status: 'succeeded', result: { data: { n: 5 } } });
});

it('makes up for the runs that were missed by one', async () => {
  await make('hourly', { cron: '0 * * * *' });
  const before = await callsOf('echo');
  await comesDue('hourly', 5 * 3_600_000);
  await ran('hourly', 'submitted');
  await comesDue('hourly', 1);
  await until('the second run', async () => (await callsOf('echo')) >= before + 2, 20_000);
  expect(await callsOf('echo')).toBe(before + 2);
});

it.each([
  ['skip', 'skipped', 1],
  ['queue', 'submitted', 2],
])('when the run before has no end yet: %s', async (overlap, what, calls) => {
  const id = `overlap-${overlap}`;
  const before = await callsOf('waits');
  await make(id, { function: 'waits', overlap, data: { ms: 20_000 } });
  await comesDue(id, 60_000);
  const first = (await ran(id, 'submitted')).last;
  await comesDue(id, 1_000);
  const second = await until('the second time', async () => {
    const { last } = await get(id);
    return last.runAt !== first.runAt && last;
  }, 20_000); // prettier-ignore
  expect(second.what).toBe(what);
  expect(second.requestID === first.requestID).toBe(overlap === 'skip');
  expect(await callsOf('waits')).toBe(before + calls);
  for (const requestID of new Set([first.requestID, second.requestID]))
    await stack.http.post(`/v1/invocations/${requestID}/cancel`);
});

it('is not due while it is paused, and goes on from its resumption', async () => {
  await make('rests');
  const paused = (await stack.http.post(at('rests', '/pause'))).body.data;
  expect(paused).toMatchObject({ paused: true, nextRunAt: null });
  expect(await redis.zscore(DUE, 'default/rests')).toBeNull();
  expect((await stack.http.get(at('rests', '/next?count=2'))).body.data.runs).toHaveLength(2);
  const resumed = (await stack.http.post(at('rests', '/resume'))).body.data;
  expect(resumed.paused).toBe(false);
  expect(Date.parse(resumed.nextRunAt)).toBeGreaterThan(Date.now());
});

it('tells its next runs, in its zone', async () => {
  await make('office', { cron: '30 9 * * 1-5', timezone: 'Asia/Kolkata' });
  const { runs } = (await stack.http.get(at('office', '/next?count=7'))).body.data;
  expect(runs).toHaveLength(7);
  for (const run of runs) expect(run).toMatch(/T04:00:00.000Z$/);
  expect([...runs].sort()).toEqual(runs);
});

it('tells its next runs where clocks change by half an hour', async () => {
  await make('island', { cron: '0 9 * * 0', timezone: 'Australia/Lord_Howe' });
  const { status, body } = await stack.http.get(at('island', '/next?count=60'));
  expect([status, body.data.runs.length]).toEqual([200, 60]);
  for (const run of body.data.runs) expect(run).toMatch(/T2[23]:[03]0:00.000Z$/);
});

it('runs each second when it asks for seconds', async () => {
  const before = await callsOf('echo');
  await make('seconds', { cron: '* * * * * *', overlap: 'queue' });
  const first = (await until('its first run', async () => (await get('seconds')).last, 20_000)).runAt;
  const last = await until('some more runs', async () => {
    const { runAt } = (await get('seconds')).last;
    return Date.parse(runAt) >= Date.parse(first) + 5_000 && runAt;
  }, 20_000); // prettier-ignore
  await stack.http.post(at('seconds', '/pause'));
  const seconds = (Date.parse(last) - Date.parse(first)) / 1_000;
  expect((await callsOf('echo')) - before).toBeGreaterThanOrEqual(seconds + 1);
});

it('has no next run when its years are over', async () => {
  const year = new Date().getUTCFullYear();
  expect(await make('once', { cron: `0 0 0 1 1 * ${year - 1}` })).toMatchObject({ nextRunAt: null, paused: false });
  expect((await stack.http.get(at('once', '/next'))).body.data.runs).toEqual([]);
  await make('twice', { cron: `0 0 0 1 1 * ${year - 1}` });
  await comesDue('twice');
  const last = await until('its last run', async () => (await get('twice')).last, 20_000);
  expect([last.what, (await get('twice')).nextRunAt]).toEqual(['submitted', null]);
});

it('of an earlier release, with an expression that is no longer taken: says so, and can be paused and deleted', async () => {
  const terms = { function: 'echo', cron: '*/90 * * * *', timezone: 'UTC', overlap: 'skip', paused: false, data: {} };
  await redis.hset('{invoq:schedules}:of:default', 'old', JSON.stringify(terms));
  await comesDue('old');
  const last = await until('it was looked at', async () => (await get('old')).last, 20_000);
  expect(last).toMatchObject({ what: 'delayed', refused: { type: 'INVALID_REQUEST', message: expect.stringContaining('*/90') } }); // prettier-ignore
  const { status, body } = await stack.http.get(at('old', '/next'));
  expect([status, body.error.fields[0].field]).toEqual([400, 'cron']);
  expect((await stack.http.post(at('old', '/pause'))).body.data.paused).toBe(true);
  expect((await stack.http.request(at('old'), { method: 'DELETE' })).status).toBe(200);
});

it('says why no call was made, and goes on', async () => {
  await make('too-long', { timeoutMs: 86_000_000 });
  await comesDue('too-long');
  const { last } = await ran('too-long', 'refused');
  expect(last.refused).toMatchObject({ type: 'INVALID_REQUEST', message: expect.stringContaining('timeoutMs') });
});

it('another env has none of it', async () => {
  await make('mine');
  const headers = { 'x-invoq-env': 'elsewhere' };
  expect((await stack.http.get(at('mine'), headers)).status).toBe(404);
  expect((await stack.http.request(at('mine'), { method: 'DELETE', headers })).status).toBe(404);
  expect((await stack.http.get('/v1/schedules', headers)).body.data.schedules).toEqual([]);
  expect((await get('mine')).id).toBe('mine');
});

it.each([
  [{ cron: '61 * * * *' }, 400, 'cron'],
  [{ cron: '* * * *' }, 400, 'cron'],
  [{ cron: '*/90 * * * *' }, 400, 'cron'],
  [{ cron: '0 0 30 2 *' }, 400, 'cron'],
  [{ timezone: 'Nowhere/Here' }, 400, 'timezone'],
  [{ overlap: 'both' }, 400, 'overlap'],
  [{ every: 5 }, 400, 'every'],
  [{ retry: { attempts: 0 } }, 400, 'retry.attempts'],
  [{ function: 'nobody' }, 404, undefined],
])('%j is refused', async (body, expected, field) => {
  const { status, body: answer } = await put('bad', { function: 'echo', cron: '* * * * *', ...body });
  expect([status, answer.error.fields?.[0].field]).toEqual([expected, field]);
  expect((await stack.http.get(at('bad'))).status).toBe(404);
});
