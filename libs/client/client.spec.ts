/** What the client sends, and what it makes of every answer: against a real server that says what it is told to. */
import { createClient } from './client';
import type { InvoqError } from './errors';
import { FunctionError } from './errors';
import { accepted, ID, refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more: object = {}) =>
  createClient({ url: api.url, retry: { attempts: 3, minDelayMs: 1, maxDelayMs: 1_500 }, ...more });
const fault = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it resolved')),
    (error: InvoqError) => error,
  );

describe('a request', () => {
  it('says who calls, in which env, and under which key it runs once', async () => {
    api.tell(succeeded(3));
    const callback = { url: 'https://receiver.example/', events: ['failed' as const] };
    const caller = client({ key: 'id.secret', env: 'env-a', url: `${api.url}/base/` });
    expect(await caller.invoke('add', { x: 1 }, { timeoutMs: 500, priority: 7, callback })).toBe(3);
    const [{ method, path, headers, text }] = api.asked;
    expect([method, path]).toEqual(['POST', '/base/v1/functions/add/invocations']);
    expect(headers).toMatchObject({
      authorization: 'Bearer id.secret',
      'x-invoq-env': 'env-a',
      'content-type': 'application/json',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(text)).toEqual({ data: { x: 1 }, sync: true, timeoutMs: 500, priority: 7, callback });
  });

  it('says no more than it has to', async () => {
    api.tell(accepted());
    await client({ retry: false }).submit('odd name/../x', undefined, { env: 'env-b' });
    const [{ path, headers, text }] = api.asked;
    expect(path).toBe('/v1/functions/odd%20name%2F..%2Fx/invocations');
    expect(headers['idempotency-key']).toBeUndefined();
    expect(headers.authorization).toBeUndefined();
    expect(headers['x-invoq-env']).toBe('env-b');
    expect(JSON.parse(text)).toEqual({ sync: false });
  });

  it('wants the URL of an API', () => {
    expect(() => createClient({ url: 'localhost:3000' })).toThrow(TypeError);
    expect(() => createClient({} as { url: string })).toThrow(TypeError);
  });
});

describe('an answer', () => {
  it.each([
    [1, 'FUNCTION_ERROR', { name: 'RangeError', stack: 'there' }, { errorName: 'RangeError', functionStack: 'there' }],
    [3, 'FUNCTION_CRASHED', { exitCode: 7, signal: 'SIGSEGV' }, { exitCode: 7, signal: 'SIGSEGV' }],
    [5, 'BAD_RESULT', {}, {}],
  ])('with code %i is a FunctionError', async (code, type, told, seen) => {
    api.tell({ body: { code, data: null, error: { type, message: 'm', ...told }, requestID: ID } });
    const error = await fault(client().invoke('add'));
    expect(error).toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({
      name: 'FunctionError',
      code,
      type,
      message: 'm',
      requestID: ID,
      started: true,
      ...seen,
    });
    expect(api.asked).toHaveLength(1);
  });

  it('that refuses is an InvoqError with all it says', async () => {
    const fields = [{ field: 'name', rule: 'must be' }];
    api.tell(refused('RATE_LIMITED', 429, { retryable: true, fields }, { 'retry-after': '60' }));
    const error = await fault(client().invoke('add'));
    expect(error).not.toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({
      code: 429,
      status: 429,
      type: 'RATE_LIMITED',
      retryAfterMs: 60_000,
      fields,
      started: false,
    });
    expect(api.asked).toHaveLength(1);
  });

  it.each([
    ['<html>Bad gateway</html>', 502, true],
    ['<html>Not here</html>', 404, false],
    ['{"hello":"world"}', 200, false],
    ['', 200, false],
  ])('%j is not of an Invoq', async (body, status, retryable) => {
    api.tell({ status, body });
    const error = await fault(client({ retry: false }).invoke('add'));
    expect(error).toMatchObject({ type: 'BAD_ANSWER', code: -1, status, retryable, started: 'unknown' });
  });
});

describe('sending again', () => {
  it('keeps the key, until it is answered', async () => {
    api.tell('breaks', refused('STORE_UNAVAILABLE', 503, { retryable: true, started: 'unknown' }), succeeded(3));
    expect(await client().invoke('add')).toBe(3);
    const keys = api.header('idempotency-key');
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('takes another key for what expired unrun', async () => {
    api.tell(refused('EXPIRED', 504, { retryable: true }), succeeded(3));
    expect(await client().invoke('add')).toBe(3);
    expect(new Set(api.header('idempotency-key')).size).toBe(2);
  });

  it('does not run again what has run, nor what may have without a key', async () => {
    api.tell(refused('WORKER_LOST', 502, { retryable: true, started: true }));
    expect(await fault(client().invoke('add'))).toMatchObject({ type: 'WORKER_LOST' });
    expect(api.asked).toHaveLength(1);
    api.tell('breaks');
    expect(await fault(client().invoke('add', {}, { retry: false }))).toMatchObject({ type: 'CONNECTION_FAILED' });
    expect(api.asked).toHaveLength(1);
  });

  it('waits as long as it is asked to', async () => {
    api.tell(refused('OVERLOADED', 503, { retryable: true }, { 'retry-after': '1' }), succeeded(3));
    const began = performance.now();
    await client().invoke('add');
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  });

  it('ends, with the last that it heard', async () => {
    api.tell('breaks', 'breaks', refused('QUEUE_FULL', 429, { retryable: true }));
    expect(await fault(client().submit('add'))).toMatchObject({ type: 'QUEUE_FULL' });
    expect(api.asked).toHaveLength(3);
  });

  it('stops when it is told to, between two tries too', async () => {
    api.tell(refused('OVERLOADED', 503, { retryable: true }, { 'retry-after': '1' }));
    const stop = new AbortController();
    const failing = fault(client().invoke('add', {}, { signal: stop.signal }));
    while (api.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    setTimeout(() => stop.abort(), 50);
    expect((await failing).name).toBe('AbortError');
    expect(api.asked).toHaveLength(1);
  });
});

describe('every wait has an end', () => {
  it('of an answer that does not come', async () => {
    api.tell('hangs');
    const began = performance.now();
    const error = await fault(client({ requestTimeoutMs: 200, retry: false }).invoke('add'));
    expect(error).toMatchObject({ type: 'NO_ANSWER', retryable: true, started: 'unknown' });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('of a caller who has given up before', async () => {
    api.tell(succeeded(3));
    const error = await fault(client().invoke('add', {}, { signal: AbortSignal.abort(new Error('no more')) }));
    expect(error.message).toBe('no more');
    expect(api.asked).toHaveLength(0);
  });
});

describe('a result', () => {
  it('is asked for until it is there', async () => {
    api.tell(accepted('running'), 'breaks', accepted('running'), succeeded('done'));
    expect(await client().result(ID)).toBe('done');
    expect(new Set(api.asked.map(({ path }) => path))).toEqual(new Set([`/v1/invocations/${ID}/result?wait=20`]));
  });

  it('is asked for once, or for as long as wanted', async () => {
    api.tell(accepted('running'));
    expect(await fault(client().result(ID, { wait: 0 }))).toMatchObject({ type: 'STILL_PENDING', requestID: ID });
    expect(api.asked.map(({ path }) => path)).toEqual([`/v1/invocations/${ID}/result?wait=0`]);
    const began = performance.now();
    expect(await fault(client().result(ID, { wait: 1_100 }))).toMatchObject({ type: 'STILL_PENDING' });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('is what it ended with, which is not asked for again', async () => {
    api.tell(refused('EXPIRED', 504, { retryable: true }));
    expect(await fault(client().result(ID))).toMatchObject({ type: 'EXPIRED' });
    expect(api.asked).toHaveLength(1);
  });

  it('is an address, when it is large and one is preferred', async () => {
    const link = { url: 'http://there', bytes: 300_000, expiresAt: '2026-01-01T00:00:00.000Z' };
    api.tell(succeeded(link, { headers: { 'preference-applied': 'result=url' } }));
    expect(await client().resultLink(ID)).toEqual(link);
    expect(api.header('prefer')).toEqual(['result=url']);
    api.tell(succeeded(3));
    expect(await client().resultLink(ID)).toBeUndefined();
  });
});

describe('by requestID', () => {
  it('reads log lines', async () => {
    api.tell({ headers: { 'content-type': 'application/x-ndjson' }, body: '{"text":"a"}\n{"text":"b"}\n' });
    expect((await client().logs(ID)).map(({ text }) => text)).toEqual(['a', 'b']);
    api.tell({ body: '' });
    expect(await client().logs(ID)).toEqual([]);
  });

  it('what became of a callback, and sends it again, however often that has to be asked', async () => {
    const deliveries = { callback: { url: 'https://receiver.example/', events: ['failed'] }, deliveries: [] };
    api.tell(refused('STORE_UNAVAILABLE', 503, { retryable: true }), succeeded(deliveries));
    expect(await client().deliveries(ID)).toEqual(deliveries);
    api.tell(refused('STORE_UNAVAILABLE', 503, { retryable: true }), { ...succeeded(deliveries), status: 202 });
    expect(await client().resend(ID)).toEqual(deliveries);
    const path = `/v1/invocations/${ID}/deliveries/resend`;
    expect(api.asked).toMatchObject([
      { method: 'POST', path },
      { method: 'POST', path },
    ]);
  });

  it('says clearly that an API is too old to cancel', async () => {
    api.tell(refused('ROUTE_NOT_FOUND', 404));
    const error = await fault(client().cancel(ID));
    expect(error).toMatchObject({ name: 'InvoqError', type: 'ROUTE_NOT_FOUND', code: 404 });
    expect(error.message).toContain('cannot cancel');
    expect(api.asked).toMatchObject([{ method: 'POST', path: `/v1/invocations/${ID}/cancel` }]);
    api.tell(succeeded({ status: 'cancelled' }));
    expect(await client().cancel(ID)).toBe('cancelled');
  });

  it('a submission asks in its own env', async () => {
    api.tell(accepted());
    const job = await client({ env: 'env-a' }).submit('add', {}, { env: 'env-b' });
    api.tell(succeeded({ status: 'succeeded' }));
    expect(await job.get()).toEqual({ status: 'succeeded' });
    expect(api.header('x-invoq-env')).toEqual(['env-b']);
  });
});

describe('many calls at once', () => {
  const taken = (id: string) => ({ code: 0, data: { status: 'queued' }, error: {}, requestID: id });
  const full = {
    code: 429,
    data: null,
    error: { type: 'QUEUE_FULL', message: 'full', retryable: true, started: false },
  };
  const wrong = { code: 400, data: null, error: { type: 'INVALID_REQUEST', message: 'no', retryable: false } };
  const told = (...items: object[]) => succeeded({ items: items.map((item) => ({ requestID: ID, ...item })) });
  const sent = () => api.asked.map(({ text }) => (JSON.parse(text) as { items: Record<string, unknown>[] }).items);

  it('go in one request, each under a key of its own', async () => {
    api.tell(told(taken('a'), taken('b')));
    const [a, b] = await client().submitAll('add', [{ x: 1 }, undefined], { timeoutMs: 9 });
    expect([a, b]).toMatchObject([{ requestID: 'a', status: 'queued' }, { requestID: 'b' }]);
    expect(api.asked.map(({ path }) => path)).toEqual(['/v1/functions/add/invocations/batch']);
    const key = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    expect(sent()).toEqual([
      [
        { data: { x: 1 }, timeoutMs: 9, idempotencyKey: key },
        { timeoutMs: 9, idempotencyKey: key },
      ],
    ]);
  });

  it('what is refused for a while is sent again, under the same key; what breaks a rule is not', async () => {
    api.tell(told(full, taken('b'), wrong), told(taken('a')));
    const [a, b, c] = await client().submitAll('add', [1, 2, 3]);
    expect([a, b]).toMatchObject([{ requestID: 'a' }, { requestID: 'b' }]);
    expect(c).toMatchObject({ type: 'INVALID_REQUEST', code: 400, status: 400 });
    const [first, again] = sent();
    expect(again).toEqual([first[0]]);
  });

  it('are divided among requests when they are too many, and all fail with what fails them all', async () => {
    api.tell(refused('FUNCTION_NOT_FOUND', 404));
    const many = await client().submitAll('add', new Array(1_001).fill(0));
    expect(sent().map((items) => items.length)).toEqual([1_000, 1]);
    expect(many).toHaveLength(1_001);
    expect(many[1_000]).toMatchObject({ type: 'FUNCTION_NOT_FOUND' });
    api.tell(told(taken('a')));
    await client({ retry: false }).submitAll('add', ['x'.repeat(200_000), 'y'.repeat(200_000)]);
    expect(sent().map((items) => Object.keys(items[0]))).toEqual([['data'], ['data']]);
  });
});

describe('dead letters', () => {
  it('are asked for by function, and none is sent for twice', async () => {
    const page = { letters: [], total: 0, cursor: null };
    api.tell(succeeded(page), succeeded({ replays: [], left: 0 }), succeeded({ purged: 2 }));
    const letters = client().deadLetters('add');
    expect(await letters.list({ limit: 5, cursor: 'c' })).toEqual(page);
    expect(await letters.replay([ID])).toEqual({ replays: [], left: 0 });
    expect(await letters.purge([ID])).toBe(2);
    expect(api.asked.map(({ method, path, text }) => [method, path, text])).toEqual([
      ['GET', '/v1/functions/add/dead-letters?limit=5&cursor=c', ''],
      ['POST', '/v1/functions/add/dead-letters/replay', JSON.stringify({ requestIDs: [ID] })],
      ['DELETE', `/v1/functions/add/dead-letters?requestID=${ID}`, ''],
    ]);
  });
});

describe('schedules', () => {
  it('are put, paused, told of and deleted', async () => {
    const schedule = { id: 'a', function: 'add', cron: '* * * * *' };
    api.tell(succeeded(schedule), succeeded(schedule), succeeded({ runs: ['x'] }), succeeded({ deleted: true }));
    const { schedules } = client();
    expect(await schedules.put('a', { function: 'add', cron: '* * * * *' })).toEqual(schedule);
    expect(await schedules.pause('a')).toEqual(schedule);
    expect(await schedules.next('a', 1)).toEqual(['x']);
    await schedules.delete('a');
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/schedules/a',
      'POST /v1/schedules/a/pause',
      'GET /v1/schedules/a/next?count=1',
      'DELETE /v1/schedules/a',
    ]);
  });
});

describe('following', () => {
  const event = (id: string, name: string, data: unknown) =>
    `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const stream = (...texts: string[]) => ({ headers: { 'content-type': 'text/event-stream' }, body: texts.join('') });
  const line = { attempt: 1, time: 't', level: 'info', stream: 'stdout', text: 'é' };
  const heard = async (options = {}) => {
    const events = [];
    for await (const one of client().follow(ID, options)) events.push(one);
    return events;
  };

  it('comes back behind what it has heard, until the end', async () => {
    const end = { code: 0, data: 3, error: {}, requestID: ID };
    api.tell(
      stream(
        'retry: 1000\n\n',
        event('1.0.0', 'status', { status: 'queued', attempt: 0, at: 'now' }),
        ': still there\n\n',
      ),
      'breaks',
      refused('STORE_UNAVAILABLE', 503, { retryable: true }),
      stream(event('1.1.0', 'progress', 0.5), event('1.1.9', 'log', line), event('2.1.9.end', 'end', end)),
    );
    expect(await heard()).toEqual([
      { id: '1.0.0', kind: 'status', status: 'queued', attempt: 0, at: 'now' },
      { id: '1.1.0', kind: 'progress', progress: 0.5 },
      { id: '1.1.9', kind: 'log', line },
      { id: '2.1.9.end', kind: 'end', envelope: end },
    ]);
    expect(api.header('last-event-id')).toEqual([undefined, '1.0.0', '1.0.0', '1.0.0']);
    expect(api.asked[0].path).toBe(`/v1/invocations/${ID}/events`);
  });

  it('hears nothing more of what it has heard the end of', async () => {
    api.tell({ status: 204 });
    expect(await heard({ after: '2.1.9.end' })).toEqual([]);
    expect(api.header('last-event-id')).toEqual(['2.1.9.end']);
  });

  it('rejects with what it is refused for, and with the reason of its signal', async () => {
    api.tell(refused('INVOCATION_NOT_FOUND', 404));
    expect(await fault(heard())).toMatchObject({ type: 'INVOCATION_NOT_FOUND', status: 404 });
    api.tell('hangs');
    expect(await fault(heard({ signal: AbortSignal.timeout(50) }))).toMatchObject({ name: 'TimeoutError' });
  });
});
