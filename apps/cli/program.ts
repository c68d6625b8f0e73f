/** The command line as a tree of commands: names, arguments, options and help. */
import { Command } from 'commander';
import { releaseOf } from '@invoq/host/release';
import { declareCalls } from './declare-calls';
import { declareMachine } from './declare-machine';
import { declareOperations } from './declare-operations';
import { exitCodesText } from './exit-codes';

const MORE = `
Environment:
  INVOQ_URL  URL of the API, as --url
  INVOQ_KEY  key, as <id>.<secret>; it is no option, since options show in the list of processes
  INVOQ_ENV  env, as --env
  NO_COLOR   no colours`;

/** `invoq`, with all its commands. Nothing that a command does is loaded yet. */
export function program(): Command {
  const invoq = new Command('invoq')
    .description('Runs named functions for other programs, over a queue. This is its command line.')
    .version(releaseOf(), '-V, --version', 'show the version')
    .option('--url <url>', 'URL of the API; default: the profile of login, then http://127.0.0.1:3000')
    .option('--env <name>', 'env of the functions; default: the first of the key')
    .option('--json', 'JSON for programs: results on stdout, errors on stderr')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError()
    .showHelpAfterError('  See invoq --help, or invoq <command> --help')
    .addHelpText('after', () => `${MORE}\n${exitCodesText()}`);
  declareCalls(invoq);
  declareOperations(invoq);
  declareMachine(invoq);
  everywhere(invoq, (command) => {
    command.exitOverride();
    if (command === invoq) return;
    command.copyInheritedSettings(invoq).helpOption('-h, --help', 'show help').addHelpText('after', exitCodesText);
  });
  return invoq;
}

export function everywhere(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const each of command.commands) everywhere(each, visit);
}
