/** The commands of operators: what they take. What they do stands in commands/, and is loaded when one is used. */
import type { Command } from 'commander';
import { length, listOf, time, whole } from './parsers';
import { STATUSES } from '@invoq/contract/invocation';
import { lazily } from './use';

const REASON: [string, string] = ['--reason <text>', 'shown wherever this is shown, and in the audit log'];
const WATCH_MS = 3_600_000;
const EVERY_MS = 2_000;

export function declareOperations(invoq: Command): void {
  watched(invoq.command('queues').description('What waits and runs in each queue, lane by lane.')).action(
    lazily(() => import('./commands/queues.js')),
  );
  watched(invoq.command('workers').description('The living workers, and what each of them does.')).action(
    lazily(() => import('./commands/workers.js')),
  );
  invoq
    .command('functions')
    .description('The functions of the env: queue, limits, and why one does not load.')
    .action(lazily(() => import('./commands/functions.js')));

  watched(
    invoq
      .command('stats [function]')
      .description('How many calls ended, how, and how long they waited and ran.')
      .option('--from <time>', 'a time, or how long ago; 1h ago by default', time)
      .option('--to <time>', 'until, now by default', time)
      .option('--step <length>', 'of each line, such as 1m, 10m or 1h', length)
      .option('--by-function', 'a line for each function, the most called first')
      .option('-n, --limit <number>', 'with --by-function: as many lines, 20 by default', whole(1, 500)),
  ).action(lazily(() => import('./commands/stats.js')));

  for (const action of ['pause', 'resume'] as const) {
    const group = invoq
      .command(action)
      .description(
        action === 'pause'
          ? 'Hold back the calls of a queue or a function. What runs goes on.'
          : 'Let a queue, a function or a worker take calls again.',
      );
    for (const kind of action === 'pause' ? ['queue', 'function'] : ['queue', 'function', 'worker']) {
      group
        .command(`${kind} <${kind === 'worker' ? 'id' : 'name'}>`)
        .description(`${action === 'pause' ? 'Pause' : 'Resume'} a ${kind}.`)
        .option(...REASON)
        .action(lazily(() => import('./commands/pause.js')));
    }
  }

  invoq
    .command('drain <workerID>')
    .description('Take a worker out of service: it takes no more calls, and ends what runs.')
    .option('--exit', 'end the process when what runs has ended')
    .option('-w, --wait [length]', 'wait until it is drained, 10m by default', length)
    .option(...REASON)
    .action(lazily(() => import('./commands/drain.js')));

  invoq
    .command('purge <queue>')
    .description('Cancel each call that waits in a queue.')
    .option('--lane <name>', 'of this lane only: sync, async, nested-1 …')
    .option('--dry-run', 'only count')
    .option('-y, --yes', 'do not ask')
    .option(...REASON)
    .action(lazily(() => import('./commands/purge.js')));

  invoq
    .command('bulk <action>')
    .description('Cancel open calls, or replay failed ones, by function, status and time.')
    .option('-f, --function <name>', 'of this function')
    .option('-s, --status <list>', `one or more of ${STATUSES.join(', ')}`, listOf(...STATUSES))
    .option('--since <time>', 'cancel: accepted since; replay: ended since', time)
    .option('--until <time>', 'until', time)
    .option('--dry-run', 'only count')
    .option('-y, --yes', 'do not ask')
    .option(...REASON)
    .action(lazily(() => import('./commands/bulk.js')));

  invoq
    .command('audit')
    .description('What operators changed, the newest first.')
    .option('--action <name>', 'such as queue.pause')
    .option('--since <time>', 'a time, or how long ago', time)
    .option('--until <time>', 'until', time)
    .option('-n, --limit <number>', 'entries on a page, 50 by default', whole(1, 1_000), 50)
    .option('--cursor <text>', 'of the page before')
    .action(lazily(() => import('./commands/audit.js')));

  declareSchedules(invoq);
}

function watched(command: Command): Command {
  return command
    .option('--watch', 'show it again and again, until Ctrl-C')
    .option('--every <length>', 'with --watch: how often, 2s by default', length, EVERY_MS)
    .option('--for <length>', 'with --watch: no longer than this, 1h by default', length, WATCH_MS);
}

function declareSchedules(invoq: Command): void {
  const schedules = invoq.command('schedules').description('Calls that are made again and again, by cron.');
  schedules
    .command('list', { isDefault: true })
    .description('All of them, with their next and last runs.')
    .action(lazily(() => import('./commands/schedules-list.js')));
  const what: Record<string, string> = {
    get: 'One schedule with its data.',
    next: 'The next five runs.',
    pause: 'Make no calls by it until it is resumed.',
    resume: 'Make calls by it again.',
    delete: 'Delete it.',
  };
  for (const [name, description] of Object.entries(what)) {
    const command = schedules.command(`${name} <id>`).description(description);
    command.action(lazily(() => import('./commands/schedule.js')));
  }
}
