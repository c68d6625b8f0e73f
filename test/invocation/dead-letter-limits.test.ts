/** How long a replay may run: what its function allows now, or less where the call itself asked for less. */
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

/** What its async calls may take, ms. */
const allows = (ms: number) => ({ 'functions.json': { functions: { naps: { timeoutMs: { async: ms } } } } });
const folder = writeFunctions({
  'naps.js': "exports.main = (event) => new Promise((done) => setTimeout(done, event.ms, 'slept'))",
  ...allows(1_000),
});
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: folder });
}, 60_000);
afterAll(() => stack.stop());

const submit = (data: object, more: object = {}) =>
  stack.http.post('/v1/functions/naps/invocations', { data, sync: false, ...more });
const ended = async (id: string) => (await stack.http.get(`/v1/invocations/${id}?wait=20`)).body.data;
const replay = async (id: string): Promise<string> =>
  (await stack.http.post('/v1/functions/naps/dead-letters/replay', { requestIDs: [id] })).body.data.replays[0]
    .requestID;
const timesOut = (limitMs: number) => ({ status: 'timedOut', result: { error: { limitMs } } });

/** Has the function allow so much, and waits until the API knows: it takes a call that asks for `asked`, or not any more. */
async function allow(ms: number, asked: number, status: number): Promise<void> {
  writeFunctions(allows(ms), folder);
  const known = async () => (await submit({ ms: 1 }, { timeoutMs: asked })).status === status;
  await until(`a call that asks for ${asked} ms is answered ${status}`, known, 20_000);
}

it('keeps to what the call asked for, as far as its function allows it now', async () => {
  const modest = (await submit({ ms: 60_000 }, { timeoutMs: 300 })).body.requestID;
  const plain = (await submit({ ms: 2_000 })).body.requestID;
  expect(await ended(modest)).toMatchObject(timesOut(300));
  expect(await ended(plain)).toMatchObject(timesOut(1_000));

  await allow(60_000, 60_000, 202);
  expect(await ended(await replay(plain))).toMatchObject({ status: 'succeeded', result: { data: 'slept' } });
  const again = await replay(modest);
  expect(await ended(again)).toMatchObject({ replayOf: modest, ...timesOut(300) });

  await allow(200, 300, 400);
  expect(await ended(await replay(again))).toMatchObject(timesOut(200));
}, 90_000);
