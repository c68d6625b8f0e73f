/** The data of a call, as --data gives them: JSON, a file, or stdin. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from '../faults';

export async function dataOf(given: string | undefined): Promise<unknown> {
  if (given === undefined) return undefined;
  const source = given === '-' ? 'stdin' : given.startsWith('@') ? given.slice(1) : '--data';
  const json =
    given === '-' ? await text(process.stdin) : given.startsWith('@') ? await readFile(source, 'utf8') : given;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(
      `${source} is not JSON: ${(error as Error).message}`,
      `Such as --data '{"x": 1}'; a text needs its quotes: --data '"text"'. @file reads a file, - reads stdin.`,
    );
  }
}
