/** Every route, every scope, every env: who may, and who may not. */
import type { HttpResponse } from '../harness/http';
import type { Stack } from '../harness/stack';
import { bearer, keyOf, type KeyID, startKeyedStack } from './keyed-stack';

/** Routes of operators, whose envs count too: operator-routes.test.ts has their table. */
const ELSEWHERE = 'elsewhere';
/** What each route requires. A new route has to stand here: `/docs-json` is asked for all that there are. */
const ROUTES: Record<string, 'invoke' | 'read' | 'admin' | 'public' | typeof ELSEWHERE> = {
  'GET /livez': 'public',
  'GET /readyz': 'public',
  'GET /packages': 'public',
  'GET /packages/{file}': 'public',
  'GET /v1/blobs/{id}': 'public',
  'POST /v1/blobs': 'invoke',
  'POST /v1/functions/{name}': 'invoke',
  'POST /admin': 'invoke',
  'POST /web': 'invoke',
  'POST /hserve/v1/cloud-function/job': 'invoke',
  'POST /oserve/v1/cloud-function/job': 'invoke',
  'POST /oserve/v1.3/cloud-function/{name}/job': 'invoke',
  'POST /oserve/v1.3/cloud-function/{name}/debug': 'invoke',
  'GET /oserve/v1.3/cloud-function/{name}/job': 'read',
  'GET /hserve/v1/bulk-operation/{id}': 'read',
  'POST /v1/functions/{name}/invocations': 'invoke',
  'POST /v1/functions/{name}/invocations/batch': 'invoke',
  'GET /v1/functions': 'read',
  'GET /v1/invocations': 'read',
  'POST /v1/invocations/lookup': 'read',
  'GET /v1/invocations/{requestID}': 'read',
  'GET /v1/invocations/{requestID}/result': 'read',
  'GET /v1/invocations/{requestID}/events': 'read',
  'GET /v1/invocations/{requestID}/logs': 'read',
  'POST /v1/invocations/{requestID}/cancel': 'invoke',
  'GET /v1/invocations/{requestID}/deliveries': 'read',
  'POST /v1/invocations/{requestID}/deliveries/resend': 'invoke',
  'GET /v1/functions/{name}/dead-letters': 'read',
  'GET /v1/functions/{name}/dead-letters/{requestID}': 'read',
  'POST /v1/functions/{name}/dead-letters/replay': 'invoke',
  'DELETE /v1/functions/{name}/dead-letters': 'admin',
  'GET /v1/callbacks/failing': 'read',
  'GET /v1/summary': 'read',
  'POST /v1/callbacks/test': 'invoke',
  'GET /v1/audit': ELSEWHERE,
  'GET /v1/stats': ELSEWHERE,
  'GET /v1/queues/{queue}/load': ELSEWHERE,
  'POST /v1/queues/{queue}/pause': ELSEWHERE,
  'POST /v1/queues/{queue}/resume': ELSEWHERE,
  'POST /v1/queues/{queue}/purge': ELSEWHERE,
  'POST /v1/workers/{id}/drain': ELSEWHERE,
  'POST /v1/workers/{id}/resume': ELSEWHERE,
  'POST /v1/functions/{name}/pause': ELSEWHERE,
  'POST /v1/functions/{name}/resume': ELSEWHERE,
  'POST /v1/invocations/bulk': ELSEWHERE,
  'POST /v1/invocations/{requestID}/replay': ELSEWHERE,
  'GET /v1/queues': 'read',
  'GET /v1/workers': 'read',
  'DELETE /v1/functions/{name}': 'admin',
  'GET /v1/schedules': 'read',
  'GET /v1/schedules/{id}': 'read',
  'PUT /v1/schedules/{id}': 'admin',
  'DELETE /v1/schedules/{id}': 'admin',
  'POST /v1/schedules/{id}/pause': 'admin',
  'POST /v1/schedules/{id}/resume': 'admin',
  'GET /v1/schedules/{id}/next': 'read',
};
const SCOPES: Record<'invoke' | 'read' | 'admin', KeyID> = { invoke: 'inv', read: 'rd', admin: 'adm' };
const KEYS: KeyID[] = ['inv', 'rd', 'adm', 'all', 'both'];
/** These wires answer 200, and say it in a code of their own. */
const IN_A_CODE: Record<string, number> = { SIGN_PARAM_INVALID: 401, EXCEED_AUTHORITY: 403, INVALIID_ENV: 403 };

let stack: Stack;
beforeAll(async () => (stack = await startKeyedStack()), 60_000);
afterAll(() => stack.stop());

const guarded = Object.entries(ROUTES).flatMap(([route, scope]) =>
  scope === 'public' || scope === ELSEWHERE ? [] : [[route, scope] as const],
);

async function asked(route: string, headers: Record<string, string>, env?: string): Promise<number> {
  const [method, template] = route.split(' ') as [string, string];
  const path = template.replace('{name}', 'nothing').replace(/\{\w+\}/, '00000000-0000-4000-8000-000000000000');
  const body = method === 'GET' || method === 'DELETE' ? undefined : bodyOf(path, headers, env);
  const envs: Record<string, string> = env === undefined ? {} : { 'x-invoq-env': env, 'x-hydrogen-env-id': env };
  return statusOf(await stack.http.request(path, { method, body, headers: { ...headers, ...envs } }));
}

/** On `/web` the key is in the body, and on `/admin` the env is, too. */
function bodyOf(path: string, { authorization }: Record<string, string>, envName?: string): object {
  if (path === '/admin') return { action: 'functions.invokeFunction', function_name: 'nothing', envName };
  const access_token = authorization?.replace('Bearer ', '');
  return path === '/web' ? { action: 'functions.invokeFunction', function_name: 'nothing', envName, access_token } : {};
}

function statusOf({ status, body }: HttpResponse): number {
  return (status === 200 ? IN_A_CODE[(body as { code?: string }).code ?? ''] : undefined) ?? status;
}

test('every route of the description is in the table, and the other way round', async () => {
  const { body } = await stack.http.get('/docs-json', bearer('all'));
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\/$/, '')}`),
  );
  expect(described.sort()).toEqual(Object.keys(ROUTES).sort());
});

test.each(guarded)('%s (%s): with the scope and with nothing less', async (route, scope) => {
  expect(await asked(route, {})).toBe(401);
  // In turns: ten wrong secrets within a minute close an address to a key.
  const turn = KEYS[guarded.findIndex(([each]) => each === route) % KEYS.length];
  expect(await asked(route, { authorization: `Bearer ${keyOf(turn)}x` })).toBe(401);
  for (const [each, key] of Object.entries(SCOPES)) {
    const status = await asked(route, bearer(key));
    if (each === scope) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  }
  const key = SCOPES[scope];
  expect(await asked(route, bearer(key), 'other')).toBe(403);
  expect([401, 403]).not.toContain(await asked(route, bearer(key), 'default'));
});

test('a page of ours may load what is ours, and stands in no frame', async () => {
  for (const path of ['/docs', '/docs/']) {
    const { status, headers } = await stack.http.get(path, bearer('all'));
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
  }
  const { text } = await stack.http.get('/docs', bearer('all'));
  // No script stands in the page itself: all of them are files of this origin.
  for (const [tag] of text.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(/src="\.\/docs\//);
});
