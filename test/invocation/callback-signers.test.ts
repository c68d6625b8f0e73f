/** Workers that sign callbacks with different secrets are found out; those in the middle of a change are not. */
import { type App, listeningApp } from '../harness/app';
import { until } from '../harness/until';
import { metric } from '../failures/scrape';
import { Webhook } from 'standardwebhooks';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { CallbackHouse, LIMIT_MS, MASTER } from './callback-house';

const OTHER = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;

/** A house with a second worker that signs with this. */
async function twoSigners(secret: string): Promise<CallbackHouse> {
  const house = await CallbackHouse.start();
  await toldOf(house, 1);
  // One that signs otherwise is never ready; it takes calls all the same.
  const settings = { ...house.stack.settings(), WORKER_PORT: '0', INVOQ_CALLBACK_SECRET: secret };
  house.stack.workers.push(await listeningApp('worker', settings));
  return house;
}

const delivered = (worker: App): Promise<number> => metric(worker, 'invoq_callback_tries_total', 'outcome="delivered"');

/** Ends `count` calls, and waits until the receiver has heard of each. */
async function toldOf(house: CallbackHouse, count: number): Promise<void> {
  const callback = { url: house.receiver.url };
  const body = { data: {}, sync: false, callback };
  const answers = await Promise.all(Array.from({ length: count }, () => house.call('add', body)));
  for (const { requestID } of answers.map((answer) => answer.body)) await house.stands(requestID, 'delivered');
}

const warnings = (house: CallbackHouse): Record<string, unknown>[] =>
  house.stack.workers
    .flatMap(({ process }) => process.entries())
    .filter(({ msg }) => String(msg).startsWith('callbacks are left to other workers'));

it('a worker with another secret leaves callbacks to the one that signed first, and says so once', async () => {
  const house = await twoSigners(OTHER);
  const [warning] = await until(
    'it says so',
    async () => {
      await toldOf(house, 8);
      return warnings(house).length > 0 ? warnings(house) : undefined;
    },
    LIMIT_MS,
  );
  expect(warning).toMatchObject({ level: 'warn', ours: [expect.any(String)], others: [[expect.any(String)]] });
  await toldOf(house, 20);
  const [first, second] = house.stack.workers;
  expect(await delivered(second)).toBe(0);
  // Each was signed with the secret that receivers know.
  const webhook = new Webhook(secretOfEnv(MASTER, 'default'));
  for (const { text, headers } of house.receiver.heard) webhook.verify(text, headers as Record<string, string>);
  expect(warnings(house)).toHaveLength(1);

  // When the first one is gone, the other delivers.
  await first.stop();
  await toldOf(house, 1);
  expect(await delivered(second)).toBe(1);
  for (const { process } of [first, second])
    for (const secret of [MASTER, OTHER]) expect(process.lines.join('\n')).not.toContain(secret.slice('whsec_'.length));
  await house.stack.stop();
}, 120_000);

it('while a secret is being replaced both deliver, and nobody is warned', async () => {
  const house = await twoSigners(`${OTHER},${MASTER}`);
  await until(
    'both deliver',
    async () => {
      await toldOf(house, 8);
      return (await Promise.all(house.stack.workers.map(delivered))).every((count) => count > 0);
    },
    LIMIT_MS,
  );
  await house.stack.stop();
  expect(warnings(house)).toEqual([]);
}, 90_000);
