/**
 * What came of each line of a batch, written as it comes: the result for whoever reads it, and the place to go on for the
 * next run. The first line names the batch. Its id is part of every Idempotency-Key, so that a call whose acceptance was
 * not written down any more is not made twice.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from '../faults';
import type { Shape } from './lines';

export type Written =
  | { line: number; requestID: string; status: 'accepted' }
  | { line: number; requestID: string; status: 'succeeded'; data: unknown }
  | { line: number; requestID?: string; status: 'failed' | 'refused'; error: { type: string; message: string } };

export class ResultsFile {
  /** By line: accepted, and not known to have ended. */
  readonly open = new Map<number, string>();
  /** Lines that have ended, as succeeded or failed. */
  readonly ended = new Set<number>();
  succeeded = 0;
  failed = 0;

  private constructor(
    readonly file: string,
    readonly batch: string,
  ) {}

  static async openFor(file: string, shape: Shape): Promise<ResultsFile> {
    if (!existsSync(file)) {
      const made = new ResultsFile(file, randomUUID());
      appendFileSync(file, `${JSON.stringify({ batch: made.batch, ...shape })}\n`, { mode: 0o600 });
      return made;
    }
    let found: ResultsFile | undefined;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const value = readLine(text);
      if (found) found.take(value as Written | undefined);
      else found = new ResultsFile(file, batchOf(value, file, shape));
    }
    if (found) {
      // The last line may have been cut by a crash.
      appendFileSync(file, '\n');
      return found;
    }
    throw notOurs(file);
  }

  /** The Idempotency-Key of a line. */
  keyOf(line: number): string {
    return `batch-${this.batch}-${line}`;
  }

  write(...written: Written[]): void {
    if (written.length === 0) return;
    appendFileSync(this.file, written.map((each) => `${JSON.stringify(each)}\n`).join(''));
    for (const each of written) this.take(each);
  }

  private take(written: Written | undefined): void {
    if (typeof written?.line !== 'number') return;
    const { line } = written;
    if (written.status === 'accepted') return void this.open.set(line, written.requestID);
    // What was refused never ran: the next run tries it again.
    if (written.status === 'refused') return;
    this.open.delete(line);
    if (this.ended.has(line)) return;
    this.ended.add(line);
    if (written.status === 'succeeded') this.succeeded++;
    else this.failed++;
  }
}

function readLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function batchOf(head: unknown, file: string, shape: Shape): string {
  const { batch, sha256 } = (head ?? {}) as { batch?: unknown; sha256?: unknown };
  if (typeof batch !== 'string' || typeof sha256 !== 'string') throw notOurs(file);
  if (sha256 === shape.sha256) return batch;
  throw new UsageError(
    `${file} holds the results of a batch that was another one: the input has changed since.`,
    'Name another file for the results with --results, or move this one away.',
  );
}

function notOurs(file: string): UsageError {
  return new UsageError(`${file} is there and holds no results of a batch.`, 'Name another file with --results.');
}
