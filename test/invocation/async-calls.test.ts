/** An async call: accepted at once, readable by its requestID from then on, to its end. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

const call = (name: string, body: object = {}, headers: Record<string, string> = {}) =>
  stack.http.post(`/v1/functions/${name}/invocations`, body, headers);
const read = (id: string, query = '') => stack.http.get(`/v1/invocations/${id}${query}`);

it.each([false, true])('takes a null for a field that is not there (sync: %s)', async (sync) => {
  const nulls = { timeoutMs: null, onTimeout: null, priority: null, delayMs: null, runAt: null, retry: null };
  const { status, body } = await call('add', { data: { x: 1, y: 2 }, sync, ...nulls });
  expect(status).toBe(sync ? 200 : 202);
  const record = (await read(body.requestID, '?wait=10')).body.data;
  expect(record).toMatchObject({ status: 'succeeded', result: { data: 3 } });
});

it('is accepted with a requestID, where to look, and when', async () => {
  const { status, headers, body } = await call('add', { data: { x: 1, y: 2 }, sync: false });
  expect(status).toBe(202);
  expect(body).toEqual({ code: 0, data: { status: 'queued' }, error: {}, requestID: expect.any(String) });
  expect(headers.location).toBe(`/v1/invocations/${body.requestID}`);
  expect(headers['retry-after']).toBe('1');
  const invocation = (await read(body.requestID, '?wait=10')).body;
  expect(invocation).toMatchObject({
    code: 0,
    requestID: body.requestID,
    data: {
      requestID: body.requestID,
      function: 'add',
      env: 'default',
      mode: 'async',
      status: 'succeeded',
      attempt: 1,
    },
  });
  expect(invocation.data.result).toEqual({ code: 0, data: 3, error: {} });
  const { queuedAt, startedAt, finishedAt, queueMs, runMs } = invocation.data;
  expect(Date.parse(startedAt) - Date.parse(queuedAt)).toBe(queueMs);
  expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBe(runMs);
});

it('is readable from the moment of acceptance', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => call('waits', { data: { ms: 50 }, sync: false })));
  const reads = await Promise.all(ids.map(({ body }) => read(body.requestID)));
  expect(reads.map(({ status }) => status)).toEqual(ids.map(() => 200));
});

it('shows each status on its way', async () => {
  const { requestID } = (await call('waits', { data: { ms: 800 }, sync: false })).body;
  const status = async () => (await read(requestID)).body.data.status;
  await until('it runs', async () => (await status()) === 'running', 5_000);
  const pending = await stack.http.get(`/v1/invocations/${requestID}/result`);
  expect(pending.status).toBe(202);
  expect(pending.body).toMatchObject({ code: 0, data: { status: 'running' } });
  await until('it ends', async () => (await status()) === 'succeeded', 5_000);
});

it('gives the very bytes that a sync call gets', async () => {
  const sync = await call('throws');
  const again = await stack.http.get(`/v1/invocations/${sync.body.requestID}/result`);
  expect(again.text).toBe(sync.text);
  expect(again.status).toBe(sync.status);
  expect(again.headers['x-function-error']).toBe('FUNCTION_ERROR');
});

it('waits for the end on request, and not for longer', async () => {
  const { requestID } = (await call('waits', { data: { ms: 4_000 }, sync: false })).body;
  const began = performance.now();
  expect((await read(requestID, '?wait=1')).body.data.status).toMatch(/queued|running/);
  expect(performance.now() - began).toBeGreaterThanOrEqual(950);
  expect((await read(requestID, '?wait=20')).body.data.status).toBe('succeeded');
  expect(performance.now() - began).toBeLessThan(8_000);
});

it.each([
  ['throws', 'failed', 1],
  ['exits', 'crashed', 3],
  ['grows', 'crashed', 4],
  ['impatient', 'timedOut', 2],
])('%s ends %s', async (name, status, code) => {
  const { requestID } = (await call(name, { data: { ms: 5_000 }, sync: false })).body;
  const { data } = (await read(requestID, '?wait=15')).body;
  expect(data).toMatchObject({ status, attempt: 1, result: { code } });
});

it('runs for as long as its async limit, beyond the sync one', async () => {
  const { requestID } = (await call('waits', { data: { ms: 5_600 }, sync: false })).body;
  expect((await read(requestID, '?wait=15')).body.data).toMatchObject({ status: 'succeeded', result: { data: 5_600 } });
});

it('shows how far it is', async () => {
  const { requestID } = (await call('progresses', { data: { ms: 1_000 }, sync: false })).body;
  await until('progress is shown', async () => (await read(requestID)).body.data.progress === 0.5, 5_000);
  expect((await read(requestID, '?wait=10')).body.data).toMatchObject({ progress: { rows: 10 }, status: 'succeeded' });
});

it('keeps what was printed, as ndjson', async () => {
  const { requestID } = (await call('logs')).body;
  const { status, headers, text } = await stack.http.get(`/v1/invocations/${requestID}/logs`);
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('application/x-ndjson');
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ attempt: 1, stream: 'stdout', text: 'out', level: 'info' }),
      expect.objectContaining({ stream: 'stderr', text: 'err', level: 'error' }),
      expect.objectContaining({ stream: 'stdout', text: 'raw' }),
    ]),
  );
});

it('keeps the output of a flood cut, with a mark', async () => {
  const { requestID, data } = (await call('floods')).body;
  expect(data).toBe('done');
  const { text } = await stack.http.get(`/v1/invocations/${requestID}/logs`);
  expect(text.length).toBeGreaterThan(100_000);
  expect(text.length).toBeLessThan(1_000_000);
  expect(text.slice(-300)).toContain('cut');
});

it.each([['/v1/invocations/2f259605-b188-46da-beda-9313efb00e2f'], ['/v1/invocations/nonsense']])(
  'answers 404 for an unknown id: %s',
  async (path) => {
    for (const tail of ['', '/result', '/logs', '?wait=1']) {
      const { status, body } = await stack.http.get(path + tail);
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 404, data: null, error: { type: 'INVOCATION_NOT_FOUND', retryable: false } });
    }
  },
);
