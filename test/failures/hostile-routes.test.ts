/** Whatever strangers send to any address there is: an answer, never a 500, and nothing is kept of it. */
import { deep, SOME_ID } from './hostile-requests';
import { Stand } from './stand';

/** Every address there is; `:x` stands for what strangers fill in. */
const ROUTES = [
  'POST /v1/functions/:name/invocations',
  'POST /v1/functions/:name/invocations/batch',
  'GET /v1/functions',
  'DELETE /v1/functions/:name',
  'GET /v1/workers',
  'POST /v1/workers/:id/drain',
  'POST /v1/workers/:id/resume',
  'GET /v1/queues',
  'GET /v1/invocations',
  'POST /v1/invocations/lookup',
  'POST /v1/invocations/bulk',
  'POST /v1/invocations/:requestID/replay',
  'GET /v1/audit',
  'GET /v1/stats',
  'GET /v1/queues/:queue/load',
  'POST /v1/queues/:queue/purge',
  'POST /v1/queues/:queue/pause',
  'POST /v1/queues/:queue/resume',
  'POST /v1/functions/:name/pause',
  'POST /v1/functions/:name/resume',
  'GET /v1/callbacks/failing',
  'GET /v1/summary',
  'POST /v1/callbacks/test',
  'GET /v1/invocations/:requestID',
  'GET /v1/invocations/:requestID/result',
  'GET /v1/invocations/:requestID/logs',
  'GET /v1/invocations/:requestID/events',
  'POST /v1/invocations/:requestID/cancel',
  'GET /v1/invocations/:requestID/deliveries',
  'POST /v1/invocations/:requestID/deliveries/resend',
  'GET /v1/functions/:name/dead-letters',
  'GET /v1/functions/:name/dead-letters/:requestID',
  'POST /v1/functions/:name/dead-letters/replay',
  'DELETE /v1/functions/:name/dead-letters',
  'GET /v1/schedules',
  'GET /v1/schedules/:id',
  'PUT /v1/schedules/:id',
  'DELETE /v1/schedules/:id',
  'POST /v1/schedules/:id/pause',
  'POST /v1/schedules/:id/resume',
  'GET /v1/schedules/:id/next',
  'POST /v1/blobs',
  'GET /v1/blobs/:id',
  'POST /admin',
  'POST /web',
  'POST /v1/functions/:name',
  'POST /hserve/v1/cloud-function/job/',
  'POST /oserve/v1/cloud-function/job/',
  'POST /oserve/v1.3/cloud-function/:name/job/',
  'POST /oserve/v1.3/cloud-function/:name/debug/',
  'GET /oserve/v1.3/cloud-function/:name/job/',
  'GET /hserve/v1/bulk-operation/:id/',
  'GET /packages',
  'GET /packages/:file',
  'GET /livez',
  'GET /readyz',
  'GET /metrics',
  'GET /packages',
  'GET /packages/:file',
  'GET /docs',
  'GET /docs-json',
];

const FILLINGS = [
  'adds',
  '..%2f..%2fx',
  '__proto__',
  'constructor',
  'a%00b',
  '%zz',
  'x'.repeat(600),
  '%E2%80%AE',
  SOME_ID,
  '0',
];
const BODIES = [
  '{"data":', '[]', '{"items":[null,7,[],{"data":{"a":1}},{"sync":true}]}', 'null', '7', '""', '{}', '{"__proto__":{"a":1}}', deep(100_000),
  '{"action":"functions.invokeFunction","function_name":"adds","request_data":"{"}',
  '{"action":"functions.invokeFunction","function_name":{"a":1},"request_data":[]}',
  `{"action":"functions.invokeFunction","function_name":"adds","request_data":${JSON.stringify(deep(5_000))}}`,
  '{"action":["x"],"function_name":"__proto__","envName":"../x"}',
  '{"function_name":"constructor","data":null,"sync":"no"}', '{"function_name":7,"data":"x","sync":1}',
]; // prettier-ignore
const HEADERS: Record<string, string>[] = [
  {},
  { 'content-type': 'text/html' },
  { 'content-type': 'application/json; charset=utf-7', 'content-encoding': 'br' },
  { authorization: 'TC3-HMAC-SHA256 Credential=,SignedParams=;;,SignedHeaders=;;,Signature=' },
  { authorization: 'Hydrogen-r1 x', 'x-hydrogen-client-id': '../../x' },
  { authorization: `Bearer ${'.'.repeat(2_000)}`, 'x-invoq-env': '__proto__' },
  { range: 'bytes=5-1,-', 'x-timestamp': 'NaN', prefer: 'wait=99999999999999' },
];

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start({ slots: 'sync=4,async=4,nested=0' });
});

test.each(ROUTES)(
  '%s: every filling, body and header that nobody planned is answered, and not with a 500',
  async (route) => {
    const [method, template] = route.split(' ');
    const fillings = template.includes(':') ? FILLINGS : [''];
    for (const filling of fillings) {
      const path = template.replace(/:\w+/g, filling);
      for (const headers of HEADERS) {
        const bodies = method === 'GET' ? [undefined] : headers === HEADERS[0] ? BODIES : BODIES.slice(0, 3);
        for (const body of bodies) {
          const { status, text } = await stand.stack.http.request(path, { method, headers, body });
          if (status >= 500)
            throw new Error(`${method} ${path} ${JSON.stringify(headers)} ${body?.slice(0, 100)}: ${text}`);
        }
      }
    }
  },
  60_000,
);

test('no address is left out', async () => {
  const { body } = await stand.stack.http.get('/docs-json');
  const known = ROUTES.map((route) => route.replace(/\/$/, '').replace(/:\w+/g, '*'));
  for (const [path, methods] of Object.entries<object>(body.paths)) {
    for (const method of Object.keys(methods))
      expect(known).toContain(`${method.toUpperCase()} ${path.replace(/\/$/, '').replace(/\{\w+\}/g, '*')}`);
  }
});

test('and after all that the API serves as before, and has kept nothing', async () => {
  expect((await stand.caller.sync('adds', { x: 20, y: 22 }))?.body.data).toBe(42);
  await stand.verdict('every route, with what nobody planned');
}, 60_000);
