/** The description that is in the repository, for those who look at it there or make a client of it, is that of this API. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '../harness/stack';

const PAGE = join(__dirname, '../../docs/openapi.json');

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, { headers?: object; content?: Record<string, { schema: object }> }>;
}

let stack: Stack;
let document: { servers: { url: string }[]; openapi: string; paths: Record<string, Record<string, Operation>> };
beforeAll(async () => {
  stack = await startStack({ functions: {}, workers: 0 });
  document = (await stack.http.get('/docs-json')).body;
}, 60_000);
afterAll(() => stack.stop());

it('docs/openapi.json is what /docs-json answers; INVOQ_UPDATE=1 writes it anew', () => {
  expect(document.servers).toEqual([{ url: stack.url }]);
  const text = `${JSON.stringify({ ...document, servers: [{ url: 'http://127.0.0.1:3000' }] }, null, 2)}\n`;
  if (process.env.INVOQ_UPDATE === '1') writeFileSync(PAGE, text);
  expect(text).toBe(readFileSync(PAGE, 'utf8'));
});

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  );

it('is OpenAPI 3.1, and says nothing in the words of 3.0', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(JSON.stringify(document)).not.toMatch(
    /"nullable"|"x-any-json"|"allOf":\[\{"\$ref":"#\/components\/schemas\/EnvelopeDto"/,
  );
});

it('names each operation once', () => {
  const ids = operations().map(([, , { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
});

it('has every parameter of every path', () => {
  for (const [method, path, { parameters = [] }] of operations()) {
    const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    expect([method, path, named.sort()]).toEqual([
      method,
      path,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
    ]);
  }
});

it.each([
  ['getInvocation', 'X-Invoq-Env'],
  ['getInvocation', 'Prefer'],
  ['getResult', 'Prefer'],
  ['getResult', 'If-None-Match'],
  ['followInvocation', 'Last-Event-ID'],
  ['followInvocation', 'Prefer'],
  ['invoke', 'Idempotency-Key'],
  ['invoke', 'Prefer'],
  ['listSchedules', 'X-Invoq-Env'],
  ['listDeadLetters', 'X-Invoq-Env'],
  ['uploadBlob', 'X-Invoq-Env'],
])('%s may say %s', (id, header) => {
  const [, , { parameters = [] }] = operations().find(([, , { operationId }]) => operationId === id)!;
  expect(parameters.filter((one) => one.in === 'header').map(({ name }) => name)).toContain(header);
});

it('an accepted call says where and when to read on, and each answer has its id', () => {
  for (const [, path, { responses }] of operations()) {
    for (const [status, { headers = {} }] of Object.entries(responses)) {
      expect([path, Object.keys(headers)]).toEqual([path, expect.arrayContaining(['X-Request-Id'])]);
      if (status === '202') expect(Object.keys(headers)).toEqual(expect.arrayContaining(['Location', 'Retry-After']));
    }
  }
});
