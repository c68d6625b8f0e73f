/** `invoq schedules`. */
import type { ListedSchedule } from '@invoq/client/index';
import type { Column } from '../output/table';
import type { Use } from '../use';

const PAGE = 100;

const COLUMNS: Column<ListedSchedule>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'FUNCTION', of: (schedule) => schedule.function },
  { head: 'CRON', of: ({ cron }) => cron },
  { head: 'ZONE', of: ({ timezone }) => timezone },
  {
    head: 'NEXT RUN',
    of: ({ paused, nextRunAt }) => (paused ? 'paused' : (nextRunAt ?? 'none left')),
    paint: ({ paused }, text, paint) => (paused ? paint.warn(text) : text),
  },
  { head: 'LAST RUN', of: ({ last }) => (last === undefined ? '' : `${last.runAt} ${last.what}`) },
];

export async function run(use: Use): Promise<void> {
  const invoq = await use.client();
  const schedules: ListedSchedule[] = [];
  let cursor: string | undefined;
  do {
    const page = await invoq.schedules.list({ limit: PAGE, cursor, signal: use.signal });
    schedules.push(...page.schedules);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  use.out.table({ schedules }, COLUMNS, schedules, 'No schedule in this env.');
}
