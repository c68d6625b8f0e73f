/** The lines of a batch file, read as they are needed: a file may be larger than memory. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { FUNCTION_NAME } from '@invoq/contract/function';
import { UsageError } from '../faults';

export interface Line {
  /** From 1, as editors count. */
  line: number;
  function: string;
  data: unknown;
}

export interface Shape {
  /** Lines that are calls. */
  calls: number;
  sha256: string;
}

/** Reads the whole file once and checks every line, so that a fault in the last line is reported before the first call. */
export async function shapeOf(file: string, name: string | undefined): Promise<Shape> {
  const hash = createHash('sha256').update(name ?? '');
  let calls = 0;
  for await (const { text, line } of textsOf(file)) {
    hash.update(`${text}\n`);
    parsed(text, line, file, name);
    calls++;
  }
  if (calls === 0) throw new UsageError(`${file} has no line.`);
  return { calls, sha256: hash.digest('hex') };
}

export async function* linesOf(file: string, name: string | undefined): AsyncGenerator<Line> {
  for await (const { text, line } of textsOf(file)) yield parsed(text, line, file, name);
}

/** Without the empty ones. */
async function* textsOf(file: string): AsyncGenerator<{ text: string; line: number }> {
  const input = createReadStream(file);
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line++;
      if (text.trim() !== '') yield { text, line };
    }
  } finally {
    input.destroy();
  }
}

function parsed(text: string, line: number, file: string, name: string | undefined): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file}:${line}: not JSON: ${(error as Error).message}`);
  }
  if (name !== undefined) return { line, function: name, data: value };
  const call = (typeof value === 'object' && value !== null ? value : {}) as { function?: unknown; data?: unknown };
  if (typeof call.function !== 'string' || !FUNCTION_NAME.test(call.function)) {
    throw new UsageError(
      `${file}:${line}: "function" must be the name of a function.`,
      'Each line is {"function": "add", "data": {"x": 1}}, or data alone with --function add.',
    );
  }
  return { line, function: call.function, data: call.data };
}
