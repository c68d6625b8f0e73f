/** The API's description tells of each answer what is really sent: no field of it is missing, of another kind, or unmentioned. */
import type { HttpResponse } from '../harness/http';
import { faultsOf, type Schemas } from '../harness/openapi-schema';
import { startReceiver } from '../harness/receiver';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const FOR_EVER = '0 0 1 1 *';
let stack: Stack;
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- the test says what it expects to see */
let description: any;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'says.js': 'exports.main = async (event, context) => { await context.progress({ half: true }); return event }',
      'functions.json': { functions: { says: { rate: { limit: 1_000, windowMs: 1_000 }, keepData: 'all' } } },
      'fails.js': "exports.main = () => { throw new RangeError('on purpose') }",
    },
    env: { INVOQ_CALLBACK_ALLOW: '127.0.0.1' },
  });
  description = (await stack.http.get('/docs-json')).body;
}, 60_000);
afterAll(() => stack.stop());

/** Asks, and holds the answer to the description of its route and status. `route`: as in the description. */
async function ask(method: string, route: string, path: string, status: number, body?: object): Promise<HttpResponse> {
  const answer = await stack.http.request(path, { method, body });
  expect([answer.status, answer.body.error]).toEqual([status, status < 300 ? {} : expect.anything()]);
  const { schema } = description.paths[route][method.toLowerCase()].responses[status].content['application/json'];
  expect(faultsOf(answer.body, schema, description.components.schemas as Schemas, 'answer')).toEqual([]);
  return answer;
}
const submit = async (name: string, more: object = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, ...more })).body.requestID;
const ended = (id: string) => stack.http.get(`/v1/invocations/${id}/result?wait=20`);

it('of calls: the answer, the record, the list, a batch', async () => {
  const calls = '/v1/functions/{name}/invocations';
  await ask('POST', calls, '/v1/functions/says/invocations', 200, { data: [1, null] });
  await ask('POST', calls, '/v1/functions/says/invocations', 202, { sync: false });
  await ask('POST', calls, '/v1/functions/missing/invocations', 404, {});
  await ask('POST', `${calls}/batch`, '/v1/functions/says/invocations/batch', 200, {
    items: [{ data: 1 }, { data: 2, priority: 99 }],
  });
  const ids = [
    await submit('says', { data: 'text' }),
    await submit('fails', { retry: { attempts: 2, backoffMs: 10 } }),
  ];
  for (const id of ids) {
    await ended(id);
    await ask('GET', '/v1/invocations/{requestID}', `/v1/invocations/${id}`, 200);
  }
  await ask('GET', '/v1/invocations', '/v1/invocations?limit=2', 200);
});

it('of functions, queues, workers and numbers', async () => {
  await ask('POST', '/v1/functions/{name}/pause', '/v1/functions/says/pause', 200, { reason: 'to see it' });
  await ask('GET', '/v1/functions', '/v1/functions', 200);
  await ask('POST', '/v1/functions/{name}/resume', '/v1/functions/says/resume', 200, {});
  await ask('GET', '/v1/queues', '/v1/queues', 200);
  await ask('GET', '/v1/queues/{queue}/load', '/v1/queues/default/load', 200);
  await ask('GET', '/v1/workers', '/v1/workers?include=functions', 200);
  await ask('GET', '/v1/summary', '/v1/summary', 200);
  await ask('GET', '/v1/stats', '/v1/stats?by=function', 200);
  await ask('GET', '/v1/audit', '/v1/audit', 200);
});

it('of callbacks', async () => {
  const receiver = await startReceiver();
  const id = await submit('says', { callback: { url: receiver.url } });
  await receiver.hears(id);
  await ask('GET', '/v1/invocations/{requestID}/deliveries', `/v1/invocations/${id}/deliveries`, 200);
});

it('of schedules', async () => {
  const [all, one, path] = ['/v1/schedules', '/v1/schedules/{id}', '/v1/schedules/yearly'];
  const retry = { attempts: 2, backoffMs: 10, on: ['FUNCTION_ERROR'] };
  const whole = { function: 'says', cron: FOR_EVER, data: [1], overlap: 'queue', retry, priority: 3, timeoutMs: 900 };
  await ask('PUT', one, path, 200, { function: 'says', cron: FOR_EVER });
  await ask('PUT', one, path, 200, whole);
  await stack.redis.client().zadd('{invoq:schedules}:due', Date.now() - 1_000, 'default/yearly');
  await until('it ran', async () => (await stack.http.get(path)).body.data.last, 20_000);
  await ask('GET', one, path, 200);
  await ask('GET', all, all, 200);
  await ask('POST', `${one}/pause`, `${path}/pause`, 200);
  await ask('GET', one, path, 200);
  await ask('POST', `${one}/resume`, `${path}/resume`, 200);
  await ask('GET', `${one}/next`, `${path}/next?count=3`, 200);
  await ask('GET', `${one}/next`, `${path}/next?count=0`, 400);
  await ask('DELETE', one, path, 200);
  await ask('GET', one, path, 404);
});

it('of dead letters', async () => {
  const [all, path] = ['/v1/functions/{name}/dead-letters', '/v1/functions/fails/dead-letters'];
  const id = await submit('fails', { data: { n: 1 } });
  await ended(id);
  await ask('GET', all, `${path}?limit=1`, 200);
  await ask('GET', all, `${path}?limit=0`, 400);
  await ask('GET', `${all}/{requestID}`, `${path}/${id}`, 200);
  const unknown = `${id.slice(0, 2)}000000${id.slice(8)}`;
  const { body } = await ask('POST', `${all}/replay`, `${path}/replay`, 200, { requestIDs: [id, unknown] });
  expect(body.data.replays.map((replay: object) => Object.keys(replay).sort())).toEqual([
    ['replayOf', 'requestID'],
    ['refused', 'replayOf'].sort(),
  ]);
  await ended(body.data.replays[0].requestID);
  await ask('GET', all, path, 200);
  await ask('GET', `${all}/{requestID}`, `${path}/${unknown}`, 404);
  await ask('DELETE', all, path, 200);
});
