/** Cancels that race the end of what they cancel, and the death of the worker that runs it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { http } from '../harness/http';
import { until } from '../harness/until';
import { Stand } from './stand';

const RACERS = 120;

test(`${RACERS} cancels race the end, from two APIs: what each is told is what the record says for ever`, async () => {
  const stand = await Stand.start({ apis: 2, slots: 'sync=2,async=6,nested=0' });
  const races = Array.from({ length: RACERS }, async (_, n) => {
    // Some wait still, some run, some are about to end, some have ended.
    const answer = await stand.caller.async('takes', { ms: 15, n });
    const id = answer?.body.requestID as string;
    await sleep((n % 40) * 15);
    const answers = await Promise.all(
      stand.apis.map(({ url }) => http(url).request(`/v1/invocations/${id}/cancel`, { method: 'POST' })),
    );
    return { id, answers };
  });
  const raced = await Promise.all(races);
  await until('all have ended', async () => (await stand.store.zcard('{invoq:0}:open')) === 0, 30_000);
  const ends = new Map<string, number>();
  for (const { id, answers } of raced) {
    const end = await stand.statusOf(id);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    for (const { status, body } of answers) {
      expect([200, 202, 409]).toContain(status);
      // 200: it is cancelled. 409: it had another end. 202: it ran, and either may come.
      if (status === 200) expect(end).toBe('cancelled');
      if (status === 409) expect(body.error.type).toBe('ALREADY_ENDED');
      if (status === 409) expect(end).toBe('succeeded');
    }
    // Cancelled before it was started is a proof, as EXPIRED is.
    if (end === 'cancelled' && (await stand.fields(id, 'attempt'))[0] === '0') expect(stand.starts.of(id)).toEqual([]);
  }
  expect(ends.get('cancelled')).toBeGreaterThan(0);
  expect(ends.get('succeeded')).toBeGreaterThan(0);
  const counts = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
  await stand.verdict(`${RACERS} cancels raced the end of their calls: ${counts}`);
}, 120_000);

test('the worker dies with a call that is to be cancelled: it is not started again, it is cancelled', async () => {
  const stand = await Stand.start({ workers: 2, slots: 'sync=1,async=1,nested=0' });
  const answer = await stand.caller.async('staysFirst', {});
  const id = answer?.body.requestID as string;
  await until('it runs', () => stand.starts.of(id).length === 1, 5_000);
  const name = (await stand.fields(id, 'worker'))[0];
  // Asked for while its worker is frozen, so that nobody obeys; then the worker dies.
  for (const { process } of stand.workers) process.signal('SIGSTOP');
  const { status } = await stand.apis[0].http.post(`/v1/invocations/${id}/cancel`);
  expect(status).toBe(202);
  const [first, second] = stand.workers;
  await first.process.kill();
  await second.process.kill();
  await stand.addWorker();
  await until('it has its end', async () => (await stand.statusOf(id)) === 'cancelled', 30_000);
  expect(stand.starts.of(id)).toHaveLength(1);
  await stand.verdict(`worker ${name?.slice(0, 8)} killed with a call that was to be cancelled`);
}, 120_000);
