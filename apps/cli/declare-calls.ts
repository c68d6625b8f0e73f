/** The commands around calls: what they take. What they do stands in commands/, and is loaded when one is used. */
import type { Command } from 'commander';
import { withCallFlags, withFilterFlags } from './call-flags';
import { length, whole } from './parsers';
import { lazily } from './use';

const DATA = 'JSON for the function; @file reads a file, - reads stdin';

export function declareCalls(invoq: Command): void {
  withCallFlags(
    invoq
      .command('invoke <function>')
      .description('Call a function and wait for its result.')
      .option('-d, --data <json>', DATA)
      .option('--timeout <length>', 'limit from acceptance to the end, such as 5s', length),
  )
    .option('--key <text>', 'Idempotency-Key: calls with one key run once within 24 h')
    .action(lazily(() => import('./commands/invoke.js')));

  withCallFlags(
    invoq
      .command('submit <function>')
      .description('Hand a call over; prints its requestID.')
      .option('-d, --data <json>', DATA)
      .option('-w, --wait [length]', 'wait for the result, 10m by default', length)
      .option('--delay <length>', 'do not start it before, such as 30s', length)
      .option('--timeout <length>', 'limit of the run, such as 2m', length),
  )
    .option('--key <text>', 'Idempotency-Key: calls with one key run once within 24 h')
    .action(lazily(() => import('./commands/submit.js')));

  withCallFlags(
    invoq
      .command('batch <file>')
      .description(
        'Submit each line of an NDJSON file and collect the results. Run it again to go on where it stopped.',
      )
      .option('-f, --function <name>', 'the lines are data for this function; else {"function": …, "data": …}')
      .option('-o, --results <file>', 'where results go, line by line; <file>.results by default')
      .option('--limit <length>', 'stop waiting after this, 1h by default', length, 3_600_000),
  ).action(lazily(() => import('./commands/batch.js')));

  invoq
    .command('get <requestID>')
    .description('How a call stands: status, attempts, times, progress.')
    .option('--data', 'with what it was called with, while that is kept')
    .action(lazily(() => import('./commands/get.js')));

  invoq
    .command('result <requestID>')
    .description('The result of a call.')
    .option('-w, --wait [length]', 'wait for the end, 10m by default', length)
    .action(lazily(() => import('./commands/result.js')));

  invoq
    .command('logs <requestID>')
    .description('What the function printed.')
    .option('-f, --follow', 'go on until the call ends')
    .option('--for <length>', 'follow no longer than this, 1h by default', length, 3_600_000)
    .action(lazily(() => import('./commands/logs.js')));

  withFilterFlags(invoq.command('list').description('The newest calls of the env, a page of them.'))
    .option('--request-id <text>', 'a requestID, or how it begins')
    .option('-n, --limit <number>', 'calls on a page, 20 by default', whole(1, 100), 20)
    .option('--cursor <text>', 'of the page before')
    .action(lazily(() => import('./commands/list.js')));

  withFilterFlags(
    invoq.command('find [requestID]').description('Search all calls by the start of a requestID and by filters.'),
  )
    .option('-n, --limit <number>', 'stop after so many, 100 by default', whole(1, 1_000_000), 100)
    .action(lazily(() => import('./commands/find.js')));

  invoq
    .command('cancel <requestID...>')
    .description('Cancel calls: what waits never runs, what runs is asked to stop.')
    .action(lazily(() => import('./commands/cancel.js')));

  invoq
    .command('replay <requestID...>')
    .description('Make ended calls once more, as new calls with the same data.')
    .action(lazily(() => import('./commands/replay.js')));

  declareDeadLetters(invoq);
}

function declareDeadLetters(invoq: Command): void {
  const letters = invoq.command('dead-letters').description('Async calls of a function that failed for good.');
  letters
    .command('list <function>', { isDefault: true })
    .description('The newest first.')
    .option('-n, --limit <number>', 'letters on a page, 20 by default', whole(1, 1_000), 20)
    .option('--cursor <text>', 'of the page before')
    .action(lazily(() => import('./commands/dead-letters-list.js')));
  letters
    .command('replay <function> [requestID...]')
    .description('Call again those that are named, or with --all the oldest 1,000.')
    .option('--all', 'the oldest 1,000')
    .action(lazily(() => import('./commands/dead-letters-replay.js')));
  letters
    .command('purge <function> [requestID...]')
    .description('Take those that are named off the list, or with --all all of them.')
    .option('--all', 'all of them')
    .option('-y, --yes', 'do not ask')
    .action(lazily(() => import('./commands/dead-letters-purge.js')));
}
