/** What a person is asked on the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted, UsageError } from '../faults';

/** Resolves when it may be done. Where nobody can answer, --yes has to be given. */
export async function mustAgree(question: string, yes: boolean | undefined, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      `${question} Nobody is here to ask.`,
      'Give --yes to do it, or --dry-run to count where there is one.',
    );
  }
  const answer = await typed(`${question} Type yes: `, signal);
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('Nothing was done.');
}

/**
 * One line from the terminal. Rejects with `Interrupted` at Ctrl-C, and with `UsageError` at Ctrl-D. `hidden`: what is typed
 * is not shown.
 */
export async function typed(question: string, signal: AbortSignal, hidden = false): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (hidden) process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: hidden ? nowhere : process.stderr, terminal: true });
  const ended = new Promise<never>((_, fail) => {
    lines.once('SIGINT', () => fail(new Interrupted()));
    lines.once('close', () => fail(new UsageError('Nothing was typed, and nothing was done.')));
  });
  let answer: string | undefined;
  try {
    answer = await Promise.race([lines.question(hidden ? '' : question, { signal }), ended]);
    return answer;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    lines.close();
    // What is said next has a line of its own.
    if (hidden || answer === undefined) process.stderr.write('\n');
  }
}
