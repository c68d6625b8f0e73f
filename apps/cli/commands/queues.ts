/** `invoq queues`. */
import type { LaneView, QueueView } from '@invoq/client/index';
import { lengthText } from '../output/lengths';
import type { Column } from '../output/table';
import { shownAgain, type WatchOptions } from '../output/watch';
import type { Use } from '../use';

type Row = Pick<QueueView, 'queue' | 'pause'> & Partial<QueueView> & Partial<LaneView>;

const COLUMNS: Column<Row>[] = [
  { head: 'QUEUE', of: ({ queue }) => queue },
  { head: 'LANE', of: ({ lane }) => lane },
  {
    head: 'DEPTH',
    of: ({ depth }) => depth,
    right: true,
    paint: ({ depth = 0 }, text, paint) => (depth > 0 ? paint.warn(text) : text),
  },
  { head: 'HELD', of: ({ held }) => held, right: true },
  { head: 'OLDEST', of: ({ depth, oldestAgeMs }) => (depth ? lengthText(oldestAgeMs ?? 0) : undefined), right: true },
  { head: 'RUNNING', of: ({ running }) => running, right: true },
  { head: 'SLOTS', of: ({ slots }) => slots, right: true },
  { head: 'WORKERS', of: ({ workers }) => workers, right: true },
  {
    head: 'PAUSED',
    of: ({ paused, pause }) => (paused ? ['paused', pause?.reason].filter(Boolean).join(': ') : ''),
    paint: (_, text, paint) => paint.warn(text),
  },
];

export async function run(use: Use<WatchOptions>): Promise<void> {
  const invoq = await use.client();
  await shownAgain(
    use,
    () => invoq.queues.list({ signal: use.signal }),
    (queues) =>
      use.out.table({ queues }, COLUMNS, queues.flatMap(rowsOf), 'No queue: no worker runs and nothing waits.'),
  );
}

function rowsOf(queue: QueueView): Row[] {
  return queue.lanes.length === 0 ? [queue] : queue.lanes.map((lane) => ({ ...queue, ...lane }));
}
