/** Which web pages may call: none unless they are named, and then at every door. */
import type { Method } from '@invoq/client/wire';
import type { HttpResponse } from '../harness/http';
import type { Stack } from '../harness/stack';
import { APP, KEY, keysFile, startVendorStack } from './vendor-stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startVendorStack();
}, 60_000);

const ROUTES = [
  '/v1/functions/add/invocations',
  '/v1/functions/add',
  '/web',
  '/hserve/v1/cloud-function/job/',
  '/oserve/v1.3/cloud-function/add/job/',
];
/** A route for each method that the client has. */
const USES: Record<Method, string> = {
  GET: '/v1/schedules/nightly',
  POST: '/v1/schedules/nightly/pause',
  PUT: '/v1/schedules/nightly',
  DELETE: '/v1/functions/add/dead-letters',
};
const PAGE = 'https://app.example';

const preflight = (url: string, path: string, origin = PAGE): Promise<HttpResponse> =>
  stack.http.request(new URL(path, url).href, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-hydrogen-client-id,x-hydrogen-env-id',
    },
  });

test('by default no page is allowed, neither asked before nor answered', async () => {
  for (const path of ROUTES) {
    expect((await preflight(stack.url, path)).headers).not.toHaveProperty('access-control-allow-origin');
  }
  const headers = { origin: PAGE, authorization: `Bearer ${KEY}` };
  const { headers: answered } = await stack.http.post('/v1/functions/add', { x: 1, y: 2 }, headers);
  expect(answered).not.toHaveProperty('access-control-allow-origin');
});

test('a named origin is, at every door, with the headers that its SDK sends', async () => {
  const { url } = await stack.addApi({ INVOQ_CORS_ORIGINS: `https://one.example,${PAGE}` });
  for (const path of ROUTES) {
    const { status, headers } = await preflight(url, path);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization,content-type,x-hydrogen-client-id,x-hydrogen-env-id',
      'access-control-max-age': '600',
    });
    expect(headers.vary).toContain('Origin');
    expect((await preflight(url, path, 'https://evil.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  }
  const headers = { origin: PAGE, authorization: `Bearer ${KEY}` };
  const answer = await stack.http.post(new URL('/v1/functions/add', url).href, { x: 1, y: 2 }, headers);
  expect(answer.headers['access-control-expose-headers']).toContain('X-Request-Id');
  // Refusals too, or a page could not read why.
  const refused = await stack.http.post(new URL('/web', url).href, '{', headers);
  expect(refused.headers['access-control-allow-origin']).toBe(PAGE);
}, 40_000);

test('a page may use every route of the browser client, and read what the answer says of limits', async () => {
  const keys = keysFile([{ id: 'page', secret: APP.secret, envs: ['default'], scopes: ['invoke', 'read', 'admin'] }]);
  const { url } = await stack.addApi({ INVOQ_CORS_ORIGINS: PAGE, INVOQ_KEYS_FILE: keys });
  const headers = { origin: PAGE, authorization: `Bearer page.${APP.secret}` };
  for (const [method, path] of Object.entries(USES)) {
    const asked = await stack.http.request(new URL(path, url).href, {
      method: 'OPTIONS',
      headers: {
        origin: PAGE,
        'access-control-request-method': method,
        'access-control-request-headers':
          'authorization,content-type,idempotency-key,last-event-id,x-invoq-env,x-invoq-source',
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-methods']?.split(', ')).toContain(method);
    expect(asked.headers['access-control-allow-headers']).toContain('last-event-id');
  }
  const schedule = new URL('/v1/schedules/nightly', url).href;
  const body = { function: 'add', cron: '0 0 1 1 *' };
  const made = await stack.http.request(schedule, { method: 'PUT', body, headers });
  const gone = await stack.http.request(schedule, { method: 'DELETE', headers });
  for (const { status, headers: reply } of [made, gone]) {
    expect(status).toBeLessThan(300);
    expect(reply['access-control-allow-origin']).toBe(PAGE);
    expect(reply['access-control-expose-headers']).toMatch(/\bRateLimit\b.*\bRateLimit-Policy\b/);
  }
  // A page that asks in a wrong way can read which way is right.
  const wrong = await stack.http.request(schedule, { method: 'POST', body, headers });
  expect(wrong.status).toBe(405);
  expect(wrong.headers['access-control-allow-origin']).toBe(PAGE);
  expect(wrong.headers['access-control-expose-headers']).toContain('Allow');
}, 40_000);

test('* is any page, by its own name', async () => {
  const { url } = await stack.addApi({ INVOQ_CORS_ORIGINS: '*' });
  expect((await preflight(url, '/web', 'https://any.example')).headers).toMatchObject({
    'access-control-allow-origin': 'https://any.example',
  });
}, 40_000);
