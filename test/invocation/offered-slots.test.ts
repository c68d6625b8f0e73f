/** Calls that are started under the offer of a worker that has just worked: a frozen worker takes along one, and no slot is left idle. */
import type { App } from '../harness/app';
import { startStack, type Stack } from '../harness/stack';
import { Starts } from '../harness/starts';

const SLOTS = 8;
const SHORT_MS = 300;
const SETTINGS = { INVOQ_SLOTS: `sync=${SLOTS},async=1,nested=1`, INVOQ_LEASE: '1500ms', INVOQ_WATCH: 'false' };
/** Calls of a frozen worker are over after a lease, a third of it, and the sweeper's next look. */
const LOST_MS = 4_500;
/** A token of the bell may have been taken along as well. */
const SERVED_MS = 2_500;

interface Answer {
  status: number;
  body: { requestID: string; data: { began: number; ended: number }; error?: { type: string } };
}

const starts = new Starts();
let stack: Stack;

afterEach(() => stack.stop(), 60_000);

async function start(workers: number): Promise<void> {
  const functions = {
    'marks.js': `exports.main = async (event, context) => { ${starts.statement()}
      const began = Date.now();
      await new Promise((r) => setTimeout(r, event.ms));
      return { began, ended: Date.now() } }`,
  };
  stack = await startStack({ functions, workers, env: SETTINGS });
}

const call = (ms: number): Promise<Answer> => stack.http.post('/v1/functions/marks/invocations', { data: { ms } });
const together = (count: number, ms: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: count }, () => call(ms)));

/** Calls follow each other closely on all workers, so that each leaves its offer. */
async function workWell(): Promise<void> {
  for (let n = 0; n < 6; n++) await together(2 * SLOTS, 1);
}

it('a worker that is frozen at rest takes along one call at most', async () => {
  await start(2);
  await workWell();
  const worker: App = stack.workers[0];
  worker.process.freeze();
  const began = performance.now();
  const timed = async (): Promise<{ answer: Answer; ms: number }> => ({
    answer: await call(1),
    ms: performance.now() - began,
  });
  const ends = await Promise.all(Array.from({ length: 2 * SLOTS }, timed));
  const lost = ends.filter(({ answer }) => answer.status !== 200);
  for (const { answer, ms } of ends) {
    expect(starts.of(answer.body.requestID).length).toBe(answer.status === 200 ? 1 : 0);
    expect(ms).toBeLessThan(answer.status === 200 ? SERVED_MS : LOST_MS);
  }
  expect(lost.map(({ answer }) => answer.body.error?.type)).toEqual(lost.map(() => 'WORKER_LOST'));
  expect(lost.length).toBeLessThanOrEqual(1);
  worker.process.thaw();
}, 60_000);

it('as many callers as slots run at the same time, round after round', async () => {
  await start(1);
  await workWell();
  for (let round = 0; round < 5; round++) {
    const answers = await together(SLOTS, SHORT_MS);
    const firstEnd = Math.min(...answers.map(({ body }) => body.data.ended));
    for (const { body } of answers) expect(body.data.began).toBeLessThan(firstEnd);
  }
}, 60_000);
