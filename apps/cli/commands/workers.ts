/** `invoq workers`. */
import type { WorkerView } from '@invoq/client/index';
import { agoText } from '../output/lengths';
import { paintStatus } from '../output/paint';
import type { Column } from '../output/table';
import { shownAgain, type WatchOptions } from '../output/watch';
import type { Use } from '../use';

const COLUMNS: Column<WorkerView>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'HOST', of: ({ host, pid }) => `${host}:${pid}` },
  { head: 'STATE', of: ({ state }) => state, paint: ({ state }, text, paint) => paintStatus(state, text, paint) },
  { head: 'QUEUES', of: ({ queues }) => queues.join(',') },
  { head: 'BUSY', of: ({ busy }) => busy?.reduce((sum, at) => sum + at.busy, 0), right: true },
  { head: 'SLOTS', of: ({ slots }) => slotsText(slots) },
  { head: 'SANDBOXES', of: ({ sandboxes }) => sandboxes, right: true },
  { head: 'MB', of: ({ memoryMb }) => memoryMb, right: true },
  { head: 'UP', of: ({ since }) => agoText(since), right: true },
  { head: 'SEEN', of: ({ seenAt }) => agoText(seenAt), right: true },
  { head: 'RELEASE', of: ({ release }) => release },
  {
    head: 'REMARKS',
    of: ({ reasons = [], differs = [] }) => [...reasons, ...differs].join(' '),
    paint: (_, text, paint) => paint.warn(text),
  },
];

export async function run(use: Use<WatchOptions>): Promise<void> {
  const invoq = await use.client();
  await shownAgain(
    use,
    () => invoq.workers.list({ signal: use.signal }),
    (workers) => use.out.table({ workers }, COLUMNS, workers, 'No worker runs. Start one: invoq worker'),
  );
}

function slotsText(slots: Record<string, number>): string {
  return Object.entries(slots)
    .map(([lane, count]) => `${lane}=${count}`)
    .join(',');
}
