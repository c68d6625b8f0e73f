/** MinApp's Open API, as its documentation has it: no SDK uses it, curl does. */
import type { Stack } from '../harness/stack';
import { until } from '../harness/until';
import { KEY, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack();
}, 60_000);

const BEARER = { authorization: `Bearer ${KEY}` };
const JOB = '/oserve/v1.3/cloud-function/helloWorld/job/';

interface Job {
  id: string;
  created_at: number;
  started_at: number;
  finished_at: number;
  mem_usage: number;
  user_log_url: string;
}

interface Jobs {
  meta: { total_count: number; next: string; previous: string };
  objects: Job[];
}

const list = async (query = '', name = 'helloWorld'): Promise<Jobs> =>
  (await stack.http.get(`/oserve/v1.3/cloud-function/${name}/job/${query}`, BEARER)).body;

test('the function named in the path, sync and async; HTTP 200 for both', async () => {
  const sync = await stack.http.post(JOB, { data: { name: 'a' } }, BEARER);
  expect([sync.status, sync.body]).toEqual([200, { code: 0, data: 'hello a', error: {} }]);
  const later = await stack.http.post(JOB, { data: {}, sync: false }, BEARER);
  expect(later.status).toBe(200);
  expect(later.body).toEqual({
    status: 'ok', code: 0, error: {}, data: { status: 'ok', job_id: later.headers['x-request-id'] },
  }); // prettier-ignore
});

test('the function named in the body', async () => {
  const { status, body } = await stack.http.post(
    '/oserve/v1/cloud-function/job/',
    { function_name: 'tellsItsEvent', data: { a: 1 } },
    BEARER,
  );
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ data: { a: 1 }, eventType: 'open_api' });
  const nameless = await stack.http.post('/oserve/v1/cloud-function/job/', { data: {} }, BEARER);
  expect([nameless.status, nameless.body.status]).toEqual([400, 'error']);
  expect(nameless.body.error_msg).toContain('function_name');
});

test('debug poses as another kind of event when it is asked to', async () => {
  const path = '/oserve/v1.3/cloud-function/tellsItsEvent/debug/';
  expect((await stack.http.post(path, { data: {}, subject: 'timer' }, BEARER)).body.data.eventType).toBe('timer');
  const wrong = await stack.http.post(path, { data: {}, subject: 'moon' }, BEARER);
  expect([wrong.status, wrong.body]).toEqual([400, { status: 'error', error_msg: expect.stringContaining('subject') }]);
});

test('the records of a function, newest first, in pages, filtered', async () => {
  const name = 'callsBackText';
  const path = `/oserve/v1.3/cloud-function/${name}/job/`;
  const from = Date.now() / 1_000 - 60;
  expect((await list('', name)).meta.total_count).toBe(0);
  for (let i = 0; i < 3; i++) await stack.http.post(path, { data: {} }, BEARER);
  await stack.http.post('/hserve/v1/cloud-function/job/', { function_name: name, sync: false }, BEARER);
  await until(
    'all have ended',
    async () => (await list('?status=execution_failed', name)).meta.total_count === 4,
    20_000,
  );

  const all = await list('', name);
  expect(all.meta).toEqual({ limit: 20, next: null, offset: 0, previous: null, total_count: 4 });
  const newest = all.objects[0];
  expect(newest).toMatchObject({ status: 'execution_failed', service_type: 'batch', source: 'sdk' });
  expect(newest.user_log_url).toBe(`${stack.url}/v1/invocations/${newest.id}/logs`);
  expect((await stack.http.get(new URL(newest.user_log_url).pathname, BEARER)).status).toBe(200);
  expect(newest.mem_usage).toBeGreaterThan(0);
  const times = all.objects.map((job) => job.created_at);
  expect([...times].sort((a, b) => b - a)).toEqual(times);
  expect(newest.created_at).toBeLessThanOrEqual(newest.started_at);
  expect(newest.started_at).toBeLessThanOrEqual(newest.finished_at);

  const page = await list('?limit=2&offset=1', name);
  expect(page.objects.map(({ id }) => id)).toEqual(all.objects.slice(1, 3).map(({ id }) => id));
  expect(page.meta).toMatchObject({
    next: `${path}?limit=2&offset=3`,
    previous: `${path}?limit=2&offset=0`,
    total_count: 4,
  });
  expect((await stack.http.get(page.meta.next, BEARER)).body.objects).toHaveLength(1);

  expect((await list('?source=open_api', name)).meta.total_count).toBe(3);
  expect((await list('?service_type=batch', name)).meta.total_count).toBe(1);
  expect((await list('?status=waiting', name)).meta.total_count).toBe(0);
  expect((await list(`?created_at__gte=${from}`, name)).meta.total_count).toBe(4);
  expect((await list(`?created_at__lte=${from}`, name)).meta.total_count).toBe(0);
});

test('records of another env are not seen', async () => {
  await stack.http.post(JOB, { data: {} }, { ...BEARER, 'x-hydrogen-env-id': 'prod' });
  const prod = await stack.http.get(JOB, { ...BEARER, 'x-hydrogen-env-id': 'prod' });
  const other = (await list()).objects.map(({ id }) => id);
  expect(prod.body.meta.total_count).toBe(1);
  expect(other).not.toContain(prod.body.objects[0].id);
});

test('an unknown function has no list, and a filter that is none is named', async () => {
  const unknown = await stack.http.get('/oserve/v1.3/cloud-function/missing/job/', BEARER);
  expect([unknown.status, unknown.body.status]).toEqual([404, 'error']);
  for (const query of [
    '?limit=0',
    '?limit=x',
    '?offset=-1',
    '?status=fine',
    '?service_type=x',
    '?created_at__gte=now',
  ]) {
    const refused = await stack.http.get(JOB + query, BEARER);
    expect(refused.status).toBe(400);
    expect(refused.body.error_msg).toContain(query.slice(1).split('=')[0]);
  }
});

test('getAsyncJobResult: pending, then how it went; another env and an unknown id are 404', async () => {
  const ask = (id: string, env = 'default'): ReturnType<typeof stack.http.get> =>
    stack.http.get(`/hserve/v1/bulk-operation/${id}/`, { ...BEARER, 'x-hydrogen-env-id': env });
  const accepted = await stack.http.post(
    '/hserve/v1/cloud-function/job/',
    { function_name: 'hangsToo', sync: false },
    BEARER,
  );
  const id = accepted.body.data.job_id;
  expect((await ask(id)).body).toEqual({ id, status: 'pending' });
  expect((await ask(id, 'prod')).status).toBe(404);
  const ended = await until(
    'it has ended',
    async () => {
      const { body } = await ask(id);
      return body.status === 'success' && body;
    },
    20_000,
  );
  expect(ended).toMatchObject({ id, result: { code: 1, data: null, error: { type: 'TimeoutError' } } });
  expect((await ask('nothing')).body).toEqual({ status: 'error', error_msg: 'No invocation "nothing".' });
}, 40_000);
