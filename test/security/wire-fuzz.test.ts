/**
 * Requests made by chance, over raw sockets, to every door: paths, methods, headers and bodies that nobody planned. Whatever
 * they are, the answer is no 500, and the log stays short. `INVOQ_FUZZ_SEED` runs the requests of an earlier run again.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import type { Stack } from '../harness/stack';
import { bearer, keyOf, signed, startKeyedStack } from './keyed-stack';

const RUN_MS = 20_000;
const RUNS = 4_000;
const SEED = Number(process.env.INVOQ_FUZZ_SEED ?? 20_261_126);
/** What the API may write to its log meanwhile; a fault a request would be megabytes. */
const MAX_LOG_BYTES = 50_000;

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack()), 60_000);
afterAll(() => stack.stop());

const ODD = ['%00', '%2e%2e', '..', '.', '%', '%zz', '%c0%ae', '%E2%80%AE', '__proto__', 'constructor', '*', ':name', 'x'.repeat(600), ' ', ';', '%2f', '\\', '💡', '']; // prettier-ignore
const WORDS = ['v1', 'functions', 'echo', 'invocations', 'batch', 'dead-letters', 'replay', 'schedules', 'next', 'blobs', 'admin', 'web', 'hserve', 'oserve', 'v1.3', 'cloud-function', 'job', 'debug', 'bulk-operation', 'docs', 'docs-json', 'docs-yaml', 'swagger-ui.css', 'LICENSE', 'metrics', 'livez', 'readyz', 'events', 'logs', 'result', 'deliveries', 'resend', '00000000-0000-4000-8000-000000000000']; // prettier-ignore
const REAL = ['/v1/functions/echo', '/v1/functions/echo/invocations', '/v1/functions/echo/invocations/batch', '/admin', '/web', '/hserve/v1/cloud-function/job/', '/oserve/v1/cloud-function/job/', '/oserve/v1.3/cloud-function/echo/job/', '/v1/schedules/x', '/v1/blobs', '/v1/functions/echo/dead-letters/replay', '/docs/x', '/v1/invocations']; // prettier-ignore
const FIELDS = ['constructor', '__proto__', 'toString', 'data', 'sync', 'retry', 'runAt', 'delayMs', 'callback', 'items', 'action', 'function_name', 'request_data', 'envName', 'env', 'access_token', 'sessionToken', 'subject', 'requestIDs', 'cron', 'function', 'timezone', '\ud800', 'on']; // prettier-ignore

const pick = <T>(...from: T[]): fc.Arbitrary<T> => fc.constantFrom(...from);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.string({ maxLength: 30 }).map((text) => `?${encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))}`),
  pick(
    '?limit=0',
    '?wait[a]=1&wait=2',
    '?__proto__=1&constructor=2',
    '?cursor=%00',
    '?status=%ff',
    '?follow=true&follow=1',
  ),
);
const path = fc
  .tuple(
    fc.oneof(
      pick(...REAL),
      fc.array(pick(...WORDS, ...ODD), { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
    ),
    query,
  )
  .map(([place, asked]) => place + asked);
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  pick<unknown>(
    'functions.invokeFunction',
    'echo',
    keyOf('inv'),
    'x'.repeat(3_000),
    ['a'],
    {},
    [],
    null,
    -1,
    1e400,
    '{"a":',
    '\udc00',
  ),
);
const object = fc
  .array(fc.tuple(fc.oneof(pick(...FIELDS), fc.string({ maxLength: 8 })), value), { maxLength: 6 })
  .map(
    (pairs) => `{${pairs.map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field) ?? '1'}`).join(',')}}`,
  );
const body = fc.oneof({ weight: 6, arbitrary: object }, fc.json({ maxDepth: 3 }), fc.string({ maxLength: 50 }), pick('', '[]', 'null', '{"a":1}x', `{"data":${'['.repeat(70)}${']'.repeat(70)}}`)); // prettier-ignore
const credentials = fc.oneof(
  pick<Record<string, string>>({}, bearer('all'), bearer('inv'), bearer('rd'), { authorization: `Hydrogen-r1 ${keyOf('all')}` }),
  pick('TC3-HMAC-SHA256', 'Bearer', 'Bearer .', 'Bearer inv_00000000-0000-4000-8000-000000000000_x', 'Basic eDp5').map((authorization) => ({ authorization })),
  fc.tuple(pick('all', 'nobody', '00000000-0000-4000-8000-000000000000'), pick('', 'constructor', '__proto__'), pick<string | undefined>(undefined, 'action', 'constructor')).map(([id, more, params]) => {
    const headers = signed(id, new URL('http://localhost/v1/functions/echo'), '{}', more === '' ? {} : { [more]: 'x' });
    if (params !== undefined) headers.authorization = headers.authorization.replace(', SignedHeaders', `, SignedParams=${params}, SignedHeaders`);
    delete headers.host;
    return headers;
  }),
); // prettier-ignore
const HEADERS = ['content-type', 'content-encoding', 'x-invoq-env', 'x-hydrogen-env-id', 'prefer', 'idempotency-key', 'traceparent', 'range', 'last-event-id', 'x-timestamp', 'x-signature-expires', 'x-tcb-source', 'x-invoq-log-tail', 'accept', 'origin', 'sec-fetch-site', 'x-forwarded-for', 'expect', '__proto__', 'constructor']; // prettier-ignore
const headers = fc.dictionary(
  pick(...HEADERS),
  fc.oneof(pick('application/json', 'text/plain', 'gzip', 'default', 'other', 'constructor', 'wait=1', '1', 'bytes=0-', 'x'.repeat(2_000)), fc.string({ maxLength: 20 })),
  { maxKeys: 5, noNullPrototype: true },
); // prettier-ignore
const method = fc.oneof({ weight: 5, arbitrary: pick('POST') }, pick('GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'FOO', 'get')); // prettier-ignore

const request = fc.record({ method, path, credentials, headers, body, isJson: fc.boolean() }).map((made) => {
  const all: Record<string, string> = { ...made.credentials, ...(made.isJson ? { 'content-type': 'application/json' } : {}), ...made.headers };
  // One line each, and no byte that ends it: the rest of what is odd goes over the wire as it is.
  const lines = Object.entries(all).map(([name, text]) => `${name}: ${text.replace(/[\r\n\0]/g, '')}\r\n`);
  const bytes = Buffer.from(made.body);
  const head = `${made.method} ${made.path.replace(/[\r\n ]/g, '')} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${lines.join('')}`;
  const length = made.method === 'GET' && bytes.length === 0 ? '' : `content-length: ${bytes.length}\r\n`;
  return Buffer.concat([Buffer.from(`${head}${length}\r\n`), bytes]);
}); // prettier-ignore

/** All that is answered until the connection ends, or nothing more comes for a second. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((done) => {
    let said = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (said += text));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => done(said));
  });
}

test('whatever comes is answered, not with a 500, and hardly logged', async () => {
  const [api] = stack.apis;
  const logged = api.process.lines.length;
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(request, async (bytes) => {
      const said = await exchange(api.port, bytes);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1] ?? 'none';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const isError = status === '500' || said.includes('"SYS_ERR"') || said.includes('is not a function');
      if (isError) throw new Error(`${bytes.toString('latin1')}\n\nwas answered:\n${said}`);
    }),
    { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: RUN_MS, markInterruptAsFailure: false },
  );
  process.stdout.write(`\n  statuses: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}\n`);
  expect(Object.keys(Object.fromEntries(statuses)).length).toBeGreaterThan(4);
  const bytes = api.process.lines.slice(logged).reduce((sum, line) => sum + line.length, 0);
  expect(bytes).toBeLessThan(MAX_LOG_BYTES);
  expect((await stack.http.get('/livez')).status).toBe(200);
}, 120_000);

test('10,000 faulty requests a second would not fill a disk', async () => {
  const [api] = stack.apis;
  const logged = api.process.lines.length;
  const odd = ['/docs/%00', '/docs/../x', '/docs/%2e%2e/x', '/%zz', `/${'x'.repeat(5_000)}`];
  for (let i = 0; i < 500; i++) {
    const said = await exchange(api.port, Buffer.from(`GET ${odd[i % odd.length]} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)); // prettier-ignore
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
  expect(api.process.lines.slice(logged).join('\n').length).toBeLessThan(MAX_LOG_BYTES);
}, 60_000);
