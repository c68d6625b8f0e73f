/** What a sandbox costs: warm, with a generic spare, and cold; beside the bare call and a plain fork. No HTTP, no Redis. */
import { join } from 'node:path';
import { say } from '../../scripts/trouble.mjs';
import { SLOTS } from '../rivals/add.mjs';
import { spread } from '../statistics.mjs';
import { markdown, range } from '../table.mjs';

const WAYS = {
  inProcess: 'in the worker’s own loop',
  forked: 'in a forked process, Node’s own IPC',
  warm: 'in a warm sandbox',
  warmAtOnce: `in warm sandboxes, ${SLOTS} at a time`,
  spare: 'first call, a generic spare stands',
  cold: 'first call, no spare: cold start',
};
/** First calls in a round. */
const TIMES = 8;
const SLACK_MS = 60_000;

export async function measureExecutor(processes, { rounds, seconds }) {
  const calls = await processes.peer('executor', join(import.meta.dirname, 'calls.mjs'));
  const samples = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const way of Object.keys(WAYS)) {
      const sample = await calls.ask({ way, seconds, times: TIMES }, seconds * 1_000 + SLACK_MS);
      if (round > 0) samples[way].push(sample);
    }
    say(`${round === 0 ? 'warm-up' : `round ${round}`}  executor`);
  }
  return { ways: summarize(samples), text: text(samples) };
}

function summarize(samples) {
  const of = (way, field) => spread(samples[way].map((each) => each[field]));
  return Object.keys(WAYS).map((way) => ({
    way,
    perSecond: of(way, 'perSecond'),
    p50: of(way, 'p50'),
    p99: of(way, 'p99'),
    overheadMs: spread(samples[way].map((each, round) => each.p50 - samples.inProcess[round].p50)),
  }));
}

function text(samples) {
  const head = ['one call of `add`', 'calls/s', 'p50 ms', 'p99 ms', 'over the bare call, p50 ms'];
  const lines = summarize(samples).map(({ way, perSecond, p50, p99, overheadMs }) => [
    WAYS[way],
    way === 'spare' || way === 'cold' ? '–' : range(perSecond, 0),
    range(p50, 3),
    range(p99, 3),
    way === 'inProcess' ? '' : range(overheadMs, 3),
  ]);
  return `**executor**: the sandbox alone, without HTTP and Redis\n\n${markdown([head, ...lines])}`;
}
