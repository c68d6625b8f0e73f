/** Whose turn it is: a flood of one function delays no other, a priority is a head start, and nobody waits for ever. */
import { fillLane } from '../failures/fill-lane';
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';
import { until } from '../harness/until';

const FLOOD = 10_000;
const starts = new Starts();
const marks = `exports.main = (event, context) => { ${starts.statement()} return context.functionName }`;
const functions = {
  'functions.json': { functions: { urgent: { priority: 9 } } },
  ...Object.fromEntries(['floods', 'other', 'third', 'urgent'].map((name) => [`${name}.js`, marks])),
};

let stack: Stack;
/** One slot, and nobody to fill it until all have come: so the order of the starts is the order of the line. */
beforeEach(async () => {
  stack = await startStack({ functions, workers: 0, env: { INVOQ_SLOTS: 'sync=1,async=1,nested=1' } });
  // Publishes the functions, and serves nothing more.
  await (await stack.addWorker()).stop();
}, 60_000);
afterEach(() => stack.stop(), 60_000);

async function submit(name: string, body: object = {}): Promise<string> {
  const { status, body: answer } = await stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, ...body });
  expect(status).toBe(202);
  return answer.requestID as string;
}
async function submitAll(count: number, name: string, body: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await submit(name, body));
  return ids;
}
const waiting = (): Promise<number> => stack.redis.client().zcard('{invoq:0}:queued:default:async');
/** The order in which these calls were started, once all have been. */
async function order(ids: string[]): Promise<string[]> {
  await stack.addWorker();
  const mine = new Set(ids);
  const started = (): string[] => starts.read().flatMap(({ requestID }) => (mine.has(requestID) ? [requestID] : []));
  await until('all have started', () => started().length === ids.length, 60_000);
  return started();
}

it('functions of one queue take turns, however many calls each has waiting', async () => {
  const flood = await submitAll(60, 'floods');
  const [others, thirds] = [await submitAll(6, 'other'), await submitAll(3, 'third')];
  const started = await order([...flood, ...others, ...thirds]);
  // Three flows, one turn each: the sixth of `other` has its turn in the sixth round at the latest.
  expect(Math.max(...others.map((id) => started.indexOf(id)))).toBeLessThan(18);
  expect(Math.max(...thirds.map((id) => started.indexOf(id)))).toBeLessThan(9);
  // Among its own a call keeps its place.
  expect(started.filter((id) => flood.includes(id))).toEqual(flood);
  expect(started.filter((id) => others.includes(id))).toEqual(others);
});

it('a call of higher priority goes ahead, of its own function and of others', async () => {
  const [flood, others] = [await submitAll(20, 'floods'), await submitAll(20, 'other')];
  const ahead = await submitAll(3, 'floods', { priority: 5 });
  const first = await submitAll(3, 'urgent');
  expect((await order([...flood, ...others, ...ahead, ...first])).slice(0, 6)).toEqual([...first, ...ahead]);
});

it('a flood of the highest priority starves nobody: it is 900 turns ahead, and no more', async () => {
  await fillLane(stack.redis.url, 'urgent', {}, 1_000, 9);
  const patient = await submit('other');
  await stack.addWorker();
  await until('it has started', () => starts.of(patient).length === 1, 90_000);
  expect(await waiting()).toBeGreaterThan(50);
}, 120_000);

it(`a flood of ${FLOOD} jobs delays another function's calls by the jobs that run, not by those that wait`, async () => {
  await fillLane(stack.redis.url, 'floods', {}, FLOOD);
  await stack.addWorker();
  for (let i = 0; i < 20; i++) {
    const id = await submit('other');
    const { body } = await stack.http.get(`/v1/invocations/${id}?wait=20`);
    expect(body.data.status).toBe('succeeded');
  }
  expect(await waiting()).toBeGreaterThan(FLOOD / 2);
}, 120_000);

it.each([-1, 10, 1.5])('priority %p is refused by the name of the field', async (priority) => {
  const { status, body } = await stack.http.post('/v1/functions/other/invocations', { sync: false, priority });
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ type: 'INVALID_REQUEST', fields: [{ field: 'priority' }] });
});
