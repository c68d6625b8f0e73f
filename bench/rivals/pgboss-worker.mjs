/** Fetches from pg-boss as many jobs as it has slots, and computes the sums in its own loop. */
import { answering, settings } from '../answering.mjs';
import { add, IN_LOOP } from './add.mjs';
import { listen, openBoss, QUEUE } from './pgboss-queue.mjs';

/** When no notice comes, as pg-boss itself would look, ms. */
const LOOK_MS = 500;

const { boss, query } = await openBoss(settings.url);
let wake = () => undefined;
let came = false;
await listen(settings.url, 'came', () => {
  came = true;
  wake();
});

void (async () => {
  for (;;) {
    came = false;
    const jobs = await boss.fetch(QUEUE, { batchSize: IN_LOOP });
    await Promise.all(jobs.map(run));
    if (jobs.length === 0 && !came) await new Promise((done) => ((wake = done), setTimeout(done, LOOK_MS)));
  }
})();

answering(true, async () => {
  const { rows } = await query("SELECT count(*) AS open FROM pgboss.job WHERE name = $1 AND state < 'completed'", [
    QUEUE,
  ]);
  return Number(rows[0].open);
});

async function run({ id, data }) {
  const sum = add(data);
  await boss.complete(QUEUE, id, { value: sum });
  if (data.isAwaited) await query("SELECT pg_notify('done', $1)", [JSON.stringify({ id, sum })]);
}
