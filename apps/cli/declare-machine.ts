/** The commands that start processes, and those about this machine. */
import type { Command } from 'commander';
import { USUAL } from '@invoq/policy/sizing/load';
import { bytes, exactLength, length, positive, share, whole } from './parsers';
import { lazily } from './use';

/** Those are run by the launcher before this program is loaded: in a checkout scripts/invoq.mjs, in the image its own. */
const LAUNCHED: [name: string, description: string][] = [
  ['start', 'Start everything in this checkout: Redis, the API and a worker.'],
  ['api', 'Start the API in the foreground; api --help lists its settings.'],
  ['worker', 'Start a worker in the foreground; worker --help lists its settings.'],
  ['drain-here', 'Drain the worker of this host by its Redis, for a preStop hook; drain-here --help.'],
  ['keys', 'Create, list and revoke keys in the keys file; keys --help.'],
  ['callback-secret', 'The secret that verifies callbacks; callback-secret --help.'],
  ['install', 'Install the packages of functions: install [dir].'],
];

export function declareMachine(invoq: Command): void {
  invoq
    .command('doctor')
    .description('Check this machine, Redis, the API, the workers and the functions; says what to mend.')
    .option('--redis-url <url>', 'the Redis to check; REDIS_URL by default')
    .action(lazily(() => import('./commands/doctor.js')));

  declareSize(invoq);

  invoq
    .command('login')
    .description('Keep the URL of an API and a key in a profile that only you can read. Asks for the key.')
    .option('--key-stdin', 'read the key from stdin')
    .option('--out', 'drop the profile')
    .action(lazily(() => import('./commands/login.js')));

  invoq
    .command('completion <shell>')
    .description('A script that completes commands and options: bash, zsh or fish.')
    .action(lazily(() => import('./commands/completion.js')));

  for (const [name, description] of LAUNCHED) {
    invoq
      .command(name)
      .description(description)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(lazily(() => import('./commands/launched.js')));
  }
}

function declareSize(invoq: Command): void {
  invoq
    .command('size')
    .description('How many machines, processes and slots a load needs, and how much Redis. It asks no API.')
    .option('--rate <number>', 'calls a second at the peak', positive(1_000_000))
    .option('--sync <share>', 'the part of them that is sync, 50% by default', share, USUAL.syncShare)
    .option('--run <length>', 'how long a function runs, 100ms by default', length, USUAL.runMs)
    .option(
      '--function-cpu <length>',
      'CPU time of a function; not counted by default',
      exactLength,
      USUAL.functionCpuMs,
    )
    .option('--memory-mb <number>', 'memory of a function, 32 by default', whole(0, 65_536), USUAL.functionMb)
    .option('--payload <bytes>', 'data of a call, 1kb by default', bytes('0b', '1tb'), USUAL.dataBytes)
    .option('--result <bytes>', 'result of a call; as the payload by default', bytes('0b', '1tb'))
    .option('--keep <length>', 'how long async records are kept, 1d by default', length, USUAL.keepAsyncMs)
    .option('--keep-sync <length>', 'how long sync records are kept, 1h by default', length, USUAL.keepSyncMs)
    .option('--keep-data', 'data are kept with records of calls that succeeded')
    .option('--compact', 'Redis has hash-max-listpack-value 1024')
    .option('--log-lines <number>', 'lines that a call prints, 0 by default', whole(0, 100_000), USUAL.logLines)
    .option(
      '--reads <number>',
      'how often the record of an async call is read, 1 by default',
      whole(0, 1_000),
      USUAL.reads,
    )
    .option('--waiting <number>', 'async calls that may wait, 10000 by default', whole(0, 1_000_000_000), USUAL.waiting)
    .option('--cores <number>', 'cores of a machine, 4 by default', whole(1, 1_024), USUAL.cores)
    .option(
      '--machine-memory <bytes>',
      'memory of a machine, 16gb by default',
      bytes('256mb', '1024tb'),
      USUAL.machineBytes,
    )
    .option('--partitions <number>', 'instead of as many as Redis needs', whole(1, 256))
    .option('--steps', 'show each step of the sum')
    .action(lazily(() => import('./commands/size.js')));
}
