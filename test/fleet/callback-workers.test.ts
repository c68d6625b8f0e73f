/** Workers whose settings for callbacks differ: what one of them must not deliver, another one does. */
import { startReceiver } from '../harness/receiver';
import { startStack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const FUNCTIONS = { 'add.js': 'exports.main = (event) => event.x' };
const LIMIT_MS = 60_000;

it('a worker that may not connect to a receiver leaves it to one that may', async () => {
  const receiver = await startReceiver();
  const stack = await startStack({ functions: FUNCTIONS, workers: 0 });
  // The one that may not comes first, and serves another function: it delivers callbacks all the same.
  await stack.addWorker({ INVOQ_FUNCTIONS: writeFunctions({ 'other.js': 'exports.main = () => 1' }) });
  await stack.addWorker({ INVOQ_CALLBACK_ALLOW: '127.0.0.1' });
  const ids: string[] = [];
  for (let x = 0; x < 40; x++) {
    const body = { data: { x }, sync: false, callback: { url: receiver.url } };
    const answer = await stack.http.post('/v1/functions/add/invocations', body);
    expect(answer.status).toBe(202);
    ids.push(answer.body.requestID as string);
  }
  for (const id of ids) await receiver.hears(id);
  const deliveriesOf = async (id: string) =>
    (await stack.http.get(`/v1/invocations/${id}/deliveries`)).body.data.deliveries[0];
  for (const id of ids) {
    const delivery = await until(
      'it is delivered',
      async () => {
        const found = await deliveriesOf(id);
        return found.state === 'delivered' ? found : undefined;
      },
      LIMIT_MS,
    );
    // No try of the other worker counts.
    expect(delivery.tries).toMatchObject([{ outcome: 'delivered' }]);
  }

  // Where no living worker may, it is refused for good, as ever.
  await stack.workers[1].stop();
  await stack.addWorker();
  const body = { data: { x: 1 }, sync: false, callback: { url: receiver.url } };
  const { requestID } = (await stack.http.post('/v1/functions/add/invocations', body)).body;
  await until('it is refused', async () => (await deliveriesOf(requestID))?.state === 'refused', LIMIT_MS);
  await stack.stop();
}, 150_000);
