/** Without keys, nobody but a program on this machine is served: not by a name of elsewhere, not for a page of elsewhere. */
import type { HttpResponse } from '../harness/http';
import { rawStatus } from '../harness/raw-http';
import { spawnApp } from '../harness/app';
import { type Stack, startStack } from '../harness/stack';
import { DOINGS, KeptStarts, READINGS } from './kept-starts';

const starts = new KeptStarts();
let stack: Stack;
let own: string;
beforeAll(async () => {
  stack = await startStack({
    functions: { 'marks.js': starts.source },
    env: { INVOQ_PUBLIC_URL: 'https://invoq.example', INVOQ_CORS_ORIGINS: 'http://app.example:5173' },
  });
  own = `127.0.0.1:${stack.apis[0].port}`;
  await stack.http.request('/v1/schedules/nightly', { method: 'PUT', body: { function: 'marks', cron: '0 0 1 1 *' } });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const ask = (
  { method, path, body, type }: (typeof DOINGS)[number],
  headers: Record<string, string>,
): Promise<HttpResponse> =>
  stack.http.request(path, { method, body, headers: { ...(type ? { 'content-type': type } : {}), ...headers } });

const ALL = [...DOINGS, ...READINGS.map((path) => ({ method: 'GET', path }))];

test.each([
  ['a name that turns to this machine', { host: 'evil.example:3000', origin: 'http://evil.example:3000' }, 421],
  ['a page of elsewhere', { origin: 'https://evil.example' }, 403],
  ['a page of another port', { origin: 'http://127.0.0.1:8080' }, 403],
  ['a page without an origin of its own', { origin: 'null' }, 403],
  ['a request across sites', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  [
    'a page that adds fields',
    { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' },
    421,
  ],
])(
  '%s is refused at every address, and nothing runs',
  async (_who, headers, status) => {
    for (const asked of ALL) {
      const answer = await ask(asked, headers);
      // The doors of `/admin` and `/web` say everything with 200, in words of their own.
      const isWordy = asked.path === '/admin' || asked.path === '/web';
      expect([asked.path, answer.status]).toEqual([asked.path, isWordy ? 200 : status]);
      if (isWordy) expect(answer.body.code).toBe('EXCEED_AUTHORITY');
      else if (asked.path.includes('serve')) expect(answer.body.status).toBe('error');
      else if (asked.path === '/v1/functions/marks') expect(answer.body.code).toBe('EXCEED_AUTHORITY');
      else {
        const type = status === 421 ? 'MISDIRECTED_REQUEST' : 'FORBIDDEN';
        expect(answer.body).toMatchObject({ code: status, error: { type, started: false, retryable: false } });
      }
    }
    expect(starts.count).toBe(0);
    expect((await stack.http.get('/v1/schedules')).body.data.schedules).toMatchObject([
      { id: 'nightly', paused: false },
    ]);
    expect((await stack.http.get('/v1/invocations')).body.data.invocations).toEqual([]);
  },
  60_000,
);

test('a preflight of elsewhere is told nothing', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const { headers: reply } = await stack.http.request('/v1/functions/marks', { method: 'OPTIONS', headers });
  expect(reply).not.toHaveProperty('access-control-allow-origin');
});

test('no Host, two of them, and another one in the address are refused', async () => {
  const { port } = stack.apis[0];
  const path = '/v1/functions/marks';
  expect(await rawStatus(port, [`POST ${path} HTTP/1.0`, 'Content-Length: 0'])).toBe(421);
  const two = [`POST ${path} HTTP/1.1`, `Host: ${own}`, 'Host: evil.example', 'Content-Length: 0'];
  expect([400, 421]).toContain(await rawStatus(port, two));
  const whole = [`POST http://evil.example${path} HTTP/1.1`, `Host: ${own}`, 'Content-Length: 0'];
  expect([404, 421]).toContain(await rawStatus(port, whole));
  expect(starts.count).toBe(0);
});

test('probes answer by any name', async () => {
  for (const app of [...stack.apis, ...stack.workers]) {
    for (const path of ['/livez', '/readyz', '/%6civez', '/readyz?x=1']) {
      const { status } = await app.http.get(path, { host: '10.1.2.3:3000', 'sec-fetch-site': 'cross-site' });
      expect([path, status]).toEqual([path, 200]);
    }
  }
});

test("a worker's metrics are read by a loopback name alone", async () => {
  const [{ http, port }] = stack.workers;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    expect((await http.get('/metrics', { host })).status).toBe(200);
  }
  expect(await http.get('/metrics', { host: 'evil.example' })).toMatchObject({ status: 421, body: { code: 421 } });
  expect((await http.get('/metrics', { origin: 'http://evil.example' })).status).toBe(403);
  expect((await http.get('/metrics', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test.each([
  ['a program', {}],
  ['a program that says localhost', { host: 'localhost' }],
  ['a program that says [::1]', { host: '[::1]:3000' }],
  ['a program that comes by the public name', { host: 'invoq.example' }],
  ['a page of the public name', { host: 'invoq.example', origin: 'https://invoq.example' }],
  ['a page that is named', { origin: 'http://app.example:5173', 'sec-fetch-site': 'cross-site' }],
])('%s is served', async (_who, headers) => {
  const before = starts.count;
  expect(await ask({ method: 'POST', path: '/v1/functions/marks' }, headers)).toMatchObject({
    status: 200,
    body: 'ran',
  });
  expect(starts.count).toBe(before + 1);
});

test("a page of this server is served, the API's description to who follows a link", async () => {
  const own = { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' };
  expect((await ask({ method: 'POST', path: '/v1/functions/marks' }, own)).status).toBe(200);
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect((await stack.http.get('/docs', link)).status).toBe(200);
});

test('* for web pages does not start without keys', async () => {
  const api = spawnApp('api', { PORT: '0', REDIS_URL: stack.redis.url, INVOQ_CORS_ORIGINS: '*' });
  expect((await api.exited).code).toBe(1);
  expect(api.tail()).toMatch(/INVOQ_CORS_ORIGINS=\* lets every web page call.*INVOQ_KEYS_FILE/);
}, 60_000);
