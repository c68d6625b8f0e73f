/** What HTTP clients of other languages send without being asked: types for no body, odd cases, quotes and orders of headers. */
import { request as send } from 'node:http';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

const CALLS = '/v1/functions/add/invocations';
const SLOW = { 'slow.js': 'exports.main = (event) => new Promise((done) => setTimeout(done, event.ms, "late"));' };

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: { ...FUNCTIONS, ...SLOW } });
}, 60_000);
afterAll(() => stack.stop());

const submit = async (name: string, data: unknown, headers = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { data, sync: false }, headers)).body.requestID;

/** The very headers, in the case that is given; `chunks`: sent by chunked encoding. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  chunks: string[] = [],
): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const outgoing = send(new URL(path, stack.url), { method, headers, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.once('end', () => done({ status: incoming.statusCode ?? 0, text }));
    });
    outgoing.once('error', fail);
    for (const chunk of chunks) outgoing.write(chunk);
    outgoing.end();
  });
}

describe('a request without a body may name any type', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const CHUNKED = { 'transfer-encoding': 'chunked' };
  test.each<{ what: string; headers: Record<string, string> }>([
    { what: "curl -d ''", headers: { 'content-type': FORM, 'content-length': '0' } },
    { what: 'an empty Content-Type', headers: { 'content-type': '', 'content-length': '0' } },
    { what: 'nonsense for a type', headers: { 'content-type': ';;;', 'content-length': '0' } },
    { what: 'text/plain', headers: { 'content-type': 'text/plain; charset=gbk', 'content-length': '0' } },
    { what: 'JSON', headers: { 'content-type': 'application/json', 'content-length': '0' } },
    { what: 'chunked and empty, without a type', headers: CHUNKED },
    { what: 'chunked and empty, of another type', headers: { ...CHUNKED, 'content-type': FORM } },
    { what: 'chunked and empty, of an empty type', headers: { ...CHUNKED, 'content-type': '' } },
  ])('cancel, as $what sends it, cancels', async ({ headers }) => {
    const id = await submit('slow', { ms: 20_000 });
    const { status, text } = await raw('POST', `/v1/invocations/${id}/cancel`, headers);
    expect([200, 202]).toContain(status);
    expect(text).toMatch(/"status":"(cancelled|running)"/);
    const { body } = await stack.http.get(`/v1/invocations/${id}?wait=10`);
    expect(body.data.status).toBe('cancelled');
  });

  test.each([
    ['POST', '/v1/schedules/none/pause', 404],
    ['DELETE', '/v1/schedules/none', 404],
    ['DELETE', '/v1/functions/add/dead-letters', 200],
    ['POST', '/v1/functions/add/dead-letters/replay', 200],
  ])('%s %s: %d', async (method, path, status) => {
    expect((await raw(method, path, { 'content-type': FORM, 'content-length': '0' })).status).toBe(status);
  });
});

test.each<[string, Record<string, string>]>([
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['no type at all', {}],
  ['an empty type', { 'content-type': '' }],
  ['nonsense', { 'content-type': ';;;' }],
])('a body of %s: 415, which says what to send', async (_, headers) => {
  const { status, text } = await raw('POST', CALLS, { ...headers, 'transfer-encoding': 'chunked' }, ['x=1']);
  const { error } = JSON.parse(text) as { error: object };
  expect([status, error]).toMatchObject([415, { type: 'UNSUPPORTED_MEDIA_TYPE', started: false }]);
  expect((error as { message: string }).message).toContain('Send the body as "application/json".');
});

test('a body that is no JSON is said to be no JSON', async () => {
  const { status, body } = await stack.http.post(CALLS, "{'data': 1}", { 'content-type': 'application/json' });
  expect(status).toBe(400);
  expect(body.error.message).toMatch(/^body is not JSON: /);
});

test.each(['application/json ; charset=utf-8', 'Application/JSON', 'application/vnd.api+json'])(
  '%s is JSON',
  async (type) => {
    const { status, body } = await stack.http.post(CALLS, '{"data":{"x":1,"y":2}}', { 'content-type': type });
    expect([status, body.data]).toEqual([200, 3]);
  },
);

describe('Prefer (RFC 7240)', () => {
  test.each([
    ['respond-async', 202, 'respond-async'],
    ['Respond-Async', 202, 'respond-async'],
    ['respond-async; foo="a,b"', 202, 'respond-async'],
    ['foo="respond-async, wait=1"', 200, undefined],
    ['respond-async, wait=5', 200, 'respond-async, wait=5'],
    ['wait=5, respond-async', 200, 'respond-async, wait=5'],
    ['wait="5"', 200, 'wait=5'],
    ['WAIT = 5', 200, 'wait=5'],
    ['wait=5, wait=1', 200, 'wait=5'],
    ['foo; wait=1', 200, undefined],
    ['wait=99', 200, 'wait=20'],
    ['wait=soon', 200, undefined],
  ])('%s: %d, applied: %s', async (prefer, status, applied) => {
    const answer = await stack.http.post(CALLS, { data: { x: 1, y: 2 } }, { prefer });
    expect([answer.status, answer.headers['preference-applied']]).toEqual([status, applied]);
  });

  test('respond-async with wait: 202 when the wait is over, and the true status', async () => {
    const { status, body, headers } = await stack.http.post(
      '/v1/functions/slow/invocations',
      { data: { ms: 2_500 } },
      { prefer: 'respond-async, wait=1' },
    );
    expect([status, body.data.status, headers['preference-applied']]).toEqual([
      202,
      'running',
      'respond-async, wait=1',
    ]);
    expect((await stack.http.get(`/v1/invocations/${body.requestID}/result?wait=10`)).body.data).toBe('late');
  });

  test('wait holds a read, as the query does, and the answer says so', async () => {
    const id = await submit('slow', { ms: 1_000 });
    const read = await stack.http.get(`/v1/invocations/${id}`, { prefer: 'wait=10' });
    expect([read.body.data.status, read.headers['preference-applied']]).toEqual(['succeeded', 'wait=10']);
    const cut = await stack.http.get(`/v1/invocations/${id}?wait=100`);
    expect([cut.status, cut.headers['preference-applied']]).toEqual([200, 'wait=20']);
  });
});

describe('what is not honoured is refused by name', () => {
  test.each([
    [{ 'x-invoq-logtail': '5' }, {}, 'x-invoq-logtail', /is no header of Invoq; those are .*x-invoq-log-tail/],
    [{ 'x-invoq-log-tail': '5' }, { sync: false }, 'X-Invoq-Log-Tail', /sync/],
    [{ 'x-invoq-log-tail': 'many' }, {}, 'X-Invoq-Log-Tail', /1 to 100/],
  ])('%j', async (headers, more, field, rule) => {
    const { status, body } = await stack.http.post(CALLS, { data: { x: 1, y: 2 }, ...more }, headers);
    expect(status).toBe(400);
    expect(body.error.fields).toEqual([{ field, rule: expect.stringMatching(rule) }]);
  });

  test.each(['wait=soon', 'wait=1&wait=2', 'wait=-1'])('?%s', async (query) => {
    const id = await submit('add', { x: 1, y: 2 });
    const { status, body } = await stack.http.get(`/v1/invocations/${id}?${query}`);
    expect([status, body.error.fields[0].field]).toEqual([400, 'wait']);
  });
});

test('requestIDs are read in either case', async () => {
  const id = await submit('add', { x: 1, y: 2 });
  const loud = id.toUpperCase();
  expect((await stack.http.get(`/v1/invocations/${loud}/result?wait=10`)).body).toMatchObject({
    data: 3,
    requestID: id,
  });
  for (const path of ['', '/logs', '/deliveries'])
    expect((await stack.http.get(`/v1/invocations/${loud}${path}`)).status).toBe(200);
  expect((await stack.http.post('/v1/invocations/lookup', { requestIDs: [loud] })).body.data.invocations).toHaveLength(
    1,
  );
  expect((await stack.http.post(`/v1/invocations/${loud}/cancel`)).body.error.type).toBe('ALREADY_ENDED');
});

test('?follow=True is true', async () => {
  const id = await submit('add', { x: 1, y: 2 });
  expect((await stack.http.get(`/v1/invocations/${id}/logs?follow=True`)).text).toBe('{"end":"succeeded"}\n');
});
