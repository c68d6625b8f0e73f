/** A function moves to another queue while its calls wait in the old one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listeningApp } from '../harness/app';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 40_000;

test('those that wait are run by the workers of the old queue, also when no other function is left there', async () => {
  const settings = (queue: string): string => JSON.stringify({ functions: { takes: { queue } } });
  const folder = writeFunctions({
    'takes.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, ms));',
    'functions.json': settings('old'),
  });
  const stack = await startStack({ functions: folder, workers: 0, env: { INVOQ_SLOTS: 'sync=1,async=1,nested=1' } });
  await stack.addWorker({ INVOQ_QUEUES: 'old' });
  const submit = async (ms: number): Promise<string> =>
    (await stack.http.post('/v1/functions/takes/invocations', { sync: false, data: { ms } })).body.requestID;
  const ids = await Promise.all(Array.from({ length: 30 }, () => submit(200)));
  const other = await listeningApp('worker', { ...stack.settings(), WORKER_PORT: '0', INVOQ_QUEUES: 'new' });
  writeFileSync(join(folder, 'functions.json'), settings('new'));
  const listed = async () => (await stack.http.get('/v1/functions')).body.data.functions[0];
  await until('it has moved', async () => (await listed()).queue === 'new', LIMIT_MS);
  ids.push(await submit(1));

  const read = async (id: string) => (await stack.http.get(`/v1/invocations/${id}`)).body.data;
  // The worker of the old queue publishes nothing any more, says so, and goes on.
  const old = await stack.workers[0].http.get('/readyz');
  expect(old.status).toBe(503);
  expect(old.text).toContain('There is no function to serve');
  for (const id of ids) {
    const ended = async () => ((await read(id)).finishedAt ? read(id) : undefined);
    expect(await until(`${id} ends`, ended, LIMIT_MS)).toMatchObject({ status: 'succeeded', attempt: 1 });
  }
  await other.stop();
  await stack.stop();
}, 90_000);
