/** `invoq batch`: each line of a file as an async call, and what came of it in a file of results. */
import { type InvoqClient, InvoqError } from '@invoq/client/index';
import { type Line, linesOf, shapeOf } from '../batch/lines';
import { ResultsFile } from '../batch/results-file';
import { type CallFlags, callOptions } from '../call-flags';
import { EXIT } from '../exit-codes';
import { WaitOver } from '../faults';
import { paintFor, wantsColour } from '../output/paint';
import { ProgressBar } from '../output/progress-bar';
import type { Use } from '../use';

interface Options extends CallFlags {
  function?: string;
  results?: string;
  limit: number;
}

/** Calls that are under way at a time: all of them can be asked for in one request. */
const WINDOW = 1_000;

export async function run(use: Use<Options>): Promise<number> {
  const { args, options, out, signal } = use;
  const [file] = args;
  const shape = await shapeOf(file, options.function);
  const results = await ResultsFile.openFor(options.results ?? `${file}.results`, shape);
  const before = results.ended.size;
  if (before > 0) out.note(`Going on: ${before} of ${shape.calls} lines have ended already.`);
  use.onStop('Calls under way go on. Give the same command again to go on here.');
  const bar = new ProgressBar(shape.calls, before, paintFor(wantsColour(process.stderr)), out.json);
  const show = (): void => bar.show(results.ended.size, results.failed);
  const over = AbortSignal.timeout(options.limit);
  const both = AbortSignal.any([signal, over]);
  const invoq = await use.client({ patient: true });
  let refused = 0;
  try {
    for await (const window of windowsOf(linesOf(file, options.function), results)) {
      refused += await submitted(invoq, window, results, options, both);
      await collected(invoq, results, both, show);
    }
  } catch (error) {
    if (!over.aborted || signal.aborted) throw error;
    throw new WaitOver(
      'The limit of this batch is over.',
      'Give the same command again to go on, with a longer --limit.',
    );
  } finally {
    bar.clear();
  }
  const { succeeded, failed } = results;
  const sum = { results: results.file, calls: shape.calls, succeeded, failed, refused };
  out.answer(sum, () => `${succeeded} succeeded, ${failed} failed, ${refused} refused. Results: ${results.file}`);
  if (refused > 0) out.note('What was refused has not run. Give the same command again to try it once more.');
  return refused > 0 ? EXIT.refused : failed > 0 ? EXIT.failed : EXIT.ok;
}

/** Lines that have no end yet, many at a time. */
async function* windowsOf(lines: AsyncIterable<Line>, { ended }: ResultsFile): AsyncGenerator<Line[]> {
  let window: Line[] = [];
  for await (const line of lines) {
    if (ended.has(line.line)) continue;
    window.push(line);
    if (window.length < WINDOW) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}

/** How many were refused. Lines that were accepted in an earlier run are not sent again. */
async function submitted(
  invoq: InvoqClient,
  window: Line[],
  results: ResultsFile,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const fresh = window.filter(({ line }) => !results.open.has(line));
  let refused = 0;
  for (const name of new Set(fresh.map((each) => each.function))) {
    const lines = fresh.filter((each) => each.function === name);
    const data = lines.map((each) => each.data);
    const keyOf = (at: number): string => results.keyOf(lines[at].line);
    const jobs = await invoq.submitAll(name, data, { ...callOptions(options), signal, keyOf });
    for (const [at, job] of jobs.entries()) {
      const { line } = lines[at];
      if (!(job instanceof InvoqError)) {
        results.write({ line, requestID: job.requestID, status: 'accepted' });
        continue;
      }
      // Nobody there, or nobody who may: no other line would fare better.
      if (['CONNECTION_FAILED', 'BAD_ANSWER', 'UNAUTHENTICATED'].includes(job.type)) throw job;
      refused++;
      results.write({ line, status: 'refused', error: { type: job.type, message: job.message } });
    }
  }
  return refused;
}

async function collected(
  invoq: InvoqClient,
  results: ResultsFile,
  signal: AbortSignal,
  show: () => void,
): Promise<void> {
  const lineOf = new Map([...results.open].map(([line, requestID]) => [requestID, line]));
  show();
  for await (const result of invoq.results(lineOf.keys(), { signal })) {
    const { requestID } = result;
    const line = lineOf.get(requestID)!;
    if (result.ok) results.write({ line, requestID, status: 'succeeded', data: result.data ?? null });
    else {
      const { type, message } = result.error;
      results.write({ line, requestID, status: 'failed', error: { type, message } });
    }
    show();
  }
}
