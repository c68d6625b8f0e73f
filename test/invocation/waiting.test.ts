/** Callers who say how they want to wait: Prefer, onTimeout, Idempotency-Key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS, apis: 2 });
}, 60_000);
afterAll(() => stack.stop());

const call = (name: string, body: object = {}, headers: Record<string, string> = {}, api = 0) =>
  stack.apis[api].http.post(`/v1/functions/${name}/invocations`, body, headers);
const settled = async (id: string) => (await stack.http.get(`/v1/invocations/${id}?wait=15`)).body.data;

describe('Prefer', () => {
  it('respond-async: accepted at once', async () => {
    const { status, headers } = await call('add', { data: { x: 1, y: 2 } }, { prefer: 'respond-async' });
    expect(status).toBe(202);
    expect(headers['preference-applied']).toBe('respond-async');
  });

  it('wait: the result when it is there in time', async () => {
    const { status, headers, body } = await call('add', { data: { x: 1, y: 2 } }, { prefer: 'wait=5' });
    expect(status).toBe(200);
    expect(body.data).toBe(3);
    expect(headers['preference-applied']).toBe('wait=5');
  });

  it('wait: the requestID when it is not, and the run goes on', async () => {
    const { status, headers, body } = await call('waits', { data: { ms: 2_000 } }, { prefer: 'wait=1' });
    expect(status).toBe(202);
    expect(headers.location).toBe(`/v1/invocations/${body.requestID}`);
    expect(await settled(body.requestID)).toMatchObject({ status: 'succeeded', result: { data: 2_000 } });
  });

  it('wait: says how long you listen, and timeoutMs how long the run may last', async () => {
    const { status, headers, body } = await call(
      'waits',
      { data: { ms: 8_000 }, timeoutMs: 700 },
      { prefer: 'wait=15' },
    );
    expect(status).toBe(200);
    expect(headers['preference-applied']).toBe('wait=15');
    expect(body).toMatchObject({ code: 2, error: { type: 'FUNCTION_TIMEOUT', limitMs: 700 } });
  });

  it('wait: the limit of the run holds when you listen no longer', async () => {
    const { status, body } = await call('waits', { data: { ms: 20_000 }, timeoutMs: 2_000 }, { prefer: 'wait=1' });
    expect(status).toBe(202);
    const { status: end, result } = await settled(body.requestID);
    expect([end, result.error.limitMs]).toEqual(['timedOut', 2_000]);
  });

  it('wait: the run may be given more than a sync call has', async () => {
    const { status, body } = await call('waits', { data: { ms: 10 }, timeoutMs: 60_000 }, { prefer: 'wait=10' });
    expect([status, body.data]).toEqual([200, 10]);
  });

  it('wait: a limit beyond that of the function is refused by its name', async () => {
    const { status, body } = await call('add', { timeoutMs: 300_001 }, { prefer: 'wait=1' });
    expect(status).toBe(400);
    expect(body.error.fields).toEqual([{ field: 'timeoutMs', rule: expect.stringContaining('300000') }]);
  });

  it('wait: under one Idempotency-Key another limit is another request', async () => {
    const ask = (timeoutMs?: number) =>
      call('add', { data: { x: 1, y: 2 }, timeoutMs }, { prefer: 'wait=5', 'idempotency-key': 'limits' });
    const first = await ask(1_000);
    expect((await ask(1_000)).text).toBe(first.text);
    expect((await ask(2_000)).status).toBe(422);
    expect((await ask()).status).toBe(422);
  });
});

describe('onTimeout: detach', () => {
  it('lets the run go on under the async limit, with the same requestID', async () => {
    const began = performance.now();
    const { status, body } = await call('waits', { data: { ms: 6_000 }, timeoutMs: 500, onTimeout: 'detach' });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(status).toBe(202);
    expect(await settled(body.requestID)).toMatchObject({ status: 'succeeded', attempt: 1, result: { data: 6_000 } });
  });

  it('answers like a sync call when there is time', async () => {
    const { status, body } = await call('throws', { onTimeout: 'detach' });
    expect(status).toBe(200);
    expect(body.code).toBe(1);
  });
});

describe('Idempotency-Key', () => {
  it('makes one run of many racers on two APIs', async () => {
    const file = join(scratchDir('starts'), 'starts');
    writeFileSync(file, '');
    const racers = Array.from({ length: 100 }, (_, i) =>
      call('counts', { data: { file } }, { 'idempotency-key': 'k-1' }, i % 2),
    );
    const answers = await Promise.all(racers);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(`${answers[0].body.requestID}\n`);
  });

  it('answers the same later', async () => {
    const first = await call('add', { data: { x: 1, y: 2 } }, { 'idempotency-key': 'k-2' });
    const second = await call('add', { data: { x: 1, y: 2 } }, { 'idempotency-key': 'k-2' }, 1);
    expect(second.text).toBe(first.text);
    const [a, b] = await Promise.all(
      [0, 1].map((api) => call('add', { sync: false }, { 'idempotency-key': 'k-3' }, api)),
    );
    expect(b.body.requestID).toBe(a.body.requestID);
    expect([a.status, b.status]).toEqual([202, 202]);
    // The second may find that it runs, or has ended.
    for (const { body } of [a, b]) expect(['queued', 'running', 'succeeded']).toContain(body.data.status);
  });

  it.each([
    ['data', 'add', { data: { x: 2, y: 2 } }],
    ['function', 'echo', { data: { x: 1, y: 2 } }],
    ['mode', 'add', { data: { x: 1, y: 2 }, sync: false }],
  ])('refuses the same key with another %s', async (what, name, body) => {
    const key = { 'idempotency-key': `k-4-${what}` };
    const first = await call('add', { data: { x: 1, y: 2 } }, key);
    const { status, body: answer } = await call(name, body, key);
    expect(status).toBe(422);
    expect(answer).toMatchObject({
      code: 422,
      error: { type: 'IDEMPOTENCY_KEY_REUSED' },
      requestID: first.body.requestID,
    });
  });

  it('waits along with the first', async () => {
    const key = { 'idempotency-key': 'k-5' };
    const [a, b] = await Promise.all([0, 1].map((api) => call('waits', { data: { ms: 700 } }, key, api)));
    expect(a.body).toMatchObject({ code: 0, data: 700 });
    expect(b.text).toBe(a.text);
  });
});

it('frees its waiters when callers hang up, and the runs end', async () => {
  const gone = new AbortController();
  const calls = Array.from({ length: 50 }, () =>
    stack.http
      .request('/v1/functions/waits/invocations', {
        method: 'POST',
        body: { data: { ms: 1_500 } },
        signal: gone.signal,
      })
      .catch((error: Error) => error.name),
  );
  const waiters = async () => Number(/^invoq_waiters\{.*\} (\d+)$/m.exec((await stack.http.get('/metrics')).text)?.[1]);
  await until('all wait', async () => (await waiters()) === 50, 5_000);
  gone.abort();
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['AbortError']));
  await until('none waits', async () => (await waiters()) === 0, 5_000);
});
