/** What the platform does not take, and how it says so: the status, the code, the field and the rule. */
import { request } from 'node:http';
import { startStack, type Stack } from '../harness/stack';
import { FUNCTIONS } from './functions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: FUNCTIONS });
}, 60_000);
afterAll(() => stack.stop());

const post = (path: string, body?: unknown, headers?: Record<string, string>) => stack.http.post(path, body, headers);
const ADD = '/v1/functions/add/invocations';
const deep = (depth: number) => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('INVALID_REQUEST names the field and the rule', () => {
  it.each([
    ['body', 'not JSON', '{"data":'],
    ['body', 'a list', '[1]'],
    ['body', 'a text', '"x"'],
    ['body', '__proto__', '{"data":{"a":{"__proto__":{}}}}'],
    ['body', 'constructor.prototype', '{"data":{"constructor":{"prototype":{}}}}'],
    ['body', 'nested 64 deep inside', deep(64)],
    ['body', 'nested 100,000 deep', deep(100_000)],
    ['x', 'unknown field', '{"x":1}'],
    ['sync', 'wrong type', '{"sync":"yes"}'],
    ['timeoutMs', 'zero', '{"timeoutMs":0}'],
    ['timeoutMs', 'a fraction', '{"timeoutMs":1.5}'],
    ['timeoutMs', 'a text', '{"timeoutMs":"5"}'],
    ['timeoutMs', 'beyond the limit', '{"timeoutMs":5001}'],
    ['timeoutMs', 'beyond the async limit', '{"timeoutMs":300001,"sync":false}'],
    ['onTimeout', 'another word', '{"onTimeout":"wait"}'],
  ])('%s: %s', async (field, _, body) => {
    const { status, body: answer } = await post(ADD, body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({
      code: 400,
      data: null,
      error: { type: 'INVALID_REQUEST', retryable: false, started: false },
    });
    expect(answer.error.fields).toContainEqual({ field, rule: expect.stringMatching(/\w/) });
    expect(answer.error.message).toContain(field);
  });

  it('all at once', async () => {
    const { body } = await post(ADD, { sync: 1, timeoutMs: -1, nope: true });
    expect(body.error.fields.map(({ field }: { field: string }) => field).sort()).toEqual([
      'nope',
      'sync',
      'timeoutMs',
    ]);
  });

  it.each(['..%2Fx', '__proto__', '1st', 'a b', 'ä', 'x'.repeat(61), 'x'.repeat(400)])('name %s', async (name) => {
    const { status, body } = await post(`/v1/functions/${encodeURI(name).replace('%252F', '%2F')}/invocations`, {});
    expect(status).toBe(400);
    expect(body.error.fields[0].field).toBe('name');
  });

  it('wait', async () => {
    const { status, body } = await stack.http.get('/v1/invocations/2f259605-b188-46da-beda-9313efb00e2f?wait=long');
    expect(status).toBe(400);
    expect(body.error.fields[0].field).toBe('wait');
  });

  it('Idempotency-Key', async () => {
    const { status, body } = await post(ADD, {}, { 'idempotency-key': 'x'.repeat(256) });
    expect(status).toBe(400);
    expect(body.error.fields[0].field).toBe('Idempotency-Key');
  });

  it('an address that is none', async () =>
    expect((await stack.http.get('/%zz')).body.error.type).toBe('INVALID_REQUEST'));
});

describe('others', () => {
  it.each([
    ['an unknown function', '/v1/functions/nope/invocations', '{}', {}, 404, 'FUNCTION_NOT_FOUND'],
    ['an unknown address', '/v1/nope', '{}', {}, 404, 'ROUTE_NOT_FOUND'],
    ['a body of over 1 MiB', ADD, JSON.stringify({ data: 'x'.repeat(1 << 20) }), {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['text', ADD, 'x=1', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', ADD, 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a compressed body', ADD, '{}', { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('%s', async (_, path, body, headers, status, type) => {
    const answer = await post(path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code: status, data: null, error: { type, retryable: false, started: false } });
    expect(answer.headers['x-request-id']).toBe(answer.body.requestID);
  });

  it('a body of 100 MB is cut off', async () => {
    const { hostname, port } = new URL(stack.url);
    const status = await new Promise<number | string>((resolve) => {
      const sent = request({ hostname, port, path: ADD, method: 'POST', headers: { 'content-type': 'application/json' } }, (r) => resolve(r.statusCode ?? 0));
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'gone'));
      const chunk = Buffer.alloc(1 << 20, 0x20);
      let left = 100;
      const pump = (): void => {
        if (left-- > 0 && !sent.destroyed) sent.write(chunk, pump);
        else sent.end();
      };
      pump();
    }); // prettier-ignore
    // Blanks are no JSON: that may be seen before there are too many.
    expect([400, 413, 'ECONNRESET', 'EPIPE']).toContain(status);
    expect((await post(ADD, { data: { x: 1, y: 1 } })).body.data).toBe(2);
  });
});
