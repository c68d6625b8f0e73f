/** A question before what cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { UsageFault } from '../faults';

/** Resolves when it may be done. Where nobody can answer, --yes has to be given. */
export async function mustAgree(question: string, yes: boolean | undefined, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageFault(
      `${question} Nobody is here to ask.`,
      'Give --yes to do it, or --dry-run to count where there is one.',
    );
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} Type yes: `, { signal });
    if (answer.trim().toLowerCase() !== 'yes') throw new UsageFault('Nothing was done.');
  } finally {
    lines.close();
  }
}
