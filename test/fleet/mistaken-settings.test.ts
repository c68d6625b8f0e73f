/** A worker that joins with mistakes in its functions.json: the fleet goes by the settings that are sound. */
import { startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 30_000;

it('what it says of the function is heard only when nobody else has it whole', async () => {
  const settings = { timeoutMs: { sync: 4_900 }, memoryMb: 99, queue: 'other' };
  const files = (own: object) => ({
    'one.js': "exports.main = () => 'one';",
    'functions.json': { functions: { one: own } },
  });
  const stack = await startStack({
    functions: writeFunctions(files(settings)),
    env: { INVOQ_QUEUES: 'default,other' },
  });
  const listed = async () => (await stack.http.get('/v1/functions')).body.data.functions;
  const before = await listed();
  expect(before).toMatchObject([{ name: 'one', queue: 'other', memoryMb: 99 }]);
  const mistaken = writeFunctions(files({ ...settings, timoutMs: 5 }));
  const worker = await stack.addWorker({ INVOQ_FUNCTIONS: mistaken });
  expect(await listed()).toEqual(before);
  const call = () => stack.http.post('/v1/functions/one/invocations', {});
  const answers = await Promise.all(Array.from({ length: 20 }, call));
  expect([...new Set(answers.map(({ body }) => body.data))]).toEqual(['one']);

  // Nobody has it whole any more: from now on its callers are told why.
  await stack.workers[0].stop();
  const answer = await until('it is told', async () => (await listed())[0].loadProblem, LIMIT_MS);
  expect(answer).toMatchObject({ reason: expect.stringContaining('timoutMs') });
  // And back.
  await stack.addWorker();
  await until('it is sound again', async () => JSON.stringify(await listed()) === JSON.stringify(before), LIMIT_MS);
  await worker.stop();
  expect(await listed()).toEqual(before);
  await stack.stop();
}, 120_000);
