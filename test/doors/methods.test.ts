/** An address that exists refuses a method that it does not take, in the words of its door, and says which it takes. */
import type { Stack } from '../harness/stack';
import { KEY, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack();
}, 60_000);

const BEARER = { authorization: `Bearer ${KEY}` };
const ask = (method: string, path: string, headers = BEARER) => stack.http.request(path, { method, headers });
const ID = '2f259605-b188-46da-beda-9313efb00e2f';

test.each([
  ['GET', '/v1/functions/add/invocations', 'POST'],
  ['PUT', '/v1/functions/add/invocations', 'POST'],
  ['DELETE', '/v1/functions/add/invocations/', 'POST'],
  ['PATCH', '/v1/functions/add/invocations?x=1', 'POST'],
  ['PUT', '/v1/functions', 'GET, HEAD'],
  ['GET', '/v1/functions/add', 'DELETE, POST'],
  ['POST', `/v1/invocations/${ID}`, 'GET, HEAD'],
  ['GET', `/v1/invocations/${ID}/cancel`, 'POST'],
  ['PATCH', '/v1/schedules/nightly', 'DELETE, GET, HEAD, PUT'],
  ['GET', '/v1/blobs', 'POST'],
  ['PUT', '/v1/blobs/abc', 'GET, HEAD'],
  ['POST', '/livez', 'GET, HEAD'],
])('%s %s: 405, and Allow: %3$s', async (method, path, allow) => {
  const { status, headers, body } = await ask(method, path);
  expect([status, headers.allow]).toEqual([405, allow]);
  expect(body).toMatchObject({
    code: 405,
    data: null,
    error: { type: 'METHOD_NOT_ALLOWED', retryable: false, started: false },
    requestID: headers['x-request-id'],
  });
  for (const name of allow.split(', ')) expect(body.error.message).toContain(name);
});

test('nobody needs a key to hear it', async () => {
  expect((await stack.http.request('/v1/functions', { method: 'PUT' })).status).toBe(405);
});

test('CloudBase hears a code with HTTP 200', async () => {
  const { status, headers, body } = await ask('PUT', '/admin');
  expect([status, headers.allow]).toEqual([200, 'POST']);
  expect(body).toMatchObject({ code: 'INVALID_ACTION', message: expect.stringContaining('POST') });
});

test('MinApp hears its error_msg', async () => {
  const { status, headers, body } = await ask('PUT', '/oserve/v1.3/cloud-function/add/job/');
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  expect(body).toEqual({ status: 'error', error_msg: expect.stringContaining('GET, HEAD, POST') });
});

test.each([
  ['PUT', '/v1/nothing'],
  ['PATCH', '/v1/functions/add/nothing'],
  ['DELETE', '/'],
])('%s %s: there is nothing, 404', async (method, path) => {
  const { status, headers, body } = await ask(method, path);
  expect([status, body.error.type]).toEqual([404, 'ROUTE_NOT_FOUND']);
  expect(headers).not.toHaveProperty('allow');
});

test('the connection serves on, and a body that came along runs nothing', async () => {
  const { body } = await stack.http.request('/v1/functions/add/invocations', {
    method: 'PUT',
    headers: BEARER,
    body: { data: { x: 1, y: 2 } },
  });
  expect(body.error).toMatchObject({ type: 'METHOD_NOT_ALLOWED', started: false });
  expect((await stack.http.get('/v1/invocations', BEARER)).body.data.invocations).toEqual([]);
});

test('metrics that are switched off are at no address', async () => {
  const { http } = await stack.addApi({ INVOQ_METRICS: 'off' });
  for (const method of ['GET', 'POST']) expect((await http.request('/metrics', { method })).status).toBe(404);
}, 40_000);
