/** Whatever goes wrong at a door, and wherever, is said in the words of that door. */
import { createHash, createHmac } from 'node:crypto';
import type { HttpResponse } from '../harness/http';
import type { Stack } from '../harness/stack';
import { APP, KEY, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack({ INVOQ_BODY_LIMIT: '64kb' });
}, 60_000);

const BEARER = { authorization: `Bearer ${KEY}` };
const deep = '['.repeat(100) + ']'.repeat(100);
const big = JSON.stringify({ text: 'x'.repeat(70_000) });

const BROKEN: [string, string, Record<string, string>, { native: number; admin: string; http: string }][] = [
  ['a body that is not JSON', '{"x":', {}, { native: 400, admin: 'INVALID_PARAM', http: 'FUNCTION_PARAM_INVALID' }],
  ['a body too deep', deep, {}, { native: 400, admin: 'INVALID_PARAM', http: 'FUNCTION_PARAM_INVALID' }],
  ['__proto__', '{"__proto__":{"a":1}}', {}, { native: 400, admin: 'INVALID_PARAM', http: 'FUNCTION_PARAM_INVALID' }],
  ['a body too large', big, {}, { native: 413, admin: 'EXCEED_REQUEST_SIZE_LIMIT', http: 'EXCEED_REQUEST_SIZE_LIMIT' }],
  ['another media type', 'x', { 'content-type': 'text/plain' }, { native: 415, admin: 'INVALID_PARAM', http: 'FUNCTION_PARAM_INVALID' }],
]; // prettier-ignore

describe.each(BROKEN)('%s', (_, body, headers, { native, admin, http }) => {
  const post = (path: string): Promise<HttpResponse> => stack.http.post(path, body, { ...BEARER, ...headers });

  test.each(['/admin', '/admin?env=x', '/admin/', '/web'])('%s: HTTP 200 with a code', async (path) => {
    const { status, body: answer } = await post(path);
    expect([status, answer.code]).toEqual([200, admin]);
    expect(Object.keys(answer)).toEqual(['code', 'message', 'requestId']);
  });

  test('/v1/functions/:name: the status with a code', async () => {
    const { status, body: answer } = await post('/v1/functions/add');
    expect([status, answer.code]).toEqual([native, http]);
    expect(Object.keys(answer)).toEqual(['code', 'message', 'requestId']);
  });

  test.each([
    '/hserve/v1/cloud-function/job/',
    '/oserve/v1/cloud-function/job/',
    '/oserve/v1.3/cloud-function/add/job/',
    '/oserve/v1.3/cloud-function/add/debug/',
  ])('%s: the status with error_msg', async (path) => {
    const { status, body: answer } = await post(path);
    expect(status).toBe(native);
    expect(answer).toEqual({ status: 'error', error_msg: expect.any(String) });
  });

  test('the native door answers in its own', async () => {
    const { status, body: answer } = await post('/v1/functions/add/invocations');
    expect([status, answer.code]).toEqual([native, native]);
    expect(answer.error.message).toEqual(expect.any(String));
  });
});

test.each<[string, string, unknown, number, object]>([
  ['GET', '/admin', undefined, 200, { code: 'INVALID_ACTION' }],
  ['POST', '/admin', [1], 200, { code: 'INVALID_PARAM' }],
  ['POST', '/admin', {}, 200, { code: 'INVALID_PARAM', message: expect.stringContaining('action') }],
  ['POST', '/admin', { action: 'database.getDocument' }, 200, { code: 'INVALID_PARAM', message: expect.stringContaining('action') }],
  ['POST', '/admin', { action: 'functions.invokeFunction' }, 200, { code: 'INVALID_PARAM', message: expect.stringContaining('function_name') }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: 5 }, 200, { code: 'INVALID_PARAM' }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: '../x' }, 200, { code: 'INVALID_PARAM' }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: 'add', request_data: '{' }, 200, { code: 'INVALID_PARAM', message: expect.stringContaining('request_data') }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: 'add', request_data: deep }, 200, { code: 'INVALID_PARAM' }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: 'add', envName: '../' }, 200, { code: 'INVALIID_ENV' }],
  ['POST', '/admin', { action: 'functions.invokeFunction', function_name: 'echoes', request_data: '' }, 200, { data: { response_data: '{}' } }],
  ['POST', '/v1/functions/missing', {}, 404, { code: 'FUNCTION_NOT_FOUND' }],
  ['POST', '/v1/functions/throws', {}, 400, { code: 'FUNCTION_INVOCATION_FAILED' }],
  ['GET', '/hserve/v1/nothing/', undefined, 404, { status: 'error' }],
  ['POST', '/oserve/v1.3/cloud-function/add/job/', { sync: 'yes' }, 400, { status: 'error', error_msg: expect.stringContaining('sync') }],
])('%s %s %j', async (method, path, body, status, answer) => {
  const response = await stack.http.request(path, { method, body, headers: BEARER });
  expect(response.status).toBe(status);
  expect(response.body).toMatchObject(answer);
  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
}); // prettier-ignore

describe('TC3 on /admin', () => {
  const BODY = { action: 'functions.invokeFunction', function_name: 'add', request_data: '{"x":1,"y":2}', envName: '' };

  /** As the SDKs sign. */
  function signed(change: {
    secret?: string;
    atMs?: number;
    params?: string[];
    expires?: string;
    sent?: object;
  }): Promise<HttpResponse> {
    const { secret = APP.secret, atMs = Date.now(), sent = BODY } = change;
    const fields = Object.entries(BODY)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .sort();
    const params = change.params ?? fields.map(([name]) => name);
    const seconds = Math.floor(atMs / 1_000);
    const date = new Date(seconds * 1_000).toISOString().slice(0, 10);
    const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
    const { host } = new URL(stack.url);
    const payload = sha(params.map((name) => `&${name}=${fields.find(([field]) => field === name)?.[1]}\r\n`).join(''));
    const canonical = `post\n//${host}/admin\nenv=\ncontent-type:application/json\nhost:${host}\n\ncontent-type;host\n${payload}`;
    const text = `TC3-HMAC-SHA256\n${seconds}\n${date}/tcb/tc3_request\n${sha(canonical)}`;
    const signature = hmac(hmac(hmac(hmac(`TC3${secret}`, date), 'tcb'), 'tc3_request'), text).toString('hex');
    return stack.http.post('/admin?env=', sent, {
      host,
      authorization: `TC3-HMAC-SHA256 Credential=${APP.id}/${date}/tcb/tc3_request, SignedParams=${params.join(';')}, SignedHeaders=content-type;host, Signature=${signature}`,
      'x-timestamp': String(seconds),
      'x-signature-expires': change.expires ?? '600',
    });
  }

  test('as the SDKs sign, it is heard', async () => {
    expect((await signed({})).body).toMatchObject({ data: { response_data: '3' } });
    expect((await signed({ atMs: Date.now() - 290_000 })).body).toMatchObject({ data: { response_data: '3' } });
  });

  test.each<[string, Parameters<typeof signed>[0]]>([
    ['another secret', { secret: 'not the secret of this key' }],
    ['six minutes old', { atMs: Date.now() - 360_000 }],
    ['six minutes ahead', { atMs: Date.now() + 360_000 }],
    ['past its own x-signature-expires', { atMs: Date.now() - 100_000, expires: '60' }],
    ['function_name not signed', { params: ['action', 'request_data'] }],
    ['request_data not signed', { params: ['action', 'function_name'] }],
    ['another function than was signed', { sent: { ...BODY, function_name: 'echoes' } }],
    ['other data than were signed', { sent: { ...BODY, request_data: '{"x":5,"y":5}' } }],
    ['an env that was not signed', { sent: { ...BODY, envName: 'prod' } }],
    ['a twin of a signed field', { sent: { ...BODY, FUNCTION_NAME: 'echoes' } }],
  ])('%s: refused', async (_, change) => {
    expect((await signed(change)).body).toMatchObject({ code: 'SIGN_PARAM_INVALID' });
  });
});
