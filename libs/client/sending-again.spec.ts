/** What the client sends again, under which key, and that it comes to an end. */
import { clientOf, fault } from './fixtures/asking';
import { refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

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

  it('keeps a key of the caller for what expired unrun', async () => {
    api.tell(refused('EXPIRED', 504, { retryable: true }), succeeded(3));
    expect(await client().invoke('add', {}, { idempotencyKey: 'mine' })).toBe(3);
    expect(api.header('idempotency-key')).toEqual(['mine', 'mine']);
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
