/** README's calls through a client of @hey-api/openapi-ts. Prints what it got, as JSON. */
import { client } from './hey/client.gen';
import {
  cancelInvocation,
  getInvocation,
  getLogs,
  getResult,
  invoke,
  listFunctions,
  listInvocations,
  lookupInvocations,
  submitBatch,
} from './hey/sdk.gen';

client.setConfig({ baseUrl: process.argv[2] });
const name = (of: string) => ({ path: { name: of } });

const sync = await invoke({ ...name('add'), body: { data: { x: 1, y: 2 } } });
const list = await invoke({ ...name('echo'), body: { data: [1, 'two', null] } });
const submitted = await invoke({
  ...name('add'),
  headers: { 'Idempotency-Key': 'hey-1', 'X-Invoq-Env': 'default', Prefer: 'respond-async' },
  body: { data: { x: 2, y: 3 }, priority: 1 },
});
const requestID = submitted.data!.requestID;
const path = { requestID };

const record = await getInvocation({ path, query: { wait: 20 } });
const status: string = record.data!.data.status;
const attempts: number = record.data!.data.attempt;
const result = await getResult({ path });
const logs = await getLogs({ path, parseAs: 'text' });
const cancel = await cancelInvocation({ path });
const cancelled = cancel.error?.error.type === 'ALREADY_ENDED';

const fails = await invoke({ ...name('fails'), body: {} });
let thrown = '';
if (fails.data && 'type' in fails.data.error && fails.data.error.type === 'FUNCTION_ERROR')
  thrown = fails.data.error.name ?? '';
const hangs = await invoke({ ...name('hangs'), body: { timeoutMs: 300 } });
let limit = 0;
if (hangs.data && 'type' in hangs.data.error && hangs.data.error.type === 'FUNCTION_TIMEOUT')
  limit = hangs.data.error.limitMs ?? 0;

const batch = await submitBatch({
  ...name('add'),
  body: { items: [{ data: { x: 1, y: 1 } }, { data: { x: 2, y: 2 } }] },
});
const ids = batch.data!.data.items.map((item) => item.requestID);
const found = await lookupInvocations({ body: { requestIDs: ids, wait: 20 } });

const refused = await invoke({ ...name('add'), body: { data: 1, priority: 99 } });
let field = '';
if (refused.error?.error.type === 'INVALID_REQUEST') field = refused.error.error.fields?.[0].field ?? '';

const functions = await listFunctions();
const page = await listInvocations({ query: { function: 'add', limit: 1 } });

console.log(
  JSON.stringify({
    sum: sync.data?.data,
    list: list.data?.data,
    submitted: submitted.response?.status,
    location: submitted.response?.headers.get('location') === `/v1/invocations/${requestID}`,
    status,
    attempts,
    result: result.data?.data,
    logs: String(logs.data).includes('adding'),
    cancelled,
    thrown,
    limit,
    found: found.data!.data.invocations.length > 0,
    field,
    names: functions.data!.data.functions.some((one) => one.name === 'add'),
    page: page.data!.data.invocations.length,
  }),
);
