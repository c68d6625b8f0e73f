/** Workers that sign callbacks with different secrets are found out; those in the middle of a change are not. */
import { type App, listeningApp } from '../harness/app';
import { until } from '../harness/until';
import { metric } from '../failures/scrape';
import { Webhook } from 'standardwebhooks';
import { secretOfEnv } from '@invoq/callbacks/signature';
import { CallbackSetup, LIMIT_MS, MASTER } from './callback-setup';

const OTHER = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;

/** A stack with a second worker that signs with this. */
async function twoSigners(secret: string): Promise<CallbackSetup> {
  const setup = await CallbackSetup.start();
  await toldOf(setup, 1);
  // One that signs otherwise is never ready; it takes calls all the same.
  const settings = { ...setup.stack.settings(), WORKER_PORT: '0', INVOQ_CALLBACK_SECRET: secret };
  setup.stack.workers.push(await listeningApp('worker', settings));
  return setup;
}

const delivered = (worker: App): Promise<number> => metric(worker, 'invoq_callback_tries_total', 'outcome="delivered"');

/** Ends `count` calls, and waits until the receiver has heard of each. */
async function toldOf(setup: CallbackSetup, count: number): Promise<void> {
  const callback = { url: setup.receiver.url };
  const body = { data: {}, sync: false, callback };
  const answers = await Promise.all(Array.from({ length: count }, () => setup.call('add', body)));
  for (const { requestID } of answers.map((answer) => answer.body)) await setup.stands(requestID, 'delivered');
}

const warnings = (setup: CallbackSetup): Record<string, unknown>[] =>
  setup.stack.workers
    .flatMap(({ process }) => process.entries())
    .filter(({ msg }) => String(msg).startsWith('callbacks are left to other workers'));

it('a worker with another secret leaves callbacks to the one that signed first, and says so once', async () => {
  const setup = await twoSigners(OTHER);
  const [warning] = await until(
    'it says so',
    async () => {
      await toldOf(setup, 8);
      return warnings(setup).length > 0 ? warnings(setup) : undefined;
    },
    LIMIT_MS,
  );
  expect(warning).toMatchObject({ level: 'warn', ours: [expect.any(String)], others: [[expect.any(String)]] });
  await toldOf(setup, 20);
  const [first, second] = setup.stack.workers;
  expect(await delivered(second)).toBe(0);
  // Each was signed with the secret that receivers know.
  const webhook = new Webhook(secretOfEnv(MASTER, 'default'));
  for (const { text, headers } of setup.receiver.received) webhook.verify(text, headers as Record<string, string>);
  expect(warnings(setup)).toHaveLength(1);

  // When the first one is gone, the other delivers.
  await first.stop();
  await toldOf(setup, 1);
  expect(await delivered(second)).toBe(1);
  for (const { process } of [first, second])
    for (const secret of [MASTER, OTHER]) expect(process.lines.join('\n')).not.toContain(secret.slice('whsec_'.length));
  await setup.stack.stop();
}, 120_000);

it('while a secret is being replaced both deliver, and nobody is warned', async () => {
  const setup = await twoSigners(`${OTHER},${MASTER}`);
  await until(
    'both deliver',
    async () => {
      await toldOf(setup, 8);
      return (await Promise.all(setup.stack.workers.map(delivered))).every((count) => count > 0);
    },
    LIMIT_MS,
  );
  await setup.stack.stop();
  expect(warnings(setup)).toEqual([]);
}, 90_000);
