/** A scrape cannot tell what was counted by hand: what it reads is what prom-client itself would have written. */
import { Counter, Histogram, Registry } from 'prom-client';
import { HotCounter, HotHistogram } from './hot-metrics';

const BUCKETS = [0.001, 0.5, 2];
const COUNTER = { name: 'requests_total', help: 'Requests.', labels: ['method', 'route', 'status'] };
const HISTOGRAM = { name: 'request_seconds', help: 'Times.', labels: ['method', 'route'] };
const ONE_LABEL = { name: 'tries_total', help: 'Tries.', labels: ['outcome'] };
/** On a bound, between two, below all and beyond all of them. */
const TIMES = [0.5, 0.6, 0, 0.001, 2.1];

async function sortedLines(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').sort();
}

test('counts and times of several routes, methods and statuses', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  for (const registry of [ours, theirs]) registry.setDefaultLabels({ app: 'api' });
  const [requests, tries, seconds] = [
    new HotCounter(COUNTER),
    new HotCounter(ONE_LABEL),
    new HotHistogram(HISTOGRAM, BUCKETS),
  ];
  for (const each of [requests, tries, seconds]) each.registerIn(ours);
  const theirsOf = ({ name, help, labels }: typeof COUNTER): object => ({
    name,
    help,
    labelNames: labels,
    registers: [theirs],
  });
  const counter = new Counter(theirsOf(COUNTER) as never);
  const oneLabel = new Counter(theirsOf(ONE_LABEL) as never);
  const histogram = new Histogram({ ...theirsOf(HISTOGRAM), buckets: BUCKETS } as never);
  expect(await sortedLines(ours)).toEqual(await sortedLines(theirs));
  for (let i = 0; i < 60; i++) {
    const labels = { method: ['GET', 'POST'][i % 2], route: `/${i % 3}` };
    const [status, time] = [['200', '404', '503'][i % 3], TIMES[i % TIMES.length]];
    requests.inc(labels.method, labels.route, status);
    seconds.observe(time, labels.method, labels.route);
    tries.inc(status);
    counter.inc({ ...labels, status } as never);
    histogram.observe(labels as never, time);
    oneLabel.inc({ outcome: status } as never);
  }
  expect(await sortedLines(ours)).toEqual(await sortedLines(theirs));
});
