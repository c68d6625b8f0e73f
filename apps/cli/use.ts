/** One use of the command line: what a command is handed, and how it is run. */
import type { Command } from 'commander';
import type { InvoqClient } from '@invoq/client/index';
import { Interrupted } from './faults';
import { Output } from './output/output';

export interface GlobalOptions {
  url?: string;
  env?: string;
  json?: boolean;
}

export interface Use<Options = object> {
  args: string[];
  options: Options & GlobalOptions;
  out: Output;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
  /** What Ctrl-C says to do next, once there is something that goes on. */
  onStop(next: string): void;
  /** A client of the API that the options name. `patient`: it waits for an API that restarts. */
  client(how?: { patient: boolean }): Promise<InvoqClient>;
  /** For the help of other commands. */
  command: Command;
}

/** A module of commands/, which is loaded when its command is used. */
export type Load = () => Promise<{ run(use: Use<never>): Promise<number | void> }>;

/** As commander wants an action. It sets the exit code; what the command throws, main tells. */
export function lazily(load: Load): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions>();
    const stopping = new AbortController();
    let next: string | undefined;
    const stop = (): void => {
      // A second Ctrl-C does not wait for anything.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort(new Interrupted(next));
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    try {
      const { run } = await load();
      const code = await run({
        args: command.args,
        options,
        out: new Output(options.json === true),
        signal: stopping.signal,
        onStop: (text: string) => void (next = text),
        client: async ({ patient } = { patient: false }) =>
          (await import('./open-client.js')).openClient(options, patient),
        command,
      } as unknown as Use<never>);
      if (code) process.exitCode = code;
    } finally {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    }
  };
}
