/** Callbacks to names whose name servers say nothing hold up nobody else's callbacks. */
import { startNameServer } from '../harness/name-server';
import { startReceiver } from '../harness/receiver';
import { startStack } from '../harness/stack';
import { writeFunctions } from '../harness/write-functions';

const FUNCTIONS = { 'add.js': 'exports.main = (event) => event.x' };
/** More than the worker delivers at a time. */
const SILENT = 300;

it("a flood of callbacks to silent names of one env leaves another env's callbacks their places", async () => {
  const names = await startNameServer((name) => (name.endsWith('.silent.test') ? 'silent' : ['127.0.0.1']));
  const receiver = await startReceiver();
  const stack = await startStack({
    functions: `evil=${writeFunctions(FUNCTIONS)},good=${writeFunctions(FUNCTIONS)}`,
    env: { INVOQ_CALLBACK_DNS: names.address, INVOQ_CALLBACK_ALLOW: '127.0.0.1' },
  });
  const call = async (env: string, url: string): Promise<string> => {
    const body = { data: { x: 1 }, sync: false, callback: { url } };
    const answer = await stack.http.post('/v1/functions/add/invocations', body, { 'x-invoq-env': env });
    expect(answer.status).toBe(202);
    return answer.body.requestID as string;
  };
  await Promise.all(Array.from({ length: SILENT }, (_, i) => call('evil', `http://a${i}.silent.test/`)));
  await names.isAsked('silent.test');
  const slowest: number[] = [];
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    await receiver.hears(await call('good', `http://receiver.test:${receiver.port}/`));
    slowest.push(performance.now() - began);
  }
  // Seconds before: each had to wait for a silent name to be given up.
  expect(slowest.sort((a, b) => a - b)[5]).toBeLessThan(2_000);
  await stack.stop();
}, 120_000);
