/** What a command fails with, beside the errors of the client. */

/** Wrong use that only the command can see: it is reported in a line or two, without a stack. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** What to do: a sentence or a command line. */
    readonly next?: string,
  ) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A wait of the command itself ended before what it waited for. */
export class WaitOver extends UsageError {}

/** The reason of a signal that Ctrl-C has aborted. */
export class Interrupted extends Error {
  constructor(
    /** What to do to go on. */
    readonly next?: string,
  ) {
    super('Stopped.');
    this.name = 'Interrupted';
  }
}
