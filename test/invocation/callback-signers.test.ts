/** Workers that sign callbacks with different secrets are found out; those in the middle of a change are not. */
import type { App } from '../harness/app';
import { until } from '../harness/until';
import { metric } from '../failures/scrape';
import { CallbackHouse, LIMIT_MS, MASTER } from './callback-house';

const OTHER = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;

/** A house whose second worker signs with this, once both have signed and have seen each other. */
async function twoSigners(secret: string): Promise<CallbackHouse> {
  const house = await CallbackHouse.start();
  await house.stack.addWorker({ INVOQ_CALLBACK_SECRET: secret });
  const delivered = (worker: App) => metric(worker, 'invoq_callback_tries_total', 'outcome="delivered"');
  const callback = { url: house.receiver.url };
  await until(
    'both deliver',
    async () => {
      await Promise.all(Array.from({ length: 8 }, () => house.call('add', { data: {}, sync: false, callback })));
      return (await Promise.all(house.stack.workers.map(delivered))).every((count) => count > 0);
    },
    LIMIT_MS,
  );
  const redis = house.stack.redis.client();
  await until('both have said so', async () => (await redis.zcard('{invoq:callbacks}:signers')) === 2, LIMIT_MS);
  return house;
}

const warnings = (house: CallbackHouse): Record<string, unknown>[] =>
  house.stack.workers
    .flatMap(({ process }) => process.entries())
    .filter(({ msg }) => String(msg).startsWith('another worker signs callbacks with another secret'));

it('a worker that signs otherwise is warned of, once, without a word of the secrets', async () => {
  const house = await twoSigners(OTHER);
  const [warning] = await until(
    'somebody says so',
    () => (warnings(house).length > 0 ? warnings(house) : undefined),
    LIMIT_MS,
  );
  expect(warning).toMatchObject({ level: 'warn', ours: [expect.any(String)], others: [[expect.any(String)]] });
  await house.stack.stop();
  expect(warnings(house).length).toBeLessThanOrEqual(2);
  for (const { process } of house.stack.workers)
    for (const secret of [MASTER, OTHER]) expect(process.lines.join('\n')).not.toContain(secret.slice('whsec_'.length));
}, 90_000);

it('while a secret is being replaced nobody is warned', async () => {
  const house = await twoSigners(`${OTHER},${MASTER}`);
  await house.stack.stop();
  expect(warnings(house)).toEqual([]);
}, 90_000);
