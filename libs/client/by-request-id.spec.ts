/** What the client asks of a call that it knows by its requestID. */
import { clientOf, fault } from './fixtures/asking';
import { accepted, ID, refused, SmallAPI, succeeded } from './fixtures/small-api';

let api: SmallAPI;
beforeAll(async () => (api = await new SmallAPI().open()));
afterAll(() => api.close());

const client = (more?: object) => clientOf(api, more);

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
