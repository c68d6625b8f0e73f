/** Requests are counted by hand, and a scrape cannot tell: what it reads is what prom-client itself would have written. */
import { Counter, Histogram, Registry } from 'prom-client';
import { RequestTimes } from './request-times';

const BUCKETS = [0.001, 0.5, 2];
const COUNTER = { name: 'requests_total', help: 'Requests.' };
const HISTOGRAM = { name: 'request_seconds', help: 'Times.' };
/** On a bound, between two, below all and beyond all of them. */
const TIMES = [0.5, 0.6, 0, 0.001, 2.1];

async function sortedLines(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').sort();
}

test('counts and times of several routes, methods and statuses', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  for (const registry of [ours, theirs]) registry.setDefaultLabels({ app: 'api' });
  const times = new RequestTimes(COUNTER, HISTOGRAM, BUCKETS);
  times.registerIn(ours);
  const registers = [theirs];
  const counter = new Counter({ ...COUNTER, labelNames: ['method', 'route', 'status'], registers });
  const histogram = new Histogram({ ...HISTOGRAM, labelNames: ['method', 'route'], buckets: BUCKETS, registers });
  expect(await sortedLines(ours)).toEqual(await sortedLines(theirs));
  for (let i = 0; i < 60; i++) {
    const labels = { method: ['GET', 'POST'][i % 2], route: `/${i % 3}` };
    const [status, seconds] = [[200, 404, 503][i % 3], TIMES[i % TIMES.length]];
    times.answered(labels.method, labels.route, status, seconds);
    counter.inc({ ...labels, status: String(status) });
    histogram.observe(labels, seconds);
  }
  expect(await sortedLines(ours)).toEqual(await sortedLines(theirs));
});
