#!/usr/bin/env node
/** `invoq`: reads its arguments, runs one command, and ends with the exit code that its help lists. */
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes';
import { program } from './program';

// `invoq list | head`: whoever reads has had enough, which is no fault of anybody's.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
    throw error;
  });
}

void main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const invoq = program();
  try {
    if (args.length === 0) invoq.outputHelp();
    else await invoq.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has printed its error, or its help.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const { describeError } = await import('./describe-error.js');
    const { text, exitCode } = describeError(error, args.includes('--json'));
    process.stderr.write(text);
    process.exitCode = exitCode;
    // What is under way, such as a long poll that Ctrl-C has given up, must not keep the process.
    setTimeout(() => process.exit(), 500).unref();
  }
}
