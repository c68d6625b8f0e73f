/** What strangers send to the native routes, each with the refusal that it should get, and the field that this names. */
import { MAX_DEPTH } from '../../apps/api/http/body-scan';
import { newRequestID } from '@invoq/store/keys/partition';

export const INVOKE = '/v1/functions/adds/invocations';
export const SOME_ID = newRequestID(0);
export const deep = (depth: number): string => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;

export interface Attack {
  what: string;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: unknown;
  status: number | number[];
  type?: string;
  /** That the refusal names. */
  field?: string;
}

const named = (name: string, status: number | number[], field?: string): Attack => ({
  what: `the name ${JSON.stringify(name.slice(0, 30))}`,
  path: `/v1/functions/${name}/invocations`,
  method: 'POST',
  body: {},
  status,
  field,
});
const sends = (what: string, body: unknown, field: string | undefined, status = 400): Attack => ({
  what: `a body with ${what}`,
  method: 'POST',
  path: INVOKE,
  body,
  status,
  field,
});
const heads = (what: string, headers: Record<string, string>, status: number | number[], field?: string): Attack => ({
  what,
  method: 'POST',
  path: INVOKE,
  headers,
  body: { data: { x: 1, y: 1 }, sync: false },
  status,
  field,
});

const batched = (what: string, body: unknown, field: string | undefined, status = 400): Attack => ({
  ...sends(what, body, field, status),
  what: `a batch with ${what}`,
  path: `${INVOKE}/batch`,
});

export const ATTACKS: Attack[] = [
  named('..%2Fx', 400, 'name'),
  named('../x', 404),
  named('__proto__', 400, 'name'),
  named('constructor', 404),
  named('toString', 404),
  named('a%00b', 400, 'name'),
  named('%E2%80%AEadds', 400, 'name'),
  named('adds%0d%0aX-Evil:%201', 400, 'name'),
  named('a'.repeat(61), 400, 'name'),
  named('a'.repeat(5_000), [400, 404, 414]),
  named('%zz', 400),
  named('{invoq:0}', 400, 'name'),
  named('*', 400, 'name'),
  sends('no JSON', '{"data":', 'body'),
  sends('a word', 'hello', 'body'),
  sends('a list', [], 'body'),
  sends('null', 'null', 'body'),
  sends('a number', '7', 'body'),
  sends('a text', '"x"', 'body'),
  sends('a depth of 100,000', deep(100_000), 'body'),
  sends('a depth that is just too deep', deep(MAX_DEPTH), 'body'),
  sends('objects 100,000 deep that never end', '{"a":'.repeat(100_000), 'body'),
  sends('__proto__', '{"data":{"__proto__":{"admin":true}}}', 'body'),
  sends('an escaped __proto__', '{"data":{"\\u005f_proto__":{"admin":true}}}', 'body'),
  sends('constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', 'body'),
  sends('bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'body'),
  sends('an unknown field', { data: {}, admin: true }, 'admin'),
  sends('a field of the prototype', { toString: 1 }, 'toString'),
  sends('a field named constructor', '{"constructor":7}', 'constructor'),
  sends('a part with a field named constructor', '{"sync":false,"retry":{"constructor":7}}', 'retry.constructor'),
  sends('sync as a text', { sync: 'yes' }, 'sync'),
  sends('sync as a list', { sync: [true] }, 'sync'),
  sends('a timeout below 1', { timeoutMs: -1 }, 'timeoutMs'),
  sends('a timeout of half a ms', { timeoutMs: 0.5 }, 'timeoutMs'),
  sends('a timeout beyond all numbers', '{"timeoutMs":1e400}', 'timeoutMs'),
  sends('a timeout over the limit', { timeoutMs: 86_400_000 }, 'timeoutMs'),
  sends('a timeout as a text', { timeoutMs: '5' }, 'timeoutMs'),
  sends('an unknown onTimeout', { onTimeout: 'explode' }, 'onTimeout'),
  sends('onTimeout as an object', { onTimeout: { toString: 'fail' } }, 'onTimeout'),
  sends('more than may be sent', { data: 'x'.repeat(1_048_576) }, undefined, 413),
  heads('no JSON by its Content-Type', { 'content-type': 'text/plain' }, 415),
  heads('a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415),
  heads('parts', { 'content-type': 'multipart/form-data; boundary=x' }, 415),
  heads('a Content-Type of nonsense', { 'content-type': ';;;' }, [400, 415]),
  heads('a packed body', { 'content-encoding': 'gzip' }, 415),
  heads('an Idempotency-Key of 256 characters', { 'idempotency-key': 'k'.repeat(256) }, 400, 'Idempotency-Key'),
  heads('an env that is none', { 'x-invoq-env': '../other' }, 400, 'env'),
  heads('an env with braces', { 'x-invoq-env': '{invoq:1}' }, 400, 'env'),
  heads('an env nobody serves', { 'x-invoq-env': 'elsewhere' }, 404),
  heads('the token of no invocation', { authorization: `Bearer inv_${SOME_ID}_AAAAAAAAAAAAAAAAAAAAAAAA` }, 401),
  heads('a Prefer of nonsense', { prefer: 'wait=,,;;=9;wait=abc' }, 202),
  heads('a traceparent of nonsense', { traceparent: `00-${'z'.repeat(500)}` }, 202),
  batched('no items', {}, 'items'),
  batched('none at all', { items: [] }, 'items'),
  batched('items that are no list', { items: { length: 1 } }, 'items'),
  batched('1,001 items', { items: new Array(1_001).fill({}) }, 'items'),
  batched('an unknown field', { items: [{}], sync: true }, 'sync'),
  batched('more than may be sent', { items: [{ data: 'x'.repeat(1_048_576) }] }, undefined, 413),
  { what: 'a limit of 0', path: '/v1/invocations?limit=0', status: 400, field: 'limit' },
  { what: 'a limit beyond all', path: '/v1/invocations?limit=1e9', status: 400, field: 'limit' },
  { what: 'a status that is none', path: '/v1/invocations?status=__proto__', status: 400, field: 'status' },
  { what: 'a day that is none', path: '/v1/invocations?since=2026-02-40', status: 400, field: 'since' },
  { what: 'a cursor of nonsense', path: '/v1/invocations?cursor=AAAA', status: 400, field: 'cursor' },
  {
    what: 'a cursor of 5,000 characters',
    path: `/v1/invocations?cursor=${'A'.repeat(5_000)}`,
    status: 400,
    field: 'cursor',
  },
  { what: 'a query of the prototype', path: '/v1/invocations?__proto__=1&constructor=2', status: [200, 400] },
  { what: 'a list of lists', path: '/v1/invocations?function=a&function=b', status: 400, field: 'function' },
  { what: 'the events of nothing', path: `/v1/invocations/${SOME_ID}/events`, status: 404 },
  { what: 'the events of no id', path: '/v1/invocations/__proto__/events', status: 404 },
  ...['x', '1.2', '1.2.3.4', '-1.0.0', '1.2.99999999999999999', '1.2.3.END', 'a'.repeat(5_000)].map((id) => ({
    what: `a Last-Event-ID that is none: ${id.slice(0, 20)}`,
    path: `/v1/invocations/${SOME_ID}/events`,
    headers: { 'last-event-id': id },
    status: 400,
    field: 'Last-Event-ID',
  })),
  { what: 'a follow of nonsense', path: `/v1/invocations/${SOME_ID}/logs?follow=1`, status: 400, field: 'follow' },
  { what: 'a follow of nothing', path: `/v1/invocations/${SOME_ID}/logs?follow=true`, status: 404 },
  heads('a log tail of nonsense', { 'x-invoq-log-tail': '1e3' }, 400, 'X-Invoq-Log-Tail'),
  heads('a log tail of 101 lines', { 'x-invoq-log-tail': '101' }, 400, 'X-Invoq-Log-Tail'),
  { what: 'no id', path: '/v1/invocations/nonsense', status: 404, type: 'INVOCATION_NOT_FOUND' },
  {
    what: 'an id of another shape',
    path: '/v1/invocations/__proto__/result',
    status: 404,
    type: 'INVOCATION_NOT_FOUND',
  },
  { what: 'an id of no partition of ours', path: `/v1/invocations/ff${SOME_ID.slice(2)}`, status: 404 },
  { what: 'an id nobody has', path: `/v1/invocations/${SOME_ID}/logs`, status: 404 },
  { what: 'a cancel of nothing', method: 'POST', path: `/v1/invocations/${SOME_ID}/cancel`, body: {}, status: 404 },
  { what: 'a wait that is no number', path: `/v1/invocations/${SOME_ID}?wait=abc`, status: 400, field: 'wait' },
  { what: 'a wait twice', path: `/v1/invocations/${SOME_ID}?wait=1&wait=2`, status: [400, 404] },
  { what: 'a wait below 0', path: `/v1/invocations/${SOME_ID}?wait=-1`, status: 400, field: 'wait' },
  { what: 'a wait as an object', path: `/v1/invocations/${SOME_ID}?wait[a]=1`, status: [400, 404] },
  { what: 'a method that is not there', method: 'DELETE', path: INVOKE, status: 405, type: 'METHOD_NOT_ALLOWED' },
  { what: 'another one', method: 'PATCH', path: '/v1/functions', status: 405, type: 'METHOD_NOT_ALLOWED' },
  { what: 'an address that is not there', path: '/nowhere', status: 404, type: 'ROUTE_NOT_FOUND' },
  { what: 'an address with a way up', path: '/v1/../../etc/passwd', status: 404 },
  { what: 'an address of nonsense', path: '/%c0%ae%c0%ae/', status: [400, 404] },
  { what: 'files beside the docs', path: '/docs/..%2f..%2fpackage.json', status: 404 },
  {
    what: 'the list of an env that is none',
    path: '/v1/functions',
    headers: { 'x-invoq-env': 'a b' },
    status: 400,
    field: 'env',
  },
];

/** An envelope with a code, a type and an id, whatever was asked. */
export function expectEnvelope(body: unknown, status: number): void {
  expect(body).toMatchObject({ code: expect.any(Number), requestID: expect.any(String) });
  if (status >= 400)
    expect(body).toMatchObject({ data: null, error: { type: expect.any(String), message: expect.any(String) } });
}
