/** README's calls through a client of openapi-typescript and openapi-fetch. Prints what it got, as JSON. */
import createClient from 'openapi-fetch';
import type { paths } from './schema';

const client = createClient<paths>({ baseUrl: process.argv[2] });
const name = (of: string) => ({ params: { path: { name: of } } });

const sync = await client.POST('/v1/functions/{name}/invocations', { ...name('add'), body: { data: { x: 1, y: 2 } } });
const sum: unknown = sync.data?.data;

const list = await client.POST('/v1/functions/{name}/invocations', {
  ...name('echo'),
  body: { data: [1, 'two', null] },
});

const submitted = await client.POST('/v1/functions/{name}/invocations', {
  params: {
    path: { name: 'add' },
    header: { 'Idempotency-Key': 'fetch-1', 'X-Invoq-Env': 'default', Prefer: 'respond-async' },
  },
  body: { data: { x: 2, y: 3 }, priority: 1 },
});
const requestID = submitted.data!.requestID;
const at = { params: { path: { requestID } } };

const record = await client.GET('/v1/invocations/{requestID}', {
  params: { path: { requestID }, query: { wait: 20 } },
});
const status: 'queued' | 'running' | 'retrying' | 'succeeded' | string = record.data!.data.status;
const attempts: number = record.data!.data.attempt;

const result = await client.GET('/v1/invocations/{requestID}/result', at);
const logs = await client.GET('/v1/invocations/{requestID}/logs', { ...at, parseAs: 'text' });
const cancel = await client.POST('/v1/invocations/{requestID}/cancel', at);
// A union by `type`: what only one error has is there behind the question.
const cancelled = cancel.error?.error.type === 'ALREADY_ENDED' ? cancel.error.error.message : 'not refused';

const fails = await client.POST('/v1/functions/{name}/invocations', { ...name('fails'), body: {} });
let thrown = '';
if (fails.data && 'type' in fails.data.error && fails.data.error.type === 'FUNCTION_ERROR')
  thrown = fails.data.error.name ?? '';

const hangs = await client.POST('/v1/functions/{name}/invocations', { ...name('hangs'), body: { timeoutMs: 300 } });
let limit = 0;
if (hangs.data && 'type' in hangs.data.error && hangs.data.error.type === 'FUNCTION_TIMEOUT')
  limit = hangs.data.error.limitMs ?? 0;

const batch = await client.POST('/v1/functions/{name}/invocations/batch', {
  ...name('add'),
  body: { items: [{ data: { x: 1, y: 1 } }, { data: { x: 2, y: 2 } }] },
});
const ids = batch.data!.data.items.map((item) => item.requestID);
const found = await client.POST('/v1/invocations/lookup', { body: { requestIDs: ids, wait: 20 } });

const refused = await client.POST('/v1/functions/{name}/invocations', {
  ...name('add'),
  body: { data: 1, priority: 99 },
});
let field = '';
if (refused.error?.error.type === 'INVALID_REQUEST') field = refused.error.error.fields?.[0].field ?? '';

const functions = await client.GET('/v1/functions');
const names: string[] = functions.data!.data.functions.map((one) => one.name);
const page = await client.GET('/v1/invocations', { params: { query: { function: 'add', limit: 1 } } });

console.log(
  JSON.stringify({
    sum,
    list: list.data?.data,
    submitted: submitted.response.status,
    location: submitted.response.headers.get('location') === `/v1/invocations/${requestID}`,
    status,
    attempts,
    result: result.data?.data,
    logs: String(logs.data).includes('adding'),
    cancelled: cancelled !== 'not refused',
    thrown,
    limit,
    found: found.data!.data.invocations.length > 0,
    field,
    names: names.includes('add'),
    page: page.data!.data.invocations.length,
  }),
);
