/** CloudBase's two wires, both translations of each. */
import { failureJson, successJson } from '@invoq/contract/envelope';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import type { DoorRequest } from '../../http/wire';
import type { AdminDto } from './admin.dto';
import { CloudbaseDoor } from './cloudbase.door';
import { CloudbaseHttpDoor } from './cloudbase-http.door';

const admin = new CloudbaseDoor();
const http = new CloudbaseHttpDoor();
const ID = '11111111-1111-4111-8111-111111111111';

function request<Body>(body: Body, headers: Record<string, string> = {}, name?: string): DoorRequest<Body> {
  const params: Record<string, string> = name === undefined ? {} : { name };
  return {
    requestID: ID,
    url: '/admin',
    params,
    query: {},
    headers,
    body,
    ip: '10.0.0.9',
    protocol: 'http',
    host: '127.0.0.1:3000',
    receivedAt: 0,
  };
}

const body = (more: Partial<AdminDto> = {}): AdminDto => ({
  action: 'functions.invokeFunction',
  function_name: 'add',
  request_data: '{"x":1}',
  ...more,
});

const ended = (envelope: string, status: 'succeeded' | 'failed' = 'failed'): Parameters<typeof admin.reply>[0] => ({
  kind: 'ended',
  requestID: ID,
  status,
  envelope,
});

test('which addresses are theirs', () => {
  expect([admin.owns('POST', '/admin'), admin.owns('GET', '/web'), admin.owns('POST', '/administer')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(http.owns('POST', '/v1/functions/add')).toBe(true);
  expect(http.owns('GET', '/v1/functions/add')).toBe(false);
  expect(http.owns('POST', '/v1/functions/add/invocations')).toBe(false);
  expect(http.owns('POST', '/v1/functions')).toBe(false);
});

test('a call of /admin', () => {
  const headers = { 'user-agent': 'sdk', 'x-tcb-source': 'wx_client,scf' };
  expect(admin.call(request(body({ qualifier: '$LATEST' }), headers))).toMatchObject({
    requestID: ID,
    function: 'add',
    data: '{"x":1}',
    sync: true,
    onTimeout: 'fail',
    origin: { eventType: 'sdk', ip: '10.0.0.9', userAgent: 'sdk', source: 'wx_client,scf' },
  });
  expect(admin.call(request(body({ request_data: '' }))).data).toBe('{}');
  expect(admin.call(request(body({ request_data: undefined }))).data).toBe('{}');
});

test.each([
  [{ action: 'database.query' }, 'action'],
  [{ function_name: '' }, 'function_name'],
  [{ request_data: '{"x":' }, 'request_data'],
  [{ request_data: '{"__proto__":{}}' }, 'request_data'],
])('%j is refused by its field', (more, field) => {
  expect(() => admin.call(request(body(more)))).toThrow(expect.objectContaining({ type: 'INVALID_REQUEST', fields: [expect.objectContaining({ field })] })); // prettier-ignore
});

test('what headers say of who calls /admin and /web: a signature or a bearer, and on /web perhaps nothing', () => {
  const head = (url: string, headers: Record<string, string> = {}): object =>
    admin.credentials({ url, headers, protocol: 'http', host: '127.0.0.1:3000', ip: '10.0.0.9' }, 0);
  expect(head('/admin', { authorization: 'Bearer a.b' })).toEqual({ ip: '10.0.0.9', bearer: 'a.b', bodySays: 'rest' });
  expect(head('/admin', { authorization: 'TC3-HMAC-SHA256 x' })).toMatchObject({ signed: {}, bodySays: 'rest' });
  expect(head('/admin')).toEqual({ ip: '10.0.0.9', bearer: undefined, bodySays: 'rest' });
  expect(head('/web/')).toEqual({ ip: '10.0.0.9', bearer: undefined, bodySays: 'all' });
});

test('what the body adds: the env, and on /web the key', () => {
  const whole = (asked: DoorRequest<unknown>): unknown => admin.credentialsWithBody(asked);
  const web = (fields: object): unknown => whole({ ...request<unknown>(fields), url: '/web' });
  expect(whole(request(body({ envName: 'prod' }), { authorization: 'Bearer a.b' }))).toEqual({ ip: '10.0.0.9', env: 'prod', bearer: 'a.b' });
  expect(web(body({ access_token: 'a.b', env: 'dev', envName: '' }))).toMatchObject({ env: 'dev', bearer: 'a.b' });
  expect(whole(request(body({ access_token: 'a.b' })))).toMatchObject({ bearer: undefined });
  for (const odd of [null, 7, [], 'x', { access_token: 5 }, { access_token: 'x'.repeat(5_000) }, { env: {} }])
    expect(web(odd as object)).toEqual({ ip: '10.0.0.9', env: undefined, bearer: undefined });
}); // prettier-ignore

test('sources: a leading comma is that of a caller without a chain, and nonsense is none', () => {
  const source = (text: string): unknown => admin.call(request(body(), { 'x-tcb-source': text })).origin.source;
  expect([source(',unknown'), source('wx_http,scf'), source(','), source('a b'), source('x'.repeat(300))]).toEqual([
    'unknown',
    'wx_http,scf',
    undefined,
    undefined,
    undefined,
  ]);
});

test('a success: the result as a string of JSON on /admin, as the body on /v1', () => {
  const answer = ended(successJson(ID, '{"a":"\\"}"}'), 'succeeded');
  const reply = admin.reply(answer);
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body)).toEqual({ requestId: ID, data: { response_data: '{"a":"\\"}"}' } });
  expect(http.reply(answer)).toMatchObject({ status: 200, body: '{"a":"\\"}"}' });
});

test('failures of the function', () => {
  const thrown = ended(failureJson(ID, 1, { type: 'FUNCTION_ERROR', message: 'boom', name: 'E', stack: 'E: boom\n    at x' }));
  expect(JSON.parse(admin.reply(thrown).body)).toEqual({ code: 'FUNCTIONS_EXECUTE_FAIL', message: 'E: boom\n    at x', requestId: ID });
  expect(http.reply(thrown)).toMatchObject({ status: 400, headers: { 'x-function-error': 'FUNCTION_ERROR' } });
  const late = ended(failureJson(ID, 2, { type: 'FUNCTION_TIMEOUT', message: 'm', limitMs: 3_000 }));
  expect(JSON.parse(admin.reply(late).body)).toMatchObject({ code: 'FUNCTIONS_TIME_LIMIT_EXCEEDED', message: 'Invoking task timed out after 3 seconds' });
  expect(JSON.parse(http.reply(late).body)).toMatchObject({ code: 'FUNCTION_TIME_LIMIT_EXCEEDED' });
}); // prettier-ignore

test.each(Object.keys(ERRORS) as ErrorType[])('%s has a code on both wires, and on /admin it is HTTP 200', (type) => {
  const refusal = new Refusal(type, 'why', { retryAfterS: 3 });
  const [onAdmin, onHttp] = [admin.refuse(refusal, request(undefined)), http.refuse(refusal, request(undefined))];
  expect(onAdmin.status).toBe(200);
  expect(onHttp.status).toBe(ERRORS[type].http === 200 ? 400 : ERRORS[type].http);
  for (const reply of [onAdmin, onHttp]) {
    expect(JSON.parse(reply.body)).toEqual({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), requestId: ID });
    expect(reply.headers).toMatchObject({ 'retry-after': '3', 'x-request-id': ID });
  }
}); // prettier-ignore

test('an env that a key does not have is told apart from a scope that it does not have', () => {
  const env = new Refusal('FORBIDDEN', 'no', { fields: [{ field: 'env', rule: 'r' }] });
  const code = (door: typeof admin | typeof http, refusal: Refusal): unknown =>
    (JSON.parse(door.refuse(refusal, request(undefined)).body) as { code: unknown }).code;
  expect([code(admin, env), code(http, env), code(admin, new Refusal('FORBIDDEN'))]).toEqual([
    'INVALIID_ENV',
    'INVALID_ENV',
    'EXCEED_AUTHORITY',
  ]);
});
