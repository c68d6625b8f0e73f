/** Calls are found by how their requestID begins, by error, run time and worker, and a function's newest failures first. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;
const secret = 's'.repeat(32);
const as = (id: string, env = 'default') => ({ authorization: `Bearer ${id}.${secret}`, 'x-invoq-env': env });
const FUNCTIONS = {
  'mixed.js': 'exports.main = ({ n }) => { if (n % 3 === 0) throw new Error(`no ${n}`); return n; };',
  'sleeps.js':
    'exports.main = ({ ms, fails }) => new Promise((done, fail) => setTimeout(fails ? fail : done, ms, new Error("late")));',
  'asks.js': `exports.main = async () => {
    const ask = (n) => fetch(process.env.INVOQ_URL + '/v1/functions/mixed/invocations', {
      method: 'POST', body: JSON.stringify({ data: { n } }),
      headers: { authorization: 'Bearer ' + process.env.INVOQ_TOKEN, 'content-type': 'application/json' },
    }).then((answer) => answer.json());
    return (await Promise.all([ask(1), ask(2)])).map(({ requestID }) => requestID);
  };`,
  'bystander.js': 'exports.main = () => { throw new Error("always"); };',
};

interface ReportedAnswer {
  requestID: string;
  status: string;
  function: string;
  runMs: number;
  finishedAt?: string;
  parentID?: string;
  workerID?: string;
  error?: { type: string; message: string };
}

let stack: Stack;
/** The calls of `mixed` in the env default. */
let mixed: ReportedAnswer[];
beforeAll(async () => {
  const keys = join(scratchDir('keys'), 'keys.json');
  const scopes = ['invoke', 'read', 'admin'];
  writeFileSync(
    keys,
    JSON.stringify({
      keys: [
        { id: 'all', secret, envs: ['*'], scopes },
        { id: 'one', secret, envs: ['default'], scopes },
        { id: 'two', secret, envs: ['other'], scopes },
      ],
    }),
  );
  const folder = writeFunctions(FUNCTIONS);
  stack = await startStack({
    functions: `default=${folder},other=${folder}`,
    env: { INVOQ_KEYS_FILE: keys, INVOQ_PARTITIONS: '3' },
    workers: 2,
  });
  const batch = { items: Array.from({ length: 60 }, (_, n) => ({ data: { n } })) };
  const { body } = await stack.http.post('/v1/functions/mixed/invocations/batch', batch, as('one'));
  expect(body.code).toBe(0);
  await stack.http.post('/v1/functions/mixed/invocations', { data: { n: 0 } }, as('two', 'other'));
  await call('bystander', {});
  await until('all have ended', async () => (await walk('?status=queued,running')).length === 0, LIMIT_MS);
  mixed = await walk('?function=mixed');
  expect(mixed).toHaveLength(60);
}, 90_000);
afterAll(() => stack.stop());

const find = (query: string, id = 'one', env?: string) => stack.http.get(`/v1/invocations${query}`, as(id, env));
const idsOf = (calls: ReportedAnswer[]) => calls.map(({ requestID }) => requestID);

async function call(name: string, data: object): Promise<string> {
  return (await stack.http.post(`/v1/functions/${name}/invocations`, { data }, as('one'))).body.requestID as string;
}

/** Page after page, to the end. */
async function walk(query: string, id?: string, env?: string): Promise<ReportedAnswer[]> {
  const reply: ReportedAnswer[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { status, body } = await find(`${query}${cursor && `&cursor=${cursor}`}`, id, env);
    expect([status, body.error]).toEqual([200, {}]);
    reply.push(...body.data.invocations);
    cursor = body.data.cursor;
  }
  return reply;
}

it('with an error, or without: each call once, in the order of all, over pages and partitions', async () => {
  const failed = await walk('?function=mixed&hasError=true&limit=3');
  expect(idsOf(failed)).toEqual(idsOf(mixed.filter(({ status }) => status === 'failed')));
  expect(failed).toHaveLength(20);
  expect(failed[0].error).toMatchObject({ type: 'FUNCTION_ERROR', message: expect.stringMatching(/^no \d+$/) });
  const fine = await walk('?function=mixed&hasError=false&limit=7');
  expect(idsOf(fine)).toEqual(idsOf(mixed.filter(({ status }) => status === 'succeeded')));
  expect(fine.every(({ error }) => error === undefined)).toBe(true);
});

it('by worker: the two have all of them between them', async () => {
  const { workers } = (await stack.http.get('/v1/workers', as('all'))).body.data as { workers: { id: string }[] };
  const byWorker = await Promise.all(workers.map(({ id }) => walk(`?function=mixed&workerID=${id}&limit=4`)));
  for (const [i, calls] of byWorker.entries())
    expect(idsOf(calls)).toEqual(idsOf(mixed.filter(({ workerID }) => workerID === workers[i].id)));
  expect(byWorker.flat()).toHaveLength(60);
  expect(await walk('?workerID=nobody')).toEqual([]);
});

it('by how the requestID begins, in either case; a whole one is looked up', async () => {
  const [{ requestID }] = mixed;
  expect(idsOf(await walk(`?requestID=${requestID.slice(0, 13)}`))).toEqual([requestID]);
  expect(idsOf(await walk(`?requestID=${requestID.toUpperCase()}`))).toEqual([requestID]);
  const digit = requestID[0];
  expect(idsOf(await walk(`?function=mixed&requestID=${digit}&limit=1`))).toEqual(
    idsOf(mixed.filter((one) => one.requestID.startsWith(digit))),
  );
  const { status } = mixed[0];
  const without = status === 'failed' ? 'succeeded' : 'failed';
  expect(await walk(`?requestID=${requestID}&status=${without}`)).toEqual([]);
  expect(await walk(`?requestID=${requestID}&function=bystander`)).toEqual([]);
  expect(await walk('?requestID=00000000-0000-4000-8000-0000000000ff')).toEqual([]);
});

it('by the call whose function made them', async () => {
  const { body } = await stack.http.post('/v1/functions/asks/invocations', { data: {} }, as('one'));
  const made = await walk(`?parentID=${body.requestID.toUpperCase()}`);
  expect(idsOf(made).sort()).toEqual((body.data as string[]).sort());
  expect(made.map(({ parentID }) => parentID)).toEqual([body.requestID, body.requestID]);
  expect((await walk('?function=asks'))[0].parentID).toBeUndefined();
  expect(await walk(`?parentID=${mixed[0].requestID}`)).toEqual([]);
});

it('by run time, also of what runs', async () => {
  const [long, short] = await Promise.all([call('sleeps', { ms: 400 }), call('sleeps', { ms: 1 })]);
  expect(idsOf(await walk('?function=sleeps&minRunMs=300'))).toEqual([long]);
  expect(idsOf(await walk('?function=sleeps&minRunMs=0')).sort()).toEqual([long, short].sort());
  const submit = { data: { ms: 60_000 }, sync: false };
  const { requestID } = (await stack.http.post('/v1/functions/sleeps/invocations', submit, as('one'))).body;
  await until(
    'it has run for a while',
    async () => idsOf(await walk('?status=running&minRunMs=200')).includes(requestID as string),
    LIMIT_MS,
  );
  await stack.http.post(`/v1/invocations/${requestID}/cancel`, {}, as('one'));
});

it("a function's newest failures first, by the time of the failure", async () => {
  const slow = stack.http.post('/v1/functions/sleeps/invocations', { data: { ms: 700, fails: true } }, as('one'));
  await until('it runs', async () => (await walk('?function=sleeps&status=running')).length > 0, LIMIT_MS);
  const quick = await call('sleeps', { ms: 1, fails: true });
  const first = (await slow).body.requestID as string;
  // The one that was accepted first has failed last.
  const reply = await walk('?function=sleeps&order=failed&limit=1');
  expect(idsOf(reply)).toEqual([first, quick]);
  expect(idsOf(await walk('?function=sleeps&hasError=true&status=failed'))).toEqual([quick, first]);
  const at = reply[0].finishedAt!;
  expect(idsOf(await walk(`?function=sleeps&order=failed&since=${at}&until=${at}`))).toEqual([first]);
  expect(idsOf(await walk(`?function=sleeps&order=failed&requestID=${quick}`))).toEqual([quick]);

  const failures = await walk('?function=mixed&order=failed&limit=3');
  expect(idsOf(failures).sort()).toEqual(idsOf(mixed.filter(({ status }) => status === 'failed')).sort());
  const times = failures.map(({ finishedAt }) => Date.parse(finishedAt!));
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

it('what is cancelled has an error, and is no failure', async () => {
  const submit = { data: { ms: 60_000 }, sync: false, delayMs: 60_000 };
  const { requestID } = (await stack.http.post('/v1/functions/bystander/invocations', submit, as('one'))).body;
  await stack.http.post(`/v1/invocations/${requestID}/cancel`, {}, as('one'));
  const [cancelled] = await walk('?function=bystander&hasError=true');
  expect(cancelled).toMatchObject({ requestID, status: 'cancelled', error: { type: 'CANCELLED' } });
  expect(idsOf(await walk('?function=bystander&order=failed'))).not.toContain(requestID);
  expect(await walk(`?function=bystander&order=failed&requestID=${requestID}`)).toEqual([]);
});

it("a key sees its own envs' calls alone, however it asks", async () => {
  const [theirs] = await walk('?function=mixed', 'two', 'other');
  for (const query of ['?hasError=true', '?function=mixed&order=failed', `?requestID=${theirs.requestID}`]) {
    expect(idsOf(await walk(query, 'two', 'other'))).toEqual([theirs.requestID]);
    expect(idsOf(await walk(query))).not.toContain(theirs.requestID);
    expect((await find(query, 'one', 'other')).status).toBe(403);
    expect(idsOf(await walk(query, 'all', 'other'))).toEqual([theirs.requestID]);
  }
  expect(await walk(`?requestID=${mixed[0].requestID}`, 'two', 'other')).toEqual([]);
});

it('a page in the middle of what fails: what comes between two pages moves nothing', async () => {
  const { invocations, cursor } = (await find('?function=mixed&order=failed&limit=10')).body.data as {
    invocations: ReportedAnswer[];
    cursor: string;
  };
  await call('mixed', { n: 3 });
  const rest = await walk(`?function=mixed&order=failed&limit=10&cursor=${cursor}`);
  expect(new Set([...idsOf(invocations), ...idsOf(rest)]).size).toBe(20);
});

it.each([
  ['?requestID=xyz', 'requestID', 'must be a requestID, or how one begins'],
  ['?requestID=', 'requestID', 'must be a requestID, or how one begins'],
  ['?requestID=0123-4567', 'requestID', 'must be a requestID, or how one begins'],
  ['?requestID=00000000-0000-1000', 'requestID', 'must be a requestID, or how one begins'],
  ['?minRunMs=-1', 'minRunMs', 'must be a whole number of ms, 0 to 9999999999'],
  ['?minRunMs=1.5', 'minRunMs', 'must be a whole number of ms, 0 to 9999999999'],
  ['?minRunMs=99999999999', 'minRunMs', 'must be a whole number of ms, 0 to 9999999999'],
  ['?hasError=yes', 'hasError', 'must be true or false'],
  ['?parentID=xyz', 'parentID', 'must be a requestID'],
  ['?workerID=a%20b', 'workerID', 'must be the id of a worker: 1 to 100 letters, digits, ".", "_", "-"'],
  ['?function=mixed&order=newest', 'order', 'must be failed'],
  ['?order=failed', 'order', 'must come with a function'],
  ['?hasError=true&hasError=false', 'hasError', undefined],
])('refuses %s by the field and its rule', async (query, field, rule) => {
  const { status, body } = await find(query);
  expect([status, body.error.type]).toEqual([400, 'INVALID_REQUEST']);
  const fault = (body.error.fields as { field: string; rule: string }[]).find((one) => one.field === field);
  expect(fault).toBeDefined();
  if (rule !== undefined) expect(fault!.rule).toBe(rule);
});

it('a cursor is for the order that it came from', async () => {
  const { cursor } = (await find('?function=mixed&limit=1')).body.data as { cursor: string };
  const { status, body } = await find(`?function=mixed&order=failed&cursor=${cursor}`);
  expect(status).toBe(400);
  expect(body.error.fields).toEqual([{ field: 'cursor', rule: 'must be of a page in the same order' }]);
});
