/** Names that every object has by itself: as a name of ours they work or are refused, and they switch nothing off. */
import type { Stack } from '../harness/stack';
import { bearer, keyOf, startKeyedStack } from './keyed-stack';

const INHERITED = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__', '__defineGetter__'];

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack()), 60_000);
afterAll(() => stack.stop());

const call = (path: string, body: unknown, headers: Record<string, string> = bearer('all')) =>
  stack.http.post(path, JSON.stringify(body), headers);
/** A body with this field first: an object literal would not have `__proto__`. */
const withField = (name: string, rest: object): string =>
  `{${JSON.stringify(name)}:"x",${JSON.stringify(rest).slice(1)}`;

test.each(INHERITED)('a schedule named %s', async (id) => {
  const body = { cron: '0 0 1 1 *', function: 'echo' };
  const { status } = await stack.http.request(`/v1/schedules/${id}`, { method: 'PUT', body, headers: bearer('all') });
  expect([200, 400]).toContain(status);
  const listed = await stack.http.get('/v1/schedules', bearer('all'));
  expect(listed.status).toBe(200);
  const ids = (listed.body.data.schedules as { id: string }[]).map((schedule) => schedule.id);
  expect(ids.includes(id)).toBe(status === 200);
  expect((await stack.http.get(`/v1/schedules/${id}`, bearer('all'))).status).toBe(status === 200 ? 200 : 404);
});

test.each(INHERITED)('a function, an env, a key, a header and an invocation named %s', async (name) => {
  expect([400, 404]).toContain((await call(`/v1/functions/${name}/invocations`, {})).status);
  expect([400, 404]).toContain((await call(`/v1/functions/${name}`, {})).status);
  expect([400, 403]).toContain((await call('/v1/functions/echo/invocations', {}, { ...bearer('all'), 'x-invoq-env': name })).status);
  expect((await call('/v1/functions/echo/invocations', {}, { authorization: `Bearer ${name}.x` })).status).toBe(401);
  expect((await stack.http.get(`/v1/invocations/${name}`, bearer('all'))).status).toBe(404);
  const [date] = new Date().toISOString().split('T');
  const authorization = `TC3-HMAC-SHA256 Credential=all/${date}/tcb/tc3_request, SignedHeaders=content-type;host;${name}, Signature=${'0'.repeat(64)}`;
  const headers = { authorization, 'x-timestamp': String(Math.floor(Date.now() / 1_000)) };
  expect((await call('/v1/functions/echo', {}, headers)).status).toBe(401);
}); // prettier-ignore

const minapp = { authorization: `Hydrogen-r1 ${keyOf('all')}` };
test.each(INHERITED)('a field named %s switches no rule off', async (name) => {
  const wrong = { function_name: ['echo'], sync: 'no' };
  for (const path of ['/hserve/v1/cloud-function/job/', '/oserve/v1/cloud-function/job/', '/oserve/v1.3/cloud-function/echo/debug/']) {
    const { status, body } = await stack.http.post(path, withField(name, { ...wrong, subject: { evil: true } }), minapp);
    expect(status).toBe(400);
    if (name !== '__proto__') expect(body.error_msg).toContain('function_name must be a string');
  }
  const action = 'functions.invokeFunction';
  for (const fields of [{ action, function_name: ['echo'] }, { action, function_name: 'echo', request_data: ['x', 1] }]) {
    const web = await stack.http.post('/web', withField(name, { ...fields, access_token: keyOf('all') }));
    expect(web.body.code).toBe('INVALID_PARAM');
    expect((await stack.http.post('/admin', withField(name, fields), bearer('all'))).body.code).toBe('INVALID_PARAM');
  }
  const odd = await stack.http.post('/web', withField(name, { action, function_name: 'echo', access_token: 5 }));
  expect(['SIGN_PARAM_INVALID', 'INVALID_PARAM']).toContain(odd.body.code);
  const closed = await stack.http.post('/v1/functions/echo/invocations', withField(name, {}).replace(',}', '}'), bearer('all'));
  expect(closed.status).toBe(400);
  const part = `{"sync":false,"retry":{${JSON.stringify(name)}:7}}`;
  expect((await stack.http.post('/v1/functions/echo/invocations', part, bearer('all'))).status).toBe(400);
}); // prettier-ignore

test('beside such a name a good call is a good call, as far as the wire lets others in', async () => {
  const answer = await stack.http.post('/hserve/v1/cloud-function/job/', withField('constructor', { function_name: 'echo', data: 3 }), minapp);
  expect(answer.body).toMatchObject({ code: 0, data: 3 });
}); // prettier-ignore
