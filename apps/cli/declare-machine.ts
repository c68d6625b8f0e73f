/** The commands that start processes, and those about this machine. */
import type { Command } from 'commander';
import { lazily } from './use';

/** Those are run by the launcher before this program is loaded: in a checkout scripts/invoq.mjs, in the image its own. */
const LAUNCHED: [name: string, description: string][] = [
  ['start', 'Start everything in this checkout: Redis, the API and a worker.'],
  ['api', 'Start the API in the foreground; api --help lists its settings.'],
  ['worker', 'Start a worker in the foreground; worker --help lists its settings.'],
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
