/** Results that are too large for their records: whole wherever they are asked for, or an address on request. */
import { recordFields } from '@invoq/store/record/packed-record';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

const KB = 1_024;
/** Above what a record holds. */
const LARGE = 300 * KB;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

const call = (bytes: number, more: object = {}, headers: Record<string, string> = {}) =>
  stack.http.post('/v1/functions/large/invocations', { data: { letter: 'é', bytes }, ...more }, headers);
const result = (id: string, headers: Record<string, string> = {}) =>
  stack.http.get(`/v1/invocations/${id}/result?wait=10`, headers);
const recorded = async (id: string) =>
  (await recordFields(stack.redis.client(), `{invoq:0}:inv:${id}`, ['envelope']))[0];

it('comes whole to a sync caller, byte for byte as it is read later', async () => {
  const sync = await call(LARGE);
  expect(sync.status).toBe(200);
  expect(sync.body).toEqual({ code: 0, data: 'é'.repeat(LARGE - 2), error: {}, requestID: expect.any(String) });
  const again = await result(sync.body.requestID);
  expect(again.text).toBe(sync.text);
  expect(again.status).toBe(200);
  expect(again.headers['preference-applied']).toBeUndefined();
});

it('leaves a reference in the record, and nothing of itself in Redis', async () => {
  const { requestID } = (await call(LARGE)).body;
  expect(await recorded(requestID)).toMatch(/^blob [0-9a-z]+-[\w-]{22} \d+$/);
});

it('stays in the record when it is small', async () => {
  const { requestID } = (await call(100 * KB)).body;
  expect(await recorded(requestID)).toMatch(/^\{"code":0,/);
});

it('comes whole to those who submitted, with the invocation and alone', async () => {
  const { requestID } = (await call(LARGE, { sync: false })).body;
  const alone = await result(requestID);
  expect(alone.body.data).toHaveLength(LARGE - 2);
  const { body } = await stack.http.get(`/v1/invocations/${requestID}`);
  expect(body.data).toMatchObject({ status: 'succeeded', result: { code: 0, error: {} } });
  expect(body.data.result.data).toBe(alone.body.data);
  expect(body.data.result.requestID).toBeUndefined();
});

it('comes whole through the other doors', async () => {
  const data = { letter: 'é', bytes: LARGE };
  const job = { function_name: 'large', data, sync: true };
  expect((await stack.http.post('/hserve/v1/cloud-function/job/', job)).body.data).toHaveLength(LARGE - 2);
  expect((await stack.http.post('/v1/functions/large', data)).body).toHaveLength(LARGE - 2);
  const admin = { action: 'functions.invokeFunction', function_name: 'large', request_data: JSON.stringify(data) };
  const { response_data: text } = (await stack.http.post('/admin', admin)).body.data;
  expect(JSON.parse(text)).toHaveLength(LARGE - 2);
});

it('comes whole to who repeats the call with its Idempotency-Key', async () => {
  const first = await call(LARGE, {}, { 'idempotency-key': 'large-once' });
  const second = await call(LARGE, {}, { 'idempotency-key': 'large-once' });
  expect(second.text).toBe(first.text);
});

it('is an address for those who prefer one, from which the data can be downloaded without a key', async () => {
  const prefer = { prefer: 'result=url' };
  const sync = await call(LARGE, {}, prefer);
  const { requestID } = sync.body;
  for (const answer of [sync, await result(requestID, prefer)]) {
    expect(answer.headers['preference-applied']).toBe('result=url');
    expect(answer.body).toEqual({
      code: 0,
      data: { url: expect.any(String), bytes: 2 * (LARGE - 2) + 2, expiresAt: expect.any(String) },
      error: {},
      requestID,
    });
    const download = await fetch(answer.body.data.url);
    expect(download.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await download.json()).toBe('é'.repeat(LARGE - 2));
  }
  const invocation = await stack.http.get(`/v1/invocations/${requestID}`, prefer);
  expect(invocation.headers['preference-applied']).toBe('result=url');
  expect(invocation.body.data.result.data.url).toContain('/v1/blobs/');
});

it('prefers nothing to a small result', async () => {
  const answer = await call(10, {}, { prefer: 'result=url' });
  expect(answer.body.data).toHaveLength(8);
  expect(answer.headers['preference-applied']).toBeUndefined();
});

it('has an end: beyond the limit it is a BAD_RESULT', async () => {
  const { body } = await call(17 * KB * KB);
  expect(body).toMatchObject({ code: 5, error: { type: 'BAD_RESULT' } });
});

it('is refused and never cut when it is no longer where it was kept', async () => {
  const { requestID } = (await call(LARGE)).body;
  const shelves = join(stack.data, 'blobs');
  for (const shelf of readdirSync(shelves).filter((name) => !name.startsWith('.'))) {
    rmSync(join(shelves, shelf), { recursive: true });
  }
  const answer = await result(requestID);
  expect(answer.status).toBe(500);
  expect(answer.body).toMatchObject({ data: null, error: { type: 'INTERNAL', started: true }, requestID });
});
